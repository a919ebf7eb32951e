"""The job bundle on disk: template.json, parameter_values.json, asset_references.json.

A folder as `openjd` and Deadline Cloud read it. It is written under a hidden name and renamed, and never
written over: each submission has its own, farm/<shot file>/v001 and so on beside the shot.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..engine.files import rename_to_free, temporary_name
from ..engine.sidecars import SIDECARS
from ..media.atomic import disk_errors, unfinished
from ..spec.errors import BadInput
from .job import FarmJob
from .notation import from_openjd
from .template import parameter_values, template

TEMPLATE, VALUES, ASSETS = "template.json", "parameter_values.json", "asset_references.json"
FOLDER = "farm"


def write_bundle(job: FarmJob, folder: Path | None = None) -> Path:
    """Write the bundle into the new folder `folder`, or the next free version beside the shot.

    Raises BadInput where `folder` is there already, DiskError.
    """
    if folder is not None and os.path.lexists(folder):
        raise BadInput(f"--bundle {folder}: is there already; name a new folder, or leave --bundle out")
    values = parameter_values(job)
    parts = {
        TEMPLATE: template(job),
        VALUES: {"parameterValues": [{"name": name, "value": value} for name, value in values.items()]},
        ASSETS: {"assetReferences": _assets(job)},
    }
    files = {name: json.dumps(part, indent=2, ensure_ascii=False) + "\n" for name, part in parts.items()}
    parent = folder.parent if folder is not None else job.shot.folder / FOLDER / job.sent.path.stem
    temporary = temporary_name(parent / "bundle")
    with disk_errors(parent), unfinished(temporary):
        temporary.mkdir(parents=True)
        for name, text in files.items():
            (temporary / name).write_text(text, encoding="utf-8")
        versions = (parent / f"v{number:03d}" for number in itertools.count(1))
        written = rename_to_free(temporary, versions if folder is None else [folder])
    if written is None:
        raise BadInput(f"--bundle {folder}: was made by somebody else just now; name another folder")
    return written


def _assets(job: FarmJob) -> dict[str, Any]:
    """What a farm without a common disk has to copy: media and shot in, frames and sidecars out."""
    shot = job.shot
    inputs = [shot.path, job.sent.path, *job.inputs]
    if job.options.host is not None:
        inputs.append(job.options.host.file)
    outputs = [shot.frame_path(job.frames.first).parent, shot.folder / SIDECARS]
    if job.tune is not None:
        outputs.append(job.tune.out.parent)
    return {
        "inputs": {"filenames": sorted({str(path) for path in inputs}), "directories": []},
        "outputs": {"directories": sorted({str(path) for path in outputs})},
        "referencedPaths": [],
    }


def read_bundle(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The template and the values of a bundle; BadInput where it is none."""
    try:
        found = json.loads((folder / TEMPLATE).read_text(encoding="utf-8"))
        values = json.loads((folder / VALUES).read_text(encoding="utf-8"))["parameterValues"]
        return found, {one["name"]: str(one["value"]) for one in values}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{folder}: is no job bundle of `dub submit`: {error}") from None


def plan_lines(folder: Path) -> Iterator[str]:
    """What a bundle will do, for a terminal: steps, tasks, frames a task, outputs."""
    found, values = read_bundle(folder)
    frames = from_openjd(values["Frames"])
    size = int(values["ChunkSize"])
    yield f"{found['name']}: {len(frames)} frames {frames}, core {values['Core']}"
    yield f"  {'step':<12}{'tasks':>6}  {'frames a task':<16}waits for"
    for step in found["steps"]:
        chunked = "parameterSpace" in step
        tasks = len(frames.chunks(size)) if chunked else 1
        each = str(min(size, len(frames))) if chunked else "all"
        after = ", ".join(one["dependsOn"] for one in step.get("dependencies", ()))
        yield f"  {step['name']:<12}{tasks:>6}  {each:<16}{after or '-'}"
    if "TunedWeights" in values:
        yield f"  tuned   {values['TunedWeights']}"
        yield f"  shot    {values['ShotFile']}: with these weights; `dub status` tells of it"
    yield f"  output  {values['OutputFolder']}"
    yield f"  bundle  {folder}"
