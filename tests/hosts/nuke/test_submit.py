"""Submit with the real `dub submit`, by OpenJD on this machine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from baked_comp import frames_of, press, state
from nuke_stand_in.evaluate import picture_of

pytestmark = [pytest.mark.hosts, pytest.mark.slow]
HOST = """#!/bin/sh
for word; do script="$word"; done
echo "$@" >> "{told}"
ls "{frames}" | wc -l >> "{told}"
grep -c "{frames}" "$script" >> "{told}"
"""


def test_a_local_job_makes_the_frames_that_the_node_shows_and_then_renders_the_write(comp):
    comp.node["dub_frames"].setValue("1003-1006")
    write = comp.nuke.make("Write", inputs=[comp.node], file=f"{comp.folder}/out.####.exr", file_type="exr")
    frames = comp.plugin.request.look(
        comp.node, comp.plugin.dub_nodes.frame_range(comp.node))[1].pattern.parent
    told, host = comp.folder / "told", comp.folder / "Nuke 15"
    host.write_text(HOST.format(told=told, frames=frames))
    host.chmod(0o755)
    comp.nuke.module.EXE_PATH = str(host)
    comp.nuke.panel = {"Engine": "local", "Frames a task": "4", "Render afterwards": write.name(),
                       "Further options": "--no-view"}
    press(comp, "submit")
    assert state(comp).startswith("Baked 1003-1006: 4 dubbed"), state(comp)
    assert frames_of(comp) == [1003, 1004, 1005, 1006]
    (copy,) = comp.folder.glob("comp.dub-*.nk")
    words, seen, shown = told.read_text().splitlines()
    assert words == f"-X {write.name()} -F 1003-1006 {copy}"
    assert int(seen) >= 4, "the frames are there before the host renders"
    assert int(shown) >= 1, "the copy shows them"
    assert "HostRender" in comp.nuke.messages[-1]
    assert max(percent for _, percent in comp.nuke.progress) == 100
    press(comp, "check")
    assert state(comp).startswith("Baked 1003-1006: 4 dubbed")
    dubbed, plate = picture_of(comp.node, 1004), picture_of(comp.plate, 1004)
    assert np.abs(dubbed.channel("rgba.red") - plate.channel("rgba.red")).max() > 0.01


def test_what_a_farm_made_is_what_a_bake_makes(comp):
    comp.node["dub_frames"].setValue("1003-1004")
    comp.nuke.panel = {"Engine": "local", "Further options": "--no-view"}
    press(comp, "submit")
    pattern = comp.plugin.callbacks.record_of(comp.node).pattern
    made = [Path(pattern.replace("####", str(frame))) for frame in (1003, 1004)]
    farm, steps = [path.read_bytes() for path in made], len(comp.nuke.progress)
    press(comp)
    assert len(comp.nuke.progress) == steps, "nothing is baked again"
    shutil.rmtree(made[0].parent)
    press(comp)
    assert state(comp).startswith("Baked 1003-1004"), state(comp)
    assert [path.read_bytes() for path in made] == farm


def test_a_local_job_that_cannot_run_is_said_and_the_last_bake_stays(comp):
    comp.node["dub_frames"].setValue("1003-1004")
    press(comp)
    shown = comp.plugin.dub_nodes.read_node(comp.node)["file"].value()
    comp.node["driver_file"].setValue(str(comp.folder / "not_there.mov"))
    comp.nuke.panel = {"Engine": "local"}
    press(comp, "submit")
    assert "not_there.mov" in state(comp)
    assert comp.node["tile_color"].value() == comp.plugin.status.FAILED
    assert comp.plugin.dub_nodes.read_node(comp.node)["file"].value() == shown


def test_a_local_job_that_is_cancelled_keeps_what_is_finished(comp):
    comp.nuke.panel = {"Engine": "local", "Further options": "--no-view"}
    comp.nuke.cancel_tasks = "1002: written"
    press(comp, "submit")
    assert state(comp).startswith("Stopped"), state(comp)
    assert comp.nuke.messages == []
    folder = comp.plugin.cache.folder_of(comp.node)
    assert not [path for path in folder.rglob("*") if path.name.endswith(".part")]
    made = len(list(folder.glob("frames/*/*.exr")))
    assert 2 <= made < 10
    press(comp, "check")
    assert f"{made} dubbed; not there:" in state(comp)
    comp.nuke.cancel_tasks = ""
    press(comp)
    assert state(comp).startswith("Baked 1001-1010: 10 dubbed")


def test_a_shot_that_was_sent_stays_the_same_while_the_artist_bakes_on(comp):
    comp.node["dub_frames"].setValue("1003-1004")
    comp.nuke.panel = {"Engine": "slurm", "Do": "plan-only"}
    press(comp, "submit")
    (sent,) = comp.plugin.cache.folder_of(comp.node).glob("shot.*.json")
    before = json.loads(sent.read_text())
    comp.node["composite_feather"].setValue(4)
    press(comp)
    assert json.loads(sent.read_text()) == before
    assert state(comp).startswith("Baked")
