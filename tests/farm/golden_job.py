"""The jobs whose bundles are kept in golden/. Write them again with: python tests/farm/golden_job.py"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

from shared_core.engine.plan import live_operators, make_plan
from shared_core.engine.tuned_weights import connected
from shared_core.farm.bundle import write_bundle
from shared_core.farm.job import FarmJob, HostRender, Needs, Options
from shared_core.farm.parameters import job_knobs
from shared_core.farm.tuning import TuneStep, beside
from shared_core.spec.frames import FrameRange
from shared_core.spec.recipes import Ingredients, make
from shared_core.spec.shot import Media, write_shot

GOLDEN = Path(__file__).parent / "golden"
FRAMES = FrameRange.parse("-4-20,31-41x5")
JOBS = {
    "plain": Options(),
    "deadline": Options(python="python", verify=True, needs=Needs(4, 8.0, 1), chunk=10, timeout=30),
    "nuke": Options(host=HostRender("nuke", Path("comp.nk"), "Nuke15.1", "Write1"), view=False, warm=False),
    "tuned": Options(needs=Needs(gpus=2), tune=60),
    "blender": Options(host=HostRender("blender", Path("comp.blend"), "blender"), attempts=1),
}


def golden_job(folder: Path, name: str) -> FarmJob:
    """The job `name` of a shot in `folder`, whose media need not be there."""
    media = {"plate": Media("plate.####.exr"), "driver": Media("driver.mov")}
    recipe = "iptalker" if name == "tuned" else "geometric"
    shot = write_shot(make(recipe, Ingredients("sh010", FRAMES, media)), folder / "shot.json")
    knobs = job_knobs(make_plan(shot, live_operators()))
    job = FarmJob(shot, FRAMES, JOBS[name], knobs, (folder / "driver.mov",), core="1.2.3")
    if name != "tuned":
        return job
    out = folder / "checkpoints/iptalker-0123456789abcdef.safetensors"
    tuned = beside(connected(shot, ("align", "warp", "inpaint"), out), "tuned.")
    return dataclasses.replace(job, shot=tuned, tune=TuneStep(shot, 60, out))


def bundle_text(folder: Path, name: str) -> str:
    """All files of the job's bundle as one JSON text; what belongs to this machine is replaced."""
    bundle = write_bundle(golden_job(folder, name), folder / name)
    found = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in sorted(bundle.iterdir())}
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    return text.replace(json.dumps(sys.executable), '"PYTHON"').replace(str(folder), "FOLDER")


if __name__ == "__main__":
    import tempfile

    GOLDEN.mkdir(exist_ok=True)
    for one in JOBS:
        with tempfile.TemporaryDirectory() as temporary:
            (GOLDEN / f"{one}.json").write_text(bundle_text(Path(temporary), one), encoding="utf-8")
