"""The bundle as Deadline Cloud's own program reads it, offline. No live farm is asked."""

from __future__ import annotations

import json
import subprocess
import sys
import venv

import pytest
from farm_shot import dub

from shared_core.farm.bundle import read_bundle

pytestmark = [pytest.mark.hosts, pytest.mark.slow]

PACKAGE = "deadline==0.60.10"


@pytest.fixture(scope="session")
def deadline(tmp_path_factory):
    """The `deadline` command, in an environment of its own: its pins are not ours."""
    folder = tmp_path_factory.mktemp("deadline")
    venv.create(folder, with_pip=True)
    done = subprocess.run(
        [folder / "bin/python", "-m", "pip", "install", "--quiet", PACKAGE],
        capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{PACKAGE} cannot be installed here: {done.stderr[-300:]}")
    return folder / "bin/deadline"


def test_deadline_reads_steps_parameters_and_values(plain, deadline, tmp_path):
    bundle = tmp_path / "bundle"
    sent = dub("submit", plain.path, "--engine", "deadline", "--frames", "1-24x2", "--bundle", bundle)
    assert sent.returncode == 0, sent.stderr
    assert "was not run on a live farm" in sent.stdout
    assert f"deadline bundle submit {bundle}" in sent.stdout
    done = subprocess.run(
        [deadline, "bundle", "info", "--output", "json", bundle], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["steps"] == ["Prepare", "Render", "Assemble"]
    values = {one["name"]: one["_display_value"] for one in told["parameters"]}
    assert values["ShotFile"] == str(plain.path)
    assert values["Frames"] == "1-23:2"
    assert values["composite_amount"] == "1.0"
    template, _ = read_bundle(bundle)
    for step in template["steps"]:
        assert "--verify" in step["script"]["actions"]["onRun"]["args"], "copied media lose their times"


def test_the_assets_are_the_files_that_there_are(plain, tmp_path):
    bundle = tmp_path / "bundle"
    dub("submit", plain.path, "--engine", "deadline", "--bundle", bundle)
    assets = json.loads((bundle / "asset_references.json").read_text())["assetReferences"]
    listed = assets["inputs"]["filenames"]
    assert str(plain.path) in listed and len(listed) == 3, "shot, plate, driver"
    assert assets["outputs"]["directories"] == sorted(map(str, (plain.frames, plain.folder / "sidecars")))


def test_the_verifying_tasks_find_what_was_prepared_on_a_copy_with_other_times(plain, tmp_path, footage_copy):
    shot = plain.copy("verified", prepared=False)
    task = [sys.executable, "-I", "-m", "shared_core.farm"]
    data = json.loads(shot.path.read_text())
    for media in data["media"].values():
        media["path"] = str(footage_copy(shot.folder / media["path"]))
    shot.path.write_text(json.dumps(data))
    prepare = [*task, "prepare", shot.path, "--verify"]
    done = subprocess.run(prepare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    footage_copy.touch_all()
    cold = [*task, "render", shot.path, "--frames=1-2"]
    assert subprocess.run(cold, capture_output=True, check=False).returncode == 2, "other times: stale"
    done = subprocess.run([*cold, "--verify"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(shot.written()) == 2
