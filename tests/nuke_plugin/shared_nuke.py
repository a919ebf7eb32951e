"""Fixtures of all tests that run the plug-in: a stand-in Nuke with the plug-in loaded into it."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from nuke_stand_in.evaluate import write_exr
from nuke_stand_in.module import StandIn
from nuke_stand_in.pictures import Box, Picture

from shared_core.spec.frames import FrameRange
from shared_core.spec.shot import read_shot

FRAMES = FrameRange.parse("1001-1004")
PLUGIN = Path(__file__).resolve().parents[2] / "nuke_plugin"


@pytest.fixture
def nuke(monkeypatch, tmp_path) -> Iterator[StandIn]:
    """A Nuke in a terminal, with a saved script in tmp_path and raw colour."""
    yield from started(monkeypatch, tmp_path, gui=False)


@pytest.fixture
def gui(monkeypatch, tmp_path) -> Iterator[StandIn]:
    """The same with a GUI."""
    yield from started(monkeypatch, tmp_path, gui=True)


def started(monkeypatch: Any, tmp_path: Path, gui: bool) -> Iterator[StandIn]:
    stand_in = StandIn(gui)
    stand_in.save_as(tmp_path / "comp.nk")
    stand_in.script["colorManagement"].setValue("Nuke")
    monkeypatch.setitem(sys.modules, "nuke", stand_in.module)
    monkeypatch.syspath_prepend(str(PLUGIN))
    for name in [name for name in sys.modules if name.partition(".")[0] == "dub_nuke"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setenv("DUB_PYTHON", sys.executable)
    monkeypatch.delenv("OCIO", raising=False)
    yield stand_in
    workers = sys.modules.get("dub_nuke.workers")
    if workers is not None:
        workers.close()
    for name in [name for name in sys.modules if name.partition(".")[0] == "dub_nuke"]:
        sys.modules.pop(name)


@pytest.fixture
def plugin(nuke) -> SimpleNamespace:
    """The plug-in's modules by name, its callbacks registered as init.py and menu.py do."""
    return load_plugin()


def load_plugin() -> SimpleNamespace:
    names = ("background", "bake", "buttons", "cache", "callbacks", "completion", "create", "dub_nodes",
             "fingerprint", "menus", "names", "pictures", "recipe_knobs", "recipe_tabs", "request",
             "script_colour", "settings", "status", "submit", "submit_panel", "tune", "upstream",
             "whole_pipeline", "wiring", "workers")
    loaded = SimpleNamespace(**{name: importlib.import_module(f"dub_nuke.{name}") for name in names})
    loaded.callbacks.register()
    loaded.callbacks.register_gui()
    loaded.upstream.register_gui()
    return loaded


@pytest.fixture
def at_once(plugin, monkeypatch) -> None:
    """A node is compared whenever Nuke is idle, however long a loaded machine takes for it."""
    monkeypatch.setattr(plugin.upstream, "_SECONDS_KEPT", -1.0)
    monkeypatch.setattr(plugin.upstream, "_REST", 0.0)


@pytest.fixture
def read_of(nuke, tmp_path) -> Callable[..., Any]:
    """Makes a Read of a small EXR sequence: its name, its frames, and the pixels' value by frame."""

    def make(name: str, frames: range, value: Callable[[int], float] = float) -> Any:
        folder = tmp_path / "plates" / name
        folder.mkdir(parents=True)
        for frame in frames:
            flat = np.full((48, 64), value(frame), np.float32)
            channels = {f"rgba.{c}": flat for c in ("red", "green", "blue")}
            picture = Picture(Box(0, 0, 64, 48), (64, 48), channels)
            write_exr(folder / f"{name}.{frame:04d}.exr", picture, "rgb", True)
        read = nuke.make("Read", file=f"{folder}/{name}.####.exr", first=frames[0], last=frames[-1], raw=True)
        read.setName(name)
        return read

    return make


@pytest.fixture
def chain(nuke, plugin, read_of):
    """plate, driver -> Track x2 -> Drive -> References -> Mask -> Warp -> Composite, by hand."""
    plate = read_of("plate", range(1001, 1005))
    driver = read_of("driver", range(1, 5))
    nuke.script["first_frame"].setValue(1001)
    nuke.script["last_frame"].setValue(1004)
    made = {name: plugin.create.create(name) for name in (
        "track_face", "drive_from_video", "references", "landmark_mask", "warp_flow_mesh", "composite")}
    made["driver_track"] = plugin.create.create("track_face")

    def connect(node, **inputs):
        for name, source in inputs.items():
            made[node].setInput(plugin.dub_nodes.input_number(made[node], name), source)

    connect("track_face", plate=plate)
    connect("driver_track", plate=driver)
    connect("drive_from_video", actor=made["track_face"], driver=made["driver_track"])
    connect("references", plate=plate, track=made["track_face"], drive=made["drive_from_video"])
    connect("landmark_mask", track=made["track_face"], drive=made["drive_from_video"])
    connect("warp_flow_mesh", plate=plate, track=made["track_face"], drive=made["drive_from_video"],
            references=made["references"])
    connect("composite", plate=plate, face=made["warp_flow_mesh"], matte=made["landmark_mask"],
            track=made["track_face"])
    made["plate"], made["driver"] = plate, driver
    return made


@pytest.fixture
def whole(nuke, plugin, read_of):
    """A Dub node behind a plate of frames 1001 to 1004, with a driver connected."""
    nuke.script["first_frame"].setValue(1001)
    nuke.script["last_frame"].setValue(1004)
    node = plugin.create.create("dub")
    node.setInput(0, read_of("plate", range(1001, 1005)))
    node.setInput(plugin.dub_nodes.input_number(node, "driver"), read_of("driver", range(1, 5)))
    return node


def shot_of(plugin, node, frames=FRAMES):
    """The shot that a bake of `node` writes, and its request."""
    request = plugin.request.prepare(node, frames)
    return read_shot(request.shot), request


def make_up_bake(plugin, node, states, pictures):
    """Have `node` show a bake of the frames of `states`, made up of files of the Read `pictures`."""
    _, request = plugin.request.look(node, plugin.dub_nodes.frame_range(node))
    record = request.record()
    record.frames, record.states, record.seconds_a_frame = sorted(states), states, 0.5
    record.save(request.pattern.parent)
    for frame in states:
        shutil.copy(pictures["file"].evaluate(frame), str(request.pattern).replace("####", str(frame)))
    plugin.bake.apply(request, record)
    return SimpleNamespace(node=node, plate=pictures, record=record, folder=request.pattern.parent)


def knobs_of(nuke):
    """The script of every knob of every node, but for those that hold no value."""
    silent = ("PyScript_Knob", "Tab_Knob", "Link_Knob")
    return {
        (node.fullName(), name): knob.toScript() for node in nuke.all_nodes(nuke.script, True)
        for name, knob in node.knobs().items() if knob.Class() not in silent
    }
