"""The job bundle: kept as golden files, accepted by OpenJD's own check, one folder a submission."""

from __future__ import annotations

import argparse
import json
import subprocess

import pytest
from golden_job import FRAMES, GOLDEN, JOBS, bundle_text, golden_job

from shared_core.cli import submit
from shared_core.engine import files
from shared_core.farm.bundle import TEMPLATE, plan_lines, read_bundle, write_bundle
from shared_core.farm.job import Needs, Options, make_job
from shared_core.farm.local import openjd_program
from shared_core.farm.template import MOST_PARAMETERS, parameter_values, template
from shared_core.spec.errors import BadInput, MissingFrame
from shared_core.spec.frames import FrameRange


@pytest.mark.parametrize("name", JOBS)
def test_a_bundle_is_what_it_was(tmp_path, name):
    """Write them again with: python tests/farm/golden_job.py"""
    assert bundle_text(tmp_path, name) == (GOLDEN / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", JOBS)
def test_openjd_accepts_the_template_with_its_values(tmp_path, name):
    bundle = write_bundle(golden_job(tmp_path, name))
    checked = subprocess.run(
        [openjd_program(), "check", bundle / TEMPLATE], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    values = json.dumps(read_bundle(bundle)[1])
    summary = subprocess.run(
        [openjd_program(), "summary", bundle / TEMPLATE, "--job-param", values],
        capture_output=True, text=True, check=False)
    assert summary.returncode == 0, summary.stdout + summary.stderr
    assert f"'Render' ({len(FRAMES)} total Tasks)" in summary.stdout


def test_openjd_refuses_a_template_that_is_broken(tmp_path):
    bundle = write_bundle(golden_job(tmp_path, "plain"))
    data = json.loads((bundle / TEMPLATE).read_text())
    data["steps"][1]["dependencies"] = [{"dependsOn": "Prepair"}]
    (bundle / TEMPLATE).write_text(json.dumps(data))
    checked = subprocess.run([openjd_program(), "check", bundle / TEMPLATE], capture_output=True, check=False)
    assert checked.returncode != 0


def test_each_submission_has_a_folder_of_its_own(tmp_path):
    job = golden_job(tmp_path, "plain")
    folders = [write_bundle(job) for _ in range(3)]
    assert [str(folder.relative_to(tmp_path)) for folder in folders] == [
        "farm/shot/v001", "farm/shot/v002", "farm/shot/v003"]
    assert not list(tmp_path.rglob("*.part"))


def test_a_folder_that_another_submission_makes_at_the_same_moment_is_left_to_it(tmp_path, monkeypatch):
    """It is looked for, is not there, and is there when this one is renamed."""
    job = golden_job(tmp_path, "plain")
    first = write_bundle(job)
    monkeypatch.setattr(files.os.path, "lexists", lambda path: False)
    assert write_bundle(job).name == "v002"
    with pytest.raises(BadInput, match="made by somebody else just now"):
        write_bundle(job, first)
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.touch(),
                                  lambda path: path.symlink_to("nowhere")])
def test_a_bundle_path_that_exists_is_refused_and_kept(tmp_path, make):
    there = tmp_path / "bundle"
    make(there)
    before = there.lstat()
    with pytest.raises(BadInput, match="is there already"):
        write_bundle(golden_job(tmp_path, "plain"), there)
    assert there.lstat() == before


def test_the_plan_names_steps_tasks_and_outputs(tmp_path):
    lines = "\n".join(plan_lines(write_bundle(golden_job(tmp_path, "deadline"))))
    assert "28 frames -4-20,31-41x5, core 1.2.3" in lines
    assert "Prepare          1  all" in lines
    assert "Render           3  10              Prepare" in lines
    assert str(tmp_path / "frames") in lines


def test_parameters_have_the_declarations_ranges_help_and_the_shots_values(tmp_path):
    job = golden_job(tmp_path, "plain")
    found = {one["name"]: one for one in template(job)["parameterDefinitions"]}
    feather = found["composite_feather"]
    assert (feather["minValue"], feather["maxValue"], feather["default"]) == (0, 200, 9.0)
    assert feather["description"].endswith("[% of mouth width]")
    assert found["warp_borrow"]["allowedValues"] == ["mouth", "lower_face"]
    assert "track_smoothing" not in found, "a shot-scope knob belongs to the shot file"
    assert set(parameter_values(job)) | {knob.name for knob in job.knobs} == set(found)
    assert len(found) <= MOST_PARAMETERS


def test_a_keyed_knob_is_no_parameter(shot):
    shot.data["nodes"]["comp"]["knobs"] = {"amount": {"keys": [[1001, 0.0], [1010, 1.0]]}}
    job = make_job(shot.save().session(), Options())
    assert [knob.target for knob in job.knobs] == ["face.gain", "face.delay", "mask.smoothing"]


def test_a_frame_that_the_plate_lacks_is_said_before_anything_is_written(shot):
    with pytest.raises(MissingFrame, match="3 of 6 frames are not there: 1011-1013"):
        make_job(shot.session(), Options(frames=FrameRange.parse("1008-1013")))


def test_the_commands_defaults_are_the_jobs():
    """They stand in the command as well, so that `dub submit --help` imports no engine."""
    parser = argparse.ArgumentParser()
    submit.add_arguments(parser)
    assert submit._options(parser.parse_args(["shot.json"])) == Options()
    assert f"frames a task (default: {Options().chunk})" in parser.format_help()


@pytest.mark.parametrize(("options", "message"), [
    (Options(chunk=0), "--chunk 0: expected 1 to"), (Options(attempts=0), "--attempts 0"),
    (Options(needs=Needs(cpus=0)), "--cpus 0"), (Options(needs=Needs(memory=float("nan"))), "--memory nan"),
    (Options(needs=Needs(gpus=-1)), "--gpus -1"), (Options(timeout=0), "--timeout 0"),
])
def test_an_option_out_of_range_is_refused(shot, options, message):
    with pytest.raises(BadInput, match=message):
        make_job(shot.session(), options)
