"""A stand-in Nuke with a comp of real footage, baked once by the real worker for all tests that only look."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

for folder in (Path(__file__).parent, Path(__file__).parents[2] / "nuke_plugin", Path(__file__).parents[3]):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

from baked_comp import COUNT, FIRST, LONG  # noqa: E402
from nuke_stand_in.evaluate import write_exr  # noqa: E402
from nuke_stand_in.pictures import Box, Picture  # noqa: E402
from shared_nuke import load_plugin, started  # noqa: E402

from shared_core.colour import ColourContext  # noqa: E402
from shared_core.media import open_clip  # noqa: E402


@pytest.fixture(scope="session")
def plate_folder(footage, tmp_path_factory) -> Path:
    """Ten frames of a talker as scene-linear half EXR with an alpha, plate.1001.exr on."""
    return write_plate(footage, tmp_path_factory.mktemp("plate"), COUNT)


@pytest.fixture(scope="session")
def long_plate_folder(footage, tmp_path_factory) -> Path:
    """More of him, so that a network finds all of its references."""
    return write_plate(footage, tmp_path_factory.mktemp("long_plate"), LONG)


def write_plate(footage, folder: Path, count: int) -> Path:
    """Every fourth frame of the talker, `count` of them."""
    colour = ColourContext("ocio://cg-config-v1.0.0_aces-v1.3_ocio-v2.1", "lin_rec709")
    with open_clip(footage / "public/obama_256.mp4", colour=colour) as clip:
        for n in range(count):
            pixels = clip.image(clip.frames[0] + 4 * n).pixels
            height, width = pixels.shape[:2]
            channels = {f"rgba.{c}": pixels[..., i] for i, c in enumerate(("red", "green", "blue"))}
            channels["rgba.alpha"] = np.full((height, width), 0.5, np.float32)
            picture = Picture(Box(0, 0, width, height), (width, height), channels)
            write_exr(folder / f"plate.{FIRST + n}.exr", picture, "rgba", True)
    return folder


@pytest.fixture(scope="session")
def driver_file(footage) -> Path:
    return footage / "public/grid_lbbc2a.mpg"


def make_comp(monkeypatch, folder, plate_folder, driver_file, gui=False, count=COUNT):
    """A saved script with the plate's Read and a Dub node behind it, and the plug-in."""
    running = started(monkeypatch, folder, gui)
    nuke = next(running)
    nuke.sizes = (256, 256)
    nuke.script["first_frame"].setValue(FIRST)
    last = FIRST + count - 1
    nuke.script["last_frame"].setValue(last)
    plugin = load_plugin()
    plate = nuke.make("Read", file=f"{plate_folder}/plate.####.exr", first=FIRST, last=last, raw=True)
    node = plugin.create.create("dub")
    node.setInput(0, plate)
    node["driver_file"].setValue(str(driver_file))
    return SimpleNamespace(nuke=nuke, plugin=plugin, plate=plate, node=node, running=running, folder=folder)


def end(comp) -> None:
    for _ in comp.running:
        pass


@pytest.fixture(scope="module")
def baked(plate_folder, driver_file, tmp_path_factory):
    """The comp after Bake; for tests that change nothing that they do not put back."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        comp = make_comp(monkeypatch, tmp_path_factory.mktemp("comp"), plate_folder, driver_file)
        comp.nuke.press(comp.node, "bake")
        yield comp
        end(comp)


@pytest.fixture
def comp(plate_folder, driver_file, tmp_path, monkeypatch):
    """The comp before any bake, in a Nuke with a GUI."""
    made = make_comp(monkeypatch, tmp_path, plate_folder, driver_file, gui=True)
    yield made
    end(made)


@pytest.fixture
def long_comp(long_plate_folder, driver_file, tmp_path, monkeypatch):
    """The same over the longer plate."""
    made = make_comp(monkeypatch, tmp_path, long_plate_folder, driver_file, gui=True, count=LONG)
    yield made
    end(made)
