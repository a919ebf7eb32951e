"""`dub submit --engine local`: real footage through OpenJD, bit-identical to one plain run."""

from __future__ import annotations

import os
import signal
import stat
import subprocess

import pytest
from farm_shot import DUB, dub

pytestmark = pytest.mark.slow


def test_the_whole_graph_gives_the_frames_of_one_plain_run(plain):
    shot = plain.copy("local", prepared=False)
    done = dub("submit", shot.path, "--chunk", 3, "--no-view")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    shot.assert_equal()
    assert done.stdout.count("Entering Environment: WarmWorker") == 1
    assert done.stdout.count("render, ") == 3, "three chunks"
    assert "8 of 8 frames whole" in done.stdout
    again = dub("submit", shot.path, "--chunk", 8, "--no-view", "--no-warm")
    assert again.returncode == 0
    assert "0 made, 8 were up to date" in again.stdout
    assert sorted(path.name for path in (shot.folder / "farm/shot").iterdir()) == ["v001", "v002"]


def test_a_task_that_fails_gives_its_own_exit_code(plain):
    shot = plain.copy("refused", prepared=False)
    (shot.folder / "sidecars").write_text("in the way")
    done = dub("submit", shot.path, "--no-view", "--attempts", 1)
    assert done.returncode == 75, done.stdout[-3000:]
    assert "Running step 'Render'" not in done.stdout


def test_a_stop_signal_cancels_the_job(plain):
    shot = plain.copy("stopped job")
    command = [*DUB, "submit", str(shot.path), "--chunk", "2", "--no-view"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in process.stdout:
        if "frame 3: written" in line:
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    shot.assert_nothing_half()
    assert 3 <= len(shot.written()) < 8


def test_a_dry_run_writes_the_bundle_and_sends_nothing(plain):
    shot = plain.copy("dry")
    done = dub("submit", shot.path, "--dry-run", "--engine", "slurm", "--frames", "1-8x2", "--chunk", 3)
    assert done.returncode == 0, done.stderr
    assert "4 frames 1-7x2" in done.stdout and "nothing was sent" in done.stdout
    assert not shot.frames.exists()
    scripts = shot.folder / "farm/shot/v001/slurm"
    assert (scripts / "chunks.txt").read_text() == "1-5:2\n7\n"
    for script in scripts.glob("*.sh"):
        assert script.stat().st_mode & stat.S_IXUSR
        subprocess.run(["sh", "-n", script], check=True)


def test_the_hosts_own_render_is_the_last_step(plain, tmp_path):
    shot = plain.copy("host")
    nuke = tmp_path / "Nuke 15"
    nuke.write_text('#!/bin/sh\necho "nuke: $@" >> "$(dirname "$0")/told"\n')
    nuke.chmod(0o755)
    (tmp_path / "comp.nk").write_text("")
    done = dub("submit", shot.path, "--chunk", 5, "--no-view", "--nuke", tmp_path / "comp.nk",
               "--write", "Write1", "--host-command", nuke)
    assert done.returncode == 0, done.stdout[-3000:]
    told = (tmp_path / "told").read_text().splitlines()
    assert told == [f"nuke: -X Write1 -F {frames} {tmp_path}/comp.nk" for frames in ("1-4", "5-8")]
    shot.assert_equal()


@pytest.mark.parametrize(("words", "message"), [
    (("--frames", "1:8"), "holds ':'"), (("--frames", "8-1"), "runs backwards"),
    (("--frames", "100000-100010"), "frames are not there"), (("--chunk", "0"), "--chunk 0"),
    (("--nuke", "none.nk"), "there is no such file"), (("--path-map", "none.json"), "cannot be read"),
    (("--bundle", "."), "is there already"),
])
def test_bad_input_ends_with_2_and_writes_nothing(plain, words, message):
    done = dub("submit", plain.path, *words)
    assert done.returncode == 2
    assert message in done.stderr and done.stderr.count("\n") == 1
    assert not (plain.folder / "farm").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_shots_folder_that_cannot_be_written_is_transient(plain):
    shot = plain.copy("read only")
    shot.folder.chmod(0o555)
    done = dub("submit", shot.path, "--dry-run")
    shot.folder.chmod(0o755)
    assert done.returncode == 75
    assert "writing there is not allowed" in done.stderr
