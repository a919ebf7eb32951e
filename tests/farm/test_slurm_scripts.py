"""What Slurm is handed, without a Slurm: scripts that a shell reads as they are meant."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from golden_job import JOBS, golden_job

from shared_core.farm import slurm
from shared_core.farm.bundle import write_bundle
from shared_core.farm.job import Needs
from shared_core.spec.errors import BadInput, Transient

ODD = "sh 010's $HOME \"ü\""


def _scripts(folder, name="plain", options=(), path_map=None, **changes):
    job = golden_job(folder, name)
    job = dataclasses.replace(job, options=dataclasses.replace(job.options, **changes))
    bundle = write_bundle(job)
    return bundle, {path.stem: path for path in slurm.write_scripts(bundle, options, path_map)}


def _ran(script, index="1"):
    """The command that the script ends with, word by word, run as Slurm's shell would; `exec` tells it."""
    text = script.read_text().replace("\nexec ", "\nprintf '%s\\n' ")
    done = subprocess.run(
        ["sh"], input=text, capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"], "SLURM_ARRAY_TASK_ID": index})
    return done.stdout.splitlines()


def test_each_step_has_its_script_in_order(tmp_path):
    _, scripts = _scripts(tmp_path, "nuke")
    assert list(scripts) == ["prepare", "render", "assemble", "hostrender"]


def test_an_element_gets_its_own_chunk_and_every_parameter(tmp_path):
    folder = tmp_path / ODD
    folder.mkdir()
    _, scripts = _scripts(folder, chunk=10)
    words = _ran(scripts["render"], "2")
    assert words[5] == "render" and words[6] == str(folder / "shot.json")
    assert "--frames=16-20,31-41:5" in words
    assert "--knob=mask.upper_edge=nose base" in words
    assert "--core=1.2.3" in words and "--attempts=3" in words
    assert not [word for word in words if "{{" in word]
    assert "--array=0-2" in scripts["render"].read_text()
    assert "--array" not in scripts["prepare"].read_text()


def test_what_a_task_needs_becomes_slurms_options(tmp_path):
    _, scripts = _scripts(tmp_path, needs=Needs(4, 8.5, 2), timeout=90.5, options=["--partition=comp"])
    head = scripts["render"].read_text()
    for option in ("--cpus-per-task=4", "--mem=8704M", "--gres=gpu:2", "--time=91", "--requeue",
                   "--partition=comp"):
        assert f"#SBATCH {option}\n" in head
    assert "--gres" not in scripts["assemble"].read_text()


def test_rules_for_paths_are_named_to_every_task(tmp_path):
    rules = tmp_path / "rules of ours.json"
    _, scripts = _scripts(tmp_path, path_map=rules)
    for script in scripts.values():
        assert f"export DUB_PATH_MAP='{rules}'\n" in script.read_text()
        assert "--path-map" not in script.read_text()


def test_the_scripts_are_a_shells(tmp_path):
    for name in JOBS:
        (tmp_path / name).mkdir()
        for script in _scripts(tmp_path / name, name)[1].values():
            subprocess.run(["sh", "-n", script], check=True)


def test_without_slurm_it_is_said_where_to_submit(tmp_path, monkeypatch):
    bundle, _ = _scripts(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(BadInput, match="needs scontrol: submit from a machine of the cluster"):
        slurm.submit(bundle)


def _fake_slurm(folder: Path, monkeypatch, sbatch: str) -> Path:
    folder.mkdir()
    for name, body in {"sbatch": sbatch, "scontrol": "echo 'MaxArraySize = 1001'", "scancel": ""}.items():
        program = folder / name
        program.write_text(f'#!/bin/sh\necho "{name} $@" >> "{folder}/told"\n{body}\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder / "told"


@pytest.mark.parametrize(("why", "kind"), [
    ("Invalid account or account/partition combination specified", BadInput),
    ("Unable to contact slurm controller (connect failure)", Transient),
])
def test_a_job_is_sent_whole_or_not_at_all(tmp_path, monkeypatch, why, kind):
    bundle, _ = _scripts(tmp_path)
    told = _fake_slurm(tmp_path / "bin", monkeypatch, f"""
case "$@" in
    *assemble.sh) echo "sbatch: error: {why}" >&2; exit 1;; *prepare.sh) echo 41;; *) echo "42;cluster";;
esac""")
    with pytest.raises(kind, match=why.partition("(")[0].strip()):
        slurm.submit(bundle)
    lines = told.read_text().splitlines()
    assert "--dependency=afterok:41" in lines[2] and "--dependency=afterok:42" in lines[3]
    assert lines[-1] == "scancel 41 42"
