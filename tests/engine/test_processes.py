"""Killed, stopped, and run twice at once: in processes of their own."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared_core.media.exr_header import is_whole

PROCESS = Path(__file__).with_name("stub_process.py")


def _start(shot, what="render", form="none", *frames):
    command = [sys.executable, str(PROCESS), what, str(shot.path), form, *frames]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _slow(shot, seconds):
    shot.data["nodes"]["face"]["knobs"] = {"delay": seconds}
    return shot.save()


def _wait_for_frame(shot, frame, seconds=60):
    end = time.monotonic() + seconds
    while not shot.frame(frame).exists():
        assert time.monotonic() < end, f"frame {frame} did not appear"
        time.sleep(0.01)


def _kill_and_finish(prepared, kills):
    _slow(prepared, 0.02).render()
    uninterrupted = prepared.bytes()
    for path in prepared.frames_folder.iterdir():
        path.unlink()
    for _ in range(kills):
        process = _start(prepared)
        time.sleep(random.uniform(0.2, 1.2))
        process.kill()
        process.communicate()
        for path in prepared.frames_folder.glob("[!.]*.exr"):
            assert is_whole(path), f"{path} counts as a frame and is not whole"
            assert path.read_bytes() == uninterrupted[path.name]
        for path in sorted(prepared.frames_folder.glob("[!.]*.exr"))[::2]:
            path.unlink()
    prepared.render()
    made = {name: data for name, data in prepared.bytes().items() if not name.startswith(".")}
    assert made == uninterrupted


@pytest.mark.slow
def test_killed_at_any_moment_no_half_frame_counts_and_the_rerun_is_equal(prepared):
    _kill_and_finish(prepared, 6)


@pytest.mark.hosts
@pytest.mark.slow
def test_killed_thirty_times_no_half_frame_counts_and_the_rerun_is_equal(prepared):
    _kill_and_finish(prepared, 30)


@pytest.mark.slow
def test_killed_while_preparing_nothing_half_is_used(shot):
    shot.data["nodes"]["track"]["knobs"] = {"delay": 0.05}
    shot.save()
    for _ in range(3):
        process = _start(shot, "prepare")
        time.sleep(random.uniform(0.3, 1.0))
        process.kill()
        process.communicate()
    report = shot.prepare()
    assert {**report.made, **report.kept}.keys() == {"track", "drive"}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_with_143_and_leaves_no_temporary_file(prepared, number):
    _slow(prepared, 0.2)
    process = _start(prepared, "render", "deadline")
    _wait_for_frame(prepared, 1002)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 143
    assert "stopped on request" in err
    assert "Progress: 10%" in out
    names = [path.name for path in prepared.frames_folder.iterdir()]
    assert not [name for name in names if name.startswith(".")]
    assert 2 <= len(names) < 10


@pytest.mark.slow
@pytest.mark.parametrize("what", ["prepare", "render"])
def test_a_stop_signal_does_not_wait_for_a_long_frame(shot, what):
    node = "track" if what == "prepare" else "face"
    if what == "render":
        shot.prepare()
    shot.data["nodes"][node]["knobs"] = {"delay": 9.0}
    process = _start(shot.save(), what, "deadline")
    lock = shot.path.parent / "sidecars/prepare.lock"
    while process.stdout.readline() != "Progress: 0%\n":
        pass
    time.sleep(0.3)
    assert lock.exists() == (what == "prepare")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 2.0
    assert process.returncode == 143
    assert "in the middle of a frame" in err
    assert not lock.exists()
    assert not list(shot.path.parent.rglob("*.part"))


@pytest.mark.slow
def test_two_renders_of_one_shot_at_once_give_what_one_gives(prepared):
    _slow(prepared, 0.05).render()
    alone = prepared.bytes()
    for path in prepared.frames_folder.iterdir():
        path.unlink()
    processes = [_start(prepared), _start(prepared)]
    outcomes = [(process.communicate(timeout=60), process.returncode) for process in processes]
    assert [code for _, code in outcomes] == [0, 0], outcomes
    assert prepared.bytes() == alone


@pytest.mark.slow
def test_a_bad_shot_ends_with_2_and_one_line(prepared):
    prepared.data["nodes"]["face"]["knobs"] = {"gain": 99}
    process = _start(prepared.save())
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert err.count("\n") == 1
    assert "nodes.face.knobs.gain: 99 is out of range" in err


@pytest.mark.slow
def test_two_ranges_on_two_processes_are_bit_identical_to_one(prepared):
    prepared.render()
    whole = prepared.bytes()
    for path in prepared.frames_folder.iterdir():
        path.unlink()
    processes = [_start(prepared, "render", "none", part) for part in ("1001-1005", "1006-1010")]
    outcomes = [(process.communicate(timeout=60), process.returncode) for process in processes]
    assert [code for _, code in outcomes] == [0, 0], outcomes
    assert prepared.bytes() == whole
