"""A file is there whole, or as it was before; a kill leaves nothing that counts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from shared_core.media.atomic import atomic_path, remove_leftovers
from shared_core.media.exr_header import is_whole

ENDLESS = """
import sys, numpy as np
from shared_core.colour import ColourContext
from shared_core.media import write_dub_frame
from shared_core.media.native import NativeFrame
from shared_core.values import Mask, Window
window = Window(0, 0, 640, 360)
noise = np.random.default_rng(0).random((360, 640)).astype(np.float32)
native = NativeFrame(window, window, dict.fromkeys("RGB", noise), tuple("RGB"), "", "scene_linear")
colour = ColourContext("ocio://default")
for n in range(10**6):
    write_dub_frame(f"{sys.argv[1]}/f.{n % 20:04d}.exr", native, None, Mask.empty(), colour=colour)
    print(n, flush=True)
"""


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with atomic_path(path) as temporary:
        temporary.write_text("half")
        assert path.read_text() == "old" and temporary.parent == tmp_path and temporary.name.startswith(".")
    assert path.read_text() == "half" and os.listdir(tmp_path) == ["a.txt"]


def test_the_new_file_takes_the_name_and_whoever_reads_the_old_one_reads_on(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with path.open() as reader:
        with atomic_path(path) as temporary:
            temporary.write_text("new")
        assert reader.read() == "old" and path.read_text() == "new"


def test_an_error_leaves_nothing(tmp_path):
    with pytest.raises(KeyError), atomic_path(tmp_path / "new" / "a.txt") as temporary:
        temporary.write_text("half")
        raise KeyError
    assert os.listdir(tmp_path / "new") == []


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    with atomic_path(tmp_path / "a") as first, atomic_path(tmp_path / "a") as second:
        assert first != second
        first.write_text("1")
        second.write_text("2")
    assert (tmp_path / "a").read_text() == "1" and os.listdir(tmp_path) == ["a"]


def test_leftovers_go_when_they_are_old_and_nothing_else_does(tmp_path):
    for name in (".f.0001.exr.77-0123abcd.part", ".f.0002.exr.77-0123abcd.part", ".mine.part", "f.exr"):
        (tmp_path / name).write_text("")
    for name in (".f.0001.exr.77-0123abcd.part", ".mine.part", "f.exr"):
        os.utime(tmp_path / name, (1, 1))
    assert remove_leftovers(tmp_path) == 1
    assert sorted(os.listdir(tmp_path)) == [".f.0002.exr.77-0123abcd.part", ".mine.part", "f.exr"]


@pytest.mark.slow
def test_no_kill_leaves_half_a_frame(tmp_path):
    for kill in range(5):
        worker = subprocess.Popen([sys.executable, "-c", ENDLESS, str(tmp_path)], stdout=subprocess.PIPE)
        worker.stdout.readline()  # the first frame is written
        time.sleep(0.05 + 0.013 * kill)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
        frames = sorted(tmp_path.glob("*.exr"))
        assert frames and all(is_whole(frame) for frame in frames)
