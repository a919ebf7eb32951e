"""A job that tunes first: what is sent, what is rendered, in which order, and what is refused."""

from __future__ import annotations

import json

import pytest
from golden_job import golden_job
from stub_shot import write_plate

from shared_core.engine import Session
from shared_core.farm import slurm, task
from shared_core.farm.attempts import Stop
from shared_core.farm.bundle import plan_lines, read_bundle, write_bundle
from shared_core.farm.job import Options, make_job
from shared_core.spec.errors import BadInput, ShotError
from shared_core.spec.frames import FrameRange
from shared_core.spec.recipes import Ingredients, make
from shared_core.spec.shot import Media, read_shot, write_shot


@pytest.fixture
def learned(tmp_path, vgg_weights, landmark_model):
    """A shot of the recipe iptalker with media that are there."""
    write_plate(tmp_path / "plates")
    media = {name: Media("../plates/plate.####.exr", fps="24") for name in ("plate", "driver")}
    shot = make("iptalker", Ingredients("sh010", FrameRange.parse("1001-1004"), media))
    return write_shot(shot, tmp_path / "sh010/shot.json").path


def test_what_is_rendered_is_a_shot_file_of_its_own_that_names_the_checkpoint_to_come(learned):
    before = learned.read_text()
    job = make_job(Session(learned), Options(tune=30))
    assert learned.read_text() == before
    assert job.tune.shot.path == learned and job.tune.steps == 30
    assert job.shot.path.name == f"shot.tuned.{job.shot.digest()[:8]}.json"
    rendered = read_shot(job.shot.path)
    assert rendered == job.shot
    assert rendered.media_path("weights") == job.tune.out
    for node in ("align", "warp", "inpaint"):
        assert rendered.nodes[node].inputs["weights"] == "@weights"
    assert not job.tune.out.exists()


def test_the_same_shot_and_steps_ask_for_the_same_checkpoint(learned):
    jobs = [make_job(Session(learned), Options(tune=steps)) for steps in (30, 30, 31)]
    assert jobs[0].tune.out == jobs[1].tune.out != jobs[2].tune.out
    assert jobs[0].shot.path == jobs[1].shot.path


def test_a_shot_without_a_network_cannot_be_tuned(shot):
    with pytest.raises(ShotError, match="has no node whose network can be tuned"):
        make_job(shot.session(), Options(tune=30))


def test_steps_out_of_range_are_refused_and_nothing_is_written(learned):
    with pytest.raises(BadInput, match="--with-tune 0: expected 1 to"):
        make_job(Session(learned), Options(tune=0))
    assert list(learned.parent.iterdir()) == [learned]


def test_bundles_lie_under_the_name_of_the_shot_that_was_sent(tmp_path):
    bundle = write_bundle(golden_job(tmp_path, "tuned"))
    assert str(bundle.relative_to(tmp_path)) == "farm/shot/v001"
    lines = "\n".join(plan_lines(bundle))
    assert "Tune             1  all             -" in lines
    assert "Prepare          1  all             Tune" in lines
    assert "shot.tuned." in lines and "iptalker-0123456789abcdef.safetensors" in lines


def test_slurm_tunes_then_prepares_then_renders(tmp_path, monkeypatch):
    bundle = write_bundle(golden_job(tmp_path, "tuned"))
    scripts = {path.stem: path.read_text() for path in slurm.write_scripts(bundle)}
    assert list(scripts) == ["tune", "prepare", "render", "assemble"]
    assert "#SBATCH --gres=gpu:1\n" in scripts["tune"], "two GPUs would not tune faster"
    assert "#SBATCH --gres=gpu:2\n" in scripts["render"]
    assert f"tune {tmp_path}/shot.json " in scripts["tune"] and "--steps=60" in scripts["tune"]
    assert f"prepare {tmp_path}/shot.tuned." in scripts["prepare"]
    sent = {}

    def sbatch(bundle, step, after):
        sent[step] = after
        return len(sent)

    monkeypatch.setattr(slurm, "_sbatch", sbatch)
    monkeypatch.setattr(slurm, "_check_array", lambda bundle: None)
    slurm.submit(bundle)
    assert sent == {"Tune": [], "Prepare": [1], "Render": [2], "Assemble": [3]}


def test_the_task_prepares_what_it_needs_and_a_failure_there_ends_it(monkeypatch, tmp_path):
    job = golden_job(tmp_path, "tuned")
    ran = []

    def run_command(command, stop, grace=3.0):
        ran.append(([word for word in command if word not in task.DUB], grace))
        return codes.pop(0)

    monkeypatch.setattr(task, "run_command", run_command)
    parser = task.argparse.ArgumentParser()
    task.add_arguments(parser)
    words = ["tune", str(job.tune.shot.path), f"--digest={job.tune.shot.digest()}", "--steps=60",
             "--out=o.safetensors"]
    codes = [0, 0]
    assert task.tune(parser.parse_args(words), Stop()) == 0
    assert [words[0] for words, _ in ran] == ["prepare", "tune"]
    assert "--out=o.safetensors" in ran[1][0] and ran[1][1] > 60, "a step may take long to finish"
    codes[:] = [2]
    assert task.tune(parser.parse_args(words), Stop()) == 2
    assert len(ran) == 3
    with pytest.raises(ShotError, match="was edited after the job was sent"):
        task.tune(parser.parse_args([*words[:2], "--digest=other", *words[3:]]), Stop())


def test_the_checkpoint_is_an_output_and_both_shot_files_are_inputs(tmp_path):
    bundle = write_bundle(golden_job(tmp_path, "tuned"))
    assets = json.loads((bundle / "asset_references.json").read_text())["assetReferences"]
    assert str(tmp_path / "checkpoints") in assets["outputs"]["directories"]
    _, values = read_bundle(bundle)
    assert {values["ShotFile"], values["UntunedShot"]} <= set(assets["inputs"]["filenames"])
