"""What Tune asks of the core, and what it makes of the answer."""

from __future__ import annotations

import json
import os
import stat
import time

import pytest

from shared_core.spec.catalogue import load_catalogue

LINES = """cutting the plate's faces
before: 21.40 dB in the hole, on 8 frames kept for validation
step 25 of 200: pixel 0.0410, perceptual 1.2000; 2.00 s a step, 6 min left
step 25: 22.10 dB, best 22.10 at 25"""


class Worker:
    """Prepares at once, and keeps what it was asked."""

    def __init__(self):
        self.asked = []

    def submit(self, name, **arguments):
        self.asked.append((name, arguments))
        return self

    finished, last = True, {"event": "done"}


@pytest.fixture
def answering(tmp_path):
    """Makes a program that runs these lines of a shell, whatever it is asked; `asked` holds its words."""

    def make(script: str) -> str:
        path = tmp_path / "python"
        path.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/asked"\n{script}\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    return make


@pytest.fixture
def tuning(module):
    return module("tuning")


def steps_of(tuning, order, python, worker=None, **chosen):
    worker = worker or Worker()
    return tuning.tune(order(recipe="iptalker"), tuning.Tuning("iptalker", **chosen), python, lambda: worker)


def test_what_can_be_tuned_is_what_the_declarations_say(tuning):
    tunable = {name for name, operator in load_catalogue().items() if operator.tunable}
    assert set(tuning.NETWORKS) == tunable
    assert tuning.network_of("iptalker") == "iptalker" and tuning.network_of("geometric") == ""


def test_the_shot_is_prepared_then_tuned_and_the_checkpoint_is_named(tuning, order, answering, tmp_path):
    checkpoint = tmp_path / "iptalker-v001.safetensors"
    checkpoint.write_bytes(b"x")
    python = answering(f"cat <<END\n{LINES}\n{checkpoint}\nnext: dub prepare\nEND")
    worker = Worker()
    last = list(steps_of(tuning, order, python, worker, steps=30, holdout="1001-1002"))[-1]
    assert last.stage == "done" and last.note == str(checkpoint)
    shot = order().folder / "shot.tune.json"
    assert worker.asked == [("prepare", {"shot": str(shot), "wait_seconds": 600.0})]
    assert (tmp_path / "asked").read_text().split() == [
        "-I", "-u", "-m", "shared_core.cli.main", "tune", str(shot), "iptalker", "--steps", "30",
        "--holdout=1001-1002"]
    assert json.loads(shot.read_text())["nodes"]["inpaint"]["operator"] == "spade_inpaint"


def test_where_it_is_follows_the_commands_lines(tuning):
    listener = tuning.Listener(200)
    seen = []
    for line in LINES.splitlines():
        listener.hear(line)
        seen.append(str(listener.said()))
    assert seen[0] == "cutting the plate's faces" and seen[1] == "tune 0 of 200"
    assert seen[2].startswith("tune 25 of 200, 5:") and listener.said().share == 0.125


@pytest.mark.parametrize(("code", "kind"), [(2, "BadInput"), (75, "Transient"), (1, "DubError")])
def test_an_error_is_said_in_the_commands_words(tuning, order, answering, code, kind):
    python = answering(f"echo cutting; echo 'dub tune: 12 frames are left to learn from' >&2; exit {code}")
    with pytest.raises(Exception, match="not tuned: 12 frames are left to learn from") as caught:
        list(steps_of(tuning, order, python))
    assert type(caught.value).__name__ == kind and "cutting" not in str(caught.value)


def test_a_range_that_is_none_is_said_before_anything_is_begun(tuning, order, answering, tmp_path):
    with pytest.raises(Exception, match="Hold Out.*is not a frame range"):
        list(steps_of(tuning, order, answering("exit 0"), holdout="5-"))
    assert not (tmp_path / "asked").exists()


def test_closing_it_asks_the_command_to_stop_and_a_second_one_waits_for_its_end(
    tuning, order, answering, tmp_path, monkeypatch
):
    monkeypatch.setattr(tuning, "_PATIENCE", 0.05)
    python = answering(
        f"trap 'sleep 0.4; touch {tmp_path}/kept; exit 143' TERM\necho before: 1 dB\n"
        f"touch {tmp_path}/begun\nwhile :; do sleep 0.05; done")
    steps = steps_of(tuning, order, python)
    until = time.monotonic() + 20
    for _ in steps:
        if (tmp_path / "begun").exists() or time.monotonic() > until:
            break
    steps.close()
    with pytest.raises(Exception, match="still at its last step"):
        list(steps_of(tuning, order, python))
    while not (tmp_path / "kept").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert (tmp_path / "kept").exists(), "it was asked, not killed"
    while tuning._stopping[0].is_alive and time.monotonic() < until:
        time.sleep(0.05)
    tuning._require_idle()


def test_checkpoints_are_listed_newest_first_with_their_numbers_and_sheets(tuning, tmp_path):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    for name in ("iptalker-v001", "iptalker-v002", ".tuning-1234"):
        (folder / f"{name}.safetensors").write_bytes(b"x")
    found = tuning.checkpoints_of(tmp_path)
    assert [path.stem for path in found] == ["iptalker-v002", "iptalker-v001"]
    assert tuning.checkpoints_of(tmp_path / "nowhere") == []
    assert tuning.numbers_of(found[0]) == [] and tuning.sheet_of(found[0]) is None
    numbers = {"steps": 150, "learnt_frames": 80, "validation_psnr_db": 25.31}
    found[0].with_suffix(".json").write_text(json.dumps(numbers))
    assert tuning.numbers_of(found[0]) == [
        "150 steps, learnt from 80 frames", "25.3 dB in the hole on frames kept apart"]
    numbers |= {"steps": 0, "held_out_frames": 20, "before_psnr_db": 24.0, "tuned_psnr_db": 24.0}
    found[0].with_suffix(".json").write_text(json.dumps(numbers))
    assert tuning.numbers_of(found[0]) == [
        "no step was better than what it began with", "20 held out: 24.0 to 24.0 dB in the hole"]
    found[0].with_suffix(".json").write_text("[")
    assert tuning.numbers_of(found[0]) == []
    os.replace(found[1], folder / "base.safetensors")
    (folder / "base.png").write_bytes(b"x")
    assert tuning.sheet_of(folder / "base.safetensors") == folder / "base.png"
