"""A task does what was sent or says why not, with or without a warm worker, and stops when told to."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from farm_shot import DUB
from golden_job import golden_job

from shared_core import __version__
from shared_core.farm import warm as warm_worker
from shared_core.farm.parameters import with_knobs
from shared_core.farm.task import sweep_frames, warm_start
from shared_core.spec.errors import BadInput, KnobError, Transient
from shared_core.spec.frames import FrameRange
from shared_core.spec.shot import read_shot

TASK = (sys.executable, "-I", "-u", "-m", "shared_core.farm")


def task(*words, **environment):
    return subprocess.run(
        [*TASK, *map(str, words)], capture_output=True, text=True, check=False,
        env={**os.environ, **environment})


def start(*words, **environment):
    return subprocess.Popen(
        [*TASK, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, **environment})


@pytest.fixture
def warm():
    """The environment of a session with a warm worker."""
    told = task("warm-start").stdout
    name, _, where = told.removeprefix("openjd_env: ").strip().partition("=")
    yield {name: where}
    ended = task("warm-stop", **{name: where})
    assert ended.returncode == 0, ended.stderr
    # The server lets go of the line first, and takes its folder away as it ends.
    for _ in range(100):
        if not Path(where).parent.exists():
            return
        time.sleep(0.1)
    pytest.fail(f"{Path(where).parent} is still there, 10 s after its worker was stopped")


def test_another_core_is_refused_with_both_versions(tmp_path):
    job = golden_job(tmp_path, "plain")
    done = task("render", job.shot.path, "--frames=1", "--core=0.0.1")
    assert done.returncode == 2
    assert f"this node has Dubnodes {__version__}, and the job was sent by 0.0.1" in done.stderr


def test_a_shot_edited_since_is_refused(tmp_path):
    job = golden_job(tmp_path, "plain")
    done = task("prepare", job.shot.path, f"--digest={job.shot.digest()[:-1]}x", "--attempts=3")
    assert done.returncode == 2
    assert "was edited after the job was sent: send it again" in done.stderr
    assert "attempt" not in done.stdout


def test_a_shot_that_is_gone_is_bad_input(tmp_path):
    done = task("render", tmp_path / "none.json", "--frames=1")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_a_chunk_in_no_notation_is_bad_input(tmp_path):
    job = golden_job(tmp_path, "plain")
    assert task("render", job.shot.path, "--frames=9-1").returncode == 2


def test_job_parameters_change_the_shot_and_are_checked(tmp_path):
    shot = golden_job(tmp_path, "plain").shot
    changed = with_knobs(shot, ["composite.feather=4", "warp.borrow=lower_face"])
    assert changed.nodes["composite"].knobs["feather"] == 4.0
    assert changed.nodes["warp"].knobs["borrow"] == "lower_face"
    with pytest.raises(KnobError, match="500 is out of range; expected 0 to 200"):
        with_knobs(shot, ["composite.feather=500"])
    for text, why in {
        "composite.feather": "expected NODE.KNOB=VALUE", "nobody.feather=1": "no node 'nobody'",
        "composite.nothing=1": "composite.nothing=1: the node has no such knob",
        "mask.nudges=[]": r"mask.nudges=\[\]: cannot be set at submission",
    }.items():
        with pytest.raises(BadInput, match=why):
            with_knobs(shot, [text])


def test_leftovers_of_whole_frames_go_and_all_else_stays(tmp_path):
    shot = golden_job(tmp_path, "plain").shot
    folder = shot.frame_path(1).parent
    folder.mkdir()
    stays = [".sh010.0009.exr.77-aa.part", "-sh010.0001.exr.77-aa.part", "sh010.0001.exr",
             ".sh010.0001.exr", "notes.part"]
    for name in [*stays, ".sh010.0001.exr.77-aa.part", ".sh010.0002.exr.78-bb.part"]:
        (folder / name).touch()
    sweep_frames(shot, FrameRange.parse("1-5"))
    assert sorted(path.name for path in folder.iterdir()) == sorted(stays)


@pytest.mark.slow
def test_a_warm_worker_renders_what_a_plain_run_renders(plain, warm):
    shot = plain.copy("warm")
    for frames in ("1-3", "4-8"):
        done = task("render", shot.path, f"--frames={frames}", **warm)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "openjd_progress: 100" in done.stdout
        assert re.search(r"Z frame \d: written, dubbed", done.stdout)
    shot.assert_equal()
    again = task("render", shot.path, "--frames=1-8", **warm)
    assert "0 made, 8 were up to date" in again.stdout


@pytest.mark.slow
def test_a_warm_worker_gives_the_errors_own_exit_code_and_serves_on(plain, warm):
    shot = plain.copy("warm errors", prepared=False)
    done = task("render", shot.path, "--frames=1-3", "--attempts=3", **warm)
    assert done.returncode == 2
    assert "run `dub prepare" in done.stderr
    assert task("prepare", shot.path).returncode == 0
    assert task("render", shot.path, "--frames=1", **warm).returncode == 0


@pytest.mark.slow
def test_without_its_warm_worker_a_task_says_so_and_renders(plain, tmp_path):
    shot = plain.copy("cold")
    done = task("render", shot.path, "--frames=1-8", DUB_WARM_WORKER=str(tmp_path / "none"))
    assert done.returncode == 0, done.stderr
    assert f"no warm worker at {tmp_path / 'none'}" in done.stdout
    shot.assert_equal()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["warm", "cold"])
def test_a_stop_signal_ends_a_task_within_two_seconds(plain, kind, request):
    environment = request.getfixturevalue("warm") if kind == "warm" else {}
    shot = plain.copy(f"stopped {kind}")
    process = start("render", shot.path, "--frames=1-8", "--attempts=3", **environment)
    for line in process.stdout:
        if "frame 2: written" in line:
            break
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert time.monotonic() - began < 2.5
    assert process.returncode == 143
    time.sleep(0.5)  # the warm worker finishes the frame that it is at
    shot.assert_nothing_half()
    assert 2 <= len(shot.written()) < 8
    assert not list(shot.folder.rglob("*.part"))
    assert task("render", shot.path, "--frames=1-8", **environment).returncode == 0
    shot.assert_equal()


@pytest.mark.slow
def test_changed_job_parameters_render_a_shot_file_of_their_own(plain):
    shot = plain.copy("changed")
    done = task("render", shot.path, "--frames=1", "--knob=composite.amount=1.0")
    assert done.returncode == 0 and "differ" not in done.stdout, "the shot's own value changes nothing"
    done = task("render", shot.path, "--frames=1", "--knob=composite.amount=0")
    assert done.returncode == 0, done.stderr
    [other] = shot.folder.glob("shot.*.json")
    assert str(other) in done.stdout
    assert read_shot(other).nodes["composite"].knobs["amount"] == 0.0
    assert "plate passed through: amount is 0" in done.stdout
    assert json.loads(shot.path.read_text())["nodes"]["composite"]["knobs"].get("amount", 1.0) == 1.0


@pytest.mark.slow
def test_weights_that_a_node_lacks_are_named_and_not_fetched(plain, tmp_path):
    shot = plain.copy("no weights", prepared=False)
    done = task("prepare", shot.path, "--attempts=3", DUB_CACHE=str(tmp_path / "empty"))
    assert done.returncode == 2, done.stdout
    assert "face_landmarker" in done.stderr and "dub models" in done.stderr
    assert "attempt" not in done.stdout
    assert not list((tmp_path / "empty").rglob("*.task"))


@pytest.mark.slow
def test_a_disk_that_is_full_in_mid_frame_is_tried_again_and_then_told(plain):
    shot = plain.copy("full")
    limit = "ulimit -f 100 && exec"  # 512-byte or 1-KiB blocks: less than a frame either way
    command = ["sh", "-c", f'{limit} "$@"', "sh", *TASK, "render", shot.path, "--frames=1-4", "--attempts=2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 75
    assert "attempt 1 of 2 ended with 75: again in 5 s" in done.stdout
    assert "cannot be written (File too large)" in done.stderr
    assert not list(shot.folder.rglob("*.part")) and not shot.written()
    told = subprocess.run([*DUB, "status", shot.path, "--frames", "1-4"], capture_output=True, text=True,
                          check=False)
    assert re.search(r"failed +1  1  DiskError: .*File too large.*\(exit code 75, on ", told.stdout)
    assert task("render", shot.path, "--frames=1-8").returncode == 0
    shot.assert_equal()


def test_a_warm_worker_that_cannot_start_is_said_and_done_without(monkeypatch, capsys):
    def no_sockets():
        raise Transient("a warm worker needs Unix sockets")

    monkeypatch.setattr(warm_worker, "start", no_sockets)
    assert warm_start(None, None) == 0
    assert capsys.readouterr().out == "a warm worker needs Unix sockets: rendering without one\n"
    assert task("warm-stop", DUB_WARM_WORKER="").returncode == 0


@pytest.mark.slow
def test_a_warm_worker_starts_where_the_temporary_folder_has_a_long_name(tmp_path):
    folder = tmp_path / ("long" * 20)
    folder.mkdir()
    done = task("warm-start", TMPDIR=str(folder))
    assert done.returncode == 0, done.stderr
    where = done.stdout.partition("=")[2].strip()
    assert task("warm-stop", DUB_WARM_WORKER=where).returncode == 0
    assert not Path(where).exists()
