"""A comp whose Dub node is sent to a farm, with a made-up `dub` in the core's place."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
from nuke_stand_in.evaluate import write_exr
from nuke_stand_in.pictures import RGB, Box, Picture
from shared_nuke import load_plugin

FRAMES = (1001, 1002, 1003, 1004)
DUB = "#!/bin/sh\nprintf '%s\\n' \"$@\" > {told}\n{does}\n"


@pytest.fixture
def comp(gui, tmp_path, monkeypatch):
    """A Read, a Dub node and a Write; `dub(does)` makes a core that notes its words and runs those of sh."""
    for frame in FRAMES:
        picture_file(tmp_path / f"p.{frame}.exr")
    plugin = load_plugin()
    gui.script["first_frame"].setValue(FRAMES[0])
    gui.script["last_frame"].setValue(FRAMES[-1])
    plate = gui.make("Read", file=f"{tmp_path}/p.####.exr", first=FRAMES[0], last=FRAMES[-1], raw=True)
    node = plugin.create.create("dub")
    node.setInput(0, plate)
    node["driver_file"].setValue(f"{tmp_path}/p.1001.exr")
    write = gui.make("Write", inputs=[node], file=f"{tmp_path}/out.####.exr", file_type="exr")
    told = tmp_path / "told"

    def dub(does="true"):
        core = tmp_path / "python"
        core.write_text(DUB.format(told=shlex.quote(str(told)), does=does))
        core.chmod(0o755)
        monkeypatch.setenv("DUB_PYTHON", str(core))

    gui.panel = {"Engine": "slurm"}
    dub("echo '  Render      job 12'")
    return SimpleNamespace(
        nuke=gui, plugin=plugin, plate=plate, node=node, write=write, dub=dub, folder=tmp_path,
        told=lambda: told.read_text().splitlines() if told.exists() else None)


def picture_file(path, state=""):
    write_exr(path, Picture(Box(0, 0, 8, 8), (8, 8), dict.fromkeys(RGB, np.zeros((8, 8)))), "rgb", True)
    if state:
        picture = oiio.ImageBuf(str(path))
        picture.specmod()["dub:state"] = state
        assert picture.write(str(path))


def press(comp, button="submit"):
    comp.nuke.press(comp.node, button)
    wait(comp)


def wait(comp):
    """Until nothing is sent or tuned any more."""
    until = time.monotonic() + 30
    while comp.plugin.background.busy():
        assert time.monotonic() < until
        time.sleep(0.01)


def request_of(comp):
    return comp.plugin.request.look(comp.node, comp.plugin.dub_nodes.frame_range(comp.node))[1]


def farm_makes(comp, frames, state="dubbed"):
    for frame in frames:
        picture_file(Path(str(request_of(comp).pattern).replace("####", str(frame))), state)


def state(comp):
    return comp.node["dub_status"].value()


def only(folder, pattern):
    (found,) = folder.glob(pattern)
    return found
