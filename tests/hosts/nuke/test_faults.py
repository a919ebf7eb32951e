"""Bake with the real worker on real footage: what can go wrong on the way, and what is said of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from baked_comp import COUNT, FIRST, LAST, frames_of, press, state, wait
from nuke_stand_in.evaluate import picture_of, read_exr, write_exr

from shared_core.spec.paths import frame_path

pytestmark = [pytest.mark.hosts, pytest.mark.slow]


def test_the_artist_who_says_no_gets_no_bake(comp):
    comp.nuke.answers = False
    press(comp)
    assert state(comp).startswith("Stopped")
    assert not comp.node["dub_baked"].value()
    assert not list(comp.folder.rglob("*.exr"))


def test_cancel_keeps_what_is_finished_and_says_so(comp):
    comp.nuke.cancel_tasks = "render: "
    press(comp)
    assert state(comp).startswith("Stopped")
    assert comp.nuke.messages == [], "the artist knows"
    comp.nuke.cancel_tasks = ""
    press(comp)
    assert state(comp).startswith("Baked")


def test_a_failure_is_said_on_the_node_and_leaves_the_last_bake(comp):
    press(comp)
    read = comp.plugin.dub_nodes.read_node(comp.node)
    shown = read["file"].value()
    comp.node["driver_file"].setValue(str(comp.folder / "not_there.mov"))
    press(comp)
    assert "not_there.mov" in state(comp)
    assert comp.node["tile_color"].value() == comp.plugin.status.FAILED
    assert "not_there.mov" in comp.nuke.messages[-1]
    assert read["file"].value() == shown


def test_a_node_that_was_undone_in_mid_bake_is_left_alone(comp):
    name = comp.node.name()
    comp.nuke.press(comp.node, "bake")
    comp.nuke.delete(comp.node)
    wait(comp)
    assert comp.nuke.find(name) is None
    assert f"{name}: is not in this script any more" in comp.nuke.messages[-1]
    comp.nuke.undo()
    assert not comp.node["dub_baked"].value()
    press(comp)
    assert state(comp).startswith("Baked"), "the frames were kept"
    assert len(comp.nuke.asked) == 1


def test_a_second_bake_waits_for_the_first(comp):
    comp.nuke.press(comp.node, "bake")
    comp.nuke.press(comp.node, "bake_frame")
    assert any("is being baked" in message for message in comp.nuke.messages)
    wait(comp)


def test_a_worker_that_is_killed_in_mid_bake_is_said_and_the_next_bake_works(comp):
    class Killing(list):
        killed = False

        def append(self, told):
            super().append(told)
            if not self.killed and re.match(f"render: [1-9] of {COUNT}", told[0]):
                self.killed = True
                os.kill(comp.plugin.workers._running[0].greeting["pid"], signal.SIGKILL)

    comp.nuke.progress = Killing()
    press(comp)
    assert "the worker ended" in state(comp)
    comp.nuke.progress = []
    press(comp)
    assert state(comp).startswith("Baked")
    assert frames_of(comp) == list(range(FIRST, LAST + 1))


def test_a_python_that_is_not_dubnodes_is_said(comp, monkeypatch):
    comp.nuke.frame_now = 1004
    monkeypatch.setenv("DUB_PYTHON", "/usr/bin/python3")
    press(comp, "bake_frame")
    assert "is not the Python of Dubnodes" in state(comp)
    monkeypatch.setenv("DUB_PYTHON", str(comp.folder / "python"))
    press(comp, "bake_frame")
    assert "cannot be started" in state(comp)
    monkeypatch.delenv("DUB_PYTHON")
    press(comp, "bake_frame")
    assert "no Python is named" in state(comp)
    monkeypatch.setenv("DUB_PYTHON", sys.executable)
    press(comp, "bake_frame")
    assert state(comp).startswith("Baked")


def test_a_render_stops_with_the_frames_that_are_missing(comp):
    press(comp)
    out = str(comp.folder / "out.####.exr")
    write = comp.nuke.make("Write", inputs=[comp.node], file=out, file_type="exr")
    comp.nuke.render(write, 1004, 1005)
    frame_path(Path(comp.plugin.callbacks.record_of(comp.node).pattern), 1006).unlink()
    comp.nuke.render(write, 1004, 1005)
    with pytest.raises(RuntimeError, match="frame 1006 is not baked"):
        comp.nuke.render(write, 1004, 1007)
    comp.nuke.module.GUI = False
    with pytest.raises(RuntimeError, match="1 of 10 frames are not baked: 1006"):
        comp.nuke.render(write, 1004, 1005)
    comp.nuke.module.GUI = True
    assert comp.nuke.press(comp.node, "check") is None
    assert "not there: 1006" in state(comp)
    comp.nuke.frame_now = 1006
    assert "its bake is missing" in comp.nuke.label_of(comp.node)


def test_a_changed_upstream_is_shown_by_check(comp):
    press(comp)
    comp.nuke.press(comp.node, "check")
    assert state(comp).startswith("Baked")
    grade = comp.nuke.make("Grade", white=1.5, inputs=[comp.plate])
    comp.node.setInput(0, grade)
    comp.nuke.press(comp.node, "check")
    assert state(comp) == comp.plugin.status.STALE
    assert comp.node["tile_color"].value() == comp.plugin.status.CHANGED


def test_a_frame_without_a_face_is_said_and_shows_the_plate(comp, plate_folder):
    hidden = comp.folder / "hidden"
    hidden.mkdir()
    for path in plate_folder.glob("*.exr"):
        (hidden / path.name).write_bytes(path.read_bytes())
    for frame in range(1006, 1011):
        path = hidden / f"plate.{frame}.exr"
        picture = read_exr(path)
        grey = {name: np.full_like(values, 0.18) for name, values in picture.channels.items()}
        write_exr(path, picture.with_channels(grey), "rgba", True)
    comp.plate["file"].setValue(f"{hidden}/plate.####.exr")
    press(comp)
    assert "plate passed through at 10" in state(comp)
    assert "no_face" in state(comp)
    comp.nuke.frame_now = 1009
    assert "no_face" in comp.nuke.label_of(comp.node)
    assert np.array_equal(picture_of(comp.node, 1009).channel("rgba.red"),
                          picture_of(comp.plate, 1009).channel("rgba.red"))


def test_a_full_disk_is_said(comp, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 1000))
    comp.nuke.answers = False
    press(comp)
    assert "That does not fit" in comp.nuke.asked[0]


def test_a_comp_that_was_not_rendered_whole_is_not_dubbed_and_the_next_bake_renders_it_anew(comp):
    comp.node.setInput(0, comp.nuke.make("Grade", white=2.0, inputs=[comp.plate]))
    comp.node["dub_frames"].setValue("1003-1004")
    comp.nuke.cut_render_at = 1004
    press(comp)
    assert "plate.1004.exr: was not written whole" in state(comp)
    assert comp.node["tile_color"].value() == comp.plugin.status.FAILED
    assert comp.nuke.progress == [], "the core was not asked"
    comp.nuke.cut_render_at = None
    press(comp)
    assert state(comp).startswith("Baked 1003-1004: 2 dubbed"), state(comp)
    assert comp.nuke.executed == [(FIRST, LAST), (1004, 1004)]


def test_a_disk_that_fills_in_mid_bake_is_said_and_what_was_baked_stays(comp, monkeypatch, tmp_path):
    """A worker that may write no file of a frame's size stands for the full disk."""
    comp.nuke.frame_now = FIRST
    press(comp, "bake_frame")
    read = comp.plugin.dub_nodes.read_node(comp.node)
    shown, size = read["file"].value(), Path(read["file"].evaluate(FIRST)).stat().st_size
    narrow = tmp_path / "python"
    narrow.write_text(f'#!/bin/bash\nulimit -f {size // 2048}\nexec "{sys.executable}" "$@"\n')
    narrow.chmod(0o755)
    monkeypatch.setenv("DUB_PYTHON", str(narrow))
    press(comp)
    assert comp.node["tile_color"].value() == comp.plugin.status.FAILED
    assert "File too large" in comp.nuke.messages[-1]
    assert frames_of(comp) == [FIRST] and read["file"].value() == shown
    assert not list(Path(shown).parent.glob("*.part"))
    monkeypatch.setenv("DUB_PYTHON", sys.executable)
    press(comp)
    assert state(comp).startswith("Baked")
