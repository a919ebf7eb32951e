"""Disks that are full or read-only, processes that are killed, and two at once: the real recipe."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time

import pytest

from shared_core.media.exr_header import is_whole

pytestmark = [pytest.mark.slow, pytest.mark.footage]


def _limited(blocks, *arguments):
    """`dub ...` in a process that may write no file above `blocks` times 1024 bytes, as a full disk."""
    words = " ".join(f'"{word}"' for word in (sys.executable, "-m", "shared_core.cli.main", *arguments))
    return subprocess.run(
        ["bash", "-c", f"ulimit -f {blocks}; exec {words}"], capture_output=True, text=True, check=False)


def _hidden(folder):
    return [path for path in folder.rglob(".*")]


def test_a_frame_that_the_disk_refuses_ends_with_75_and_the_rerun_equals_the_uninterrupted(
    shot, dubbed, dub
):
    shutil.rmtree(shot.frames_folder)
    run = _limited(100, "render", shot.path, "--progress", "none")
    assert run.returncode == 75, run.stderr
    assert run.stderr.count("\n") == 1
    assert "shot.1001.exr' cannot be written" in run.stderr and "run the same command again" in run.stderr
    assert list(shot.frames_folder.iterdir()) == []
    code, _, err = dub("render", shot.path, "--progress", "none")
    assert code == 0, err
    assert shot.rendered() == dubbed.rendered()


def test_a_sidecar_that_the_disk_refuses_ends_with_75_and_leaves_nothing_half(shot, dub):
    shutil.rmtree(shot.folder / "sidecars")
    run = _limited(20, "prepare", shot.path, "--progress", "none")
    assert run.returncode == 75, run.stderr
    assert run.stderr.count("\n") == 1 and "sidecars" in run.stderr
    assert not _hidden(shot.folder / "sidecars")
    assert not list((shot.folder / "sidecars").rglob("v0*"))
    code, out, err = dub("render", shot.path, "--prepare", "--progress", "alf")
    assert code == 0, err
    assert "0 made, 8 were up to date" in out, "the same sidecars give the same keys"


@pytest.mark.parametrize(("place", "command"), [("frames", "render"), ("sidecars", "prepare")])
def test_a_read_only_folder_is_transient_and_named(place, command, shot, dub, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    shutil.rmtree(shot.folder / place)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a read-only disk cannot be mounted here")
    try:
        (shot.folder / place).symlink_to(folder)
        code, _, err = dub(command, shot.path, "--progress", "none")
        assert code == 75, err
        assert "cannot be written (Read-only file system): the disk is read-only" in err
        assert err.count("\n") == 1
    finally:
        subprocess.run(["umount", folder], check=False)


def test_a_new_shot_where_a_file_stands_in_the_way_of_its_folder_is_refused(clips, refused, tmp_path):
    (tmp_path / "sh").write_text("mine")
    said = refused("new", tmp_path / "sh" / "shot.json", "--plate", clips.actor, "--driver", clips.driver)
    assert "Not a directory" in said or "File exists" in said
    assert (tmp_path / "sh").read_text() == "mine"


def _kill_and_finish(shot, dubbed, dub, start, kills):
    """Kill `dub render --prepare` at any moment, again and again; then let it finish."""
    uninterrupted = dubbed.rendered()
    shutil.rmtree(shot.frames_folder)
    shutil.rmtree(shot.folder / "sidecars")
    rng = random.Random(kills)
    for number in range(kills):
        process = start("render", shot.path, "--prepare", "--progress", "none")
        time.sleep(rng.uniform(0.6, 3.5))
        process.kill()
        process.communicate()
        whole = list(shot.frames_folder.glob("[!.]*.exr"))
        for path in whole:
            assert is_whole(path), f"{path} counts as a frame and is not whole"
            assert path.read_bytes() == uninterrupted[path.name]
        if len(whole) == 8 or number % 4 == 3:
            shutil.rmtree(shot.folder / "sidecars" / "track", ignore_errors=True)
            shutil.rmtree(shot.frames_folder, ignore_errors=True)
    code, _, err = dub("render", shot.path, "--prepare", "--progress", "none")
    assert code == 0, err
    assert {name: data for name, data in shot.rendered().items() if name[0] != "."} == uninterrupted
    assert shot.path.read_bytes() == dubbed.path.read_bytes()


def test_killed_at_any_moment_nothing_half_counts_and_the_rerun_is_equal(shot, dubbed, dub, start):
    _kill_and_finish(shot, dubbed, dub, start, 4)


@pytest.mark.hosts
def test_killed_thirty_times_nothing_half_counts_and_the_rerun_is_equal(shot, dubbed, dub, start):
    _kill_and_finish(shot, dubbed, dub, start, 30)


def test_two_renders_at_once_are_done_once_or_told_to_come_again(shot, dubbed, dub, start):
    shutil.rmtree(shot.frames_folder)
    shutil.rmtree(shot.folder / "sidecars")
    running = [start("render", shot.path, "--prepare", "--progress", "none") for _ in range(2)]
    outcomes = [(process.communicate(timeout=120)[1], process.returncode) for process in running]
    codes = sorted(code for _, code in outcomes)
    assert codes in ([0, 0], [0, 75]), outcomes
    for err, code in outcomes:
        assert code == 0 or "is preparing this shot; repeat when it is done" in err
    assert shot.rendered() == dubbed.rendered()
