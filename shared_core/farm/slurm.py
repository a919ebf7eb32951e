"""Slurm: each step of the bundle as a batch script, chunks as an array, steps as dependencies.

Slurm schedules, requeues and kills; this maps. A task is tried again inside its array element, as
RequeueExit would leave the steps behind it waiting for ever. Everything that a script needs stands in it:
an `sbatch` by hand does the same.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..spec.errors import BadInput, Transient
from ..spec.path_mapping import VARIABLE
from .bundle import read_bundle
from .notation import from_openjd, to_openjd
from .template import CHUNK_FRAMES, RULES

FOLDER, CHUNKS = "slurm", "chunks.txt"
_PARAMETER = re.compile(r"\{\{Param\.(\w+)\}\}")
_AMOUNTS = {
    "amount.worker.vcpu": "--cpus-per-task={}", "amount.worker.memory": "--mem={}M",
    "amount.worker.gpu": "--gres=gpu:{}",
}


@dataclass(frozen=True)
class Submitted:
    """A step that Slurm took. job: its number."""

    step: str
    job: int


def write_scripts(bundle: Path, options: Sequence[str] = (), path_map: Path | None = None) -> list[Path]:
    """Write slurm/<step>.sh for every step, and the chunks; the scripts in the steps' order.

    options: further `#SBATCH` options, as --partition=comp. path_map: rules for paths, on a disk that
    every node sees.
    """
    template, values = read_bundle(bundle)
    values = {**_defaults(template), **values}
    folder = bundle / FOLDER
    (folder / "logs").mkdir(parents=True)
    chunks = from_openjd(values["Frames"]).chunks(int(values["ChunkSize"]))
    (folder / CHUNKS).write_text("".join(f"{to_openjd(chunk)}\n" for chunk in chunks), encoding="utf-8")
    scripts = []
    for step in template["steps"]:
        script = folder / f"{step['name'].lower()}.sh"
        script.write_text(_script(step, values, folder, len(chunks), options, path_map), encoding="utf-8")
        script.chmod(0o755)
        scripts.append(script)
    return scripts


def submit(bundle: Path) -> list[Submitted]:
    """Hand the scripts to `sbatch`, each after those that it waits for; what was submitted.

    Raises BadInput where Slurm refuses a script, Transient where it does not answer. What was taken
    before that is cancelled: a job is sent whole or not at all.
    """
    template, _ = read_bundle(bundle)
    _check_array(bundle)
    sent: dict[str, Submitted] = {}
    try:
        for step in template["steps"]:
            after = [sent[one["dependsOn"]].job for one in step.get("dependencies", ())]
            sent[step["name"]] = Submitted(step["name"], _sbatch(bundle, step["name"], after))
    except (BadInput, Transient):
        if sent:
            _call("scancel", *(str(one.job) for one in sent.values()))
        raise
    return list(sent.values())


def _sbatch(bundle: Path, step: str, after: list[int]) -> int:
    dependency = [f"--dependency=afterok:{':'.join(map(str, after))}"] if after else []
    script = str(bundle / FOLDER / f"{step.lower()}.sh")
    done = _call("sbatch", "--parsable", "--kill-on-invalid-dep=yes", *dependency, script)
    if done.returncode:
        told = done.stderr.strip() or done.stdout.strip()
        kind = Transient if "contact" in told.lower() or "timed out" in told.lower() else BadInput
        raise kind(f"sbatch took {script} not: {told}")
    return int(done.stdout.strip().partition(";")[0])


def _call(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    found = shutil.which(program)
    if found is None:
        raise BadInput(f"--engine slurm needs {program}: submit from a machine of the cluster")
    return subprocess.run([found, *arguments], capture_output=True, text=True, check=False)


def _check_array(bundle: Path) -> None:
    """BadInput where there are more chunks than Slurm allows in one array."""
    count = len((bundle / FOLDER / CHUNKS).read_text(encoding="utf-8").splitlines())
    told = re.search(r"^MaxArraySize\s*=\s*(\d+)", _call("scontrol", "show", "config").stdout, re.MULTILINE)
    if told and count >= int(told[1]):
        frames = len(from_openjd(read_bundle(bundle)[1]["Frames"]))
        least = -(-frames // (int(told[1]) - 1))
        raise BadInput(
            f"{count} chunks, and this Slurm takes arrays up to {int(told[1]) - 1}: give --chunk {least}"
            " or more, or send the range in parts"
        )


def _defaults(template: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: str(one["default"]) for one in template["parameterDefinitions"] if "default" in one}


def _script(
    step: dict[str, Any], values: dict[str, str], folder: Path, chunks: int, options: Sequence[str],
    path_map: Path | None,
) -> str:
    action = step["script"]["actions"]["onRun"]
    chunked = "parameterSpace" in step
    words = [action["command"], *(word for word in action["args"] if word != RULES), "--progress=deadline"]
    line = " ".join(_word(word, values) for word in words)
    head = [
        f"--job-name=dub-{step['name'].lower()}", "--requeue", "--open-mode=append",
        f"--time={-(-action['timeout'] // 60)}",
        f'--output="{_escaped(folder)}/logs/%x-%{"A_%a" if chunked else "j"}.log"',
        *([f"--array=0-{chunks - 1}"] if chunked else []), *_amounts(step), *options,
    ]
    lines = ["#!/bin/sh", *(f"#SBATCH {one}" for one in head), "set -e", "umask 002"]
    if path_map is not None:
        lines.append(f"export {VARIABLE}={shlex.quote(str(path_map.absolute()))}")
    if chunked:
        lines.append(f'FRAMES=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" {shlex.quote(str(folder / CHUNKS))})')
    # exec: signals reach the task itself, and its exit code is the job's.
    return "\n".join([*lines, f"exec {line}", ""])


def _escaped(path: Path) -> str:
    """A path within the double quotes of an `#SBATCH` line, where % begins a field."""
    return re.sub(r'(["\\])', r"\\\1", str(path)).replace("%", "%%")


def _amounts(step: dict[str, Any]) -> list[str]:
    amounts = step["hostRequirements"]["amounts"]
    return [_AMOUNTS[one["name"]].format(one["min"]) for one in amounts]


def _word(word: str, values: dict[str, str]) -> str:
    """One word of the command, its parameters filled in, quoted for the shell."""
    filled = _PARAMETER.sub(lambda found: values[found[1]], word)
    if CHUNK_FRAMES in filled:
        before, after = filled.split(CHUNK_FRAMES)
        return f'{shlex.quote(before)}"$FRAMES"{shlex.quote(after) if after else ""}'
    return shlex.quote(filled)
