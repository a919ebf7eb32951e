"""The extension as it ships, importable without Blender: what imports no bpy is tested here."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "staged_dubnodes"


@pytest.fixture(scope="session")
def staged(tmp_path_factory) -> Path:
    """The folder that the extension's zip holds."""
    sys.path.insert(0, str(ROOT))
    from blender_addon.build_extension import stage

    return stage(tmp_path_factory.mktemp("extension") / PACKAGE)


@pytest.fixture(scope="session")
def module(staged):
    """A module of the staged extension by name, as Blender would import it."""
    sys.path.insert(0, str(staged.parent))
    yield lambda name: importlib.import_module(f"{PACKAGE}.{name}")
    sys.path.remove(str(staged.parent))


@pytest.fixture
def order(module, tmp_path):
    """A BakeOrder over two files; keywords replace its parts."""
    (tmp_path / "plates").mkdir()
    for frame in (1001, 1002):
        (tmp_path / "plates" / f"p.{frame}.exr").write_bytes(b"plate")
    (tmp_path / "driver.mov").write_bytes(b"driver")
    orders = module("bake_order")

    def make(**changes):
        parts = {
            "name": "Dub", "folder": tmp_path / "cache" / "Dub", "knobs": {},
            "frames": orders.FrameRange.parse("1001-1002"),
            "plate_frames": orders.FrameRange.parse("1001-1002"),
            "media": {"plate": orders.Media(str(tmp_path / "plates" / "p.####.exr"), 1001),
                      "driver": orders.Media(str(tmp_path / "driver.mov"))},
        }
        return orders.BakeOrder(**{**parts, **changes})

    return make


@pytest.fixture
def write(tmp_path):
    """Writes an EXR of two pixels that says it is that frame; keywords are more header texts."""
    import numpy as np

    from shared_core.media.exr_encode import encode_exr, required_attributes, text_attribute
    from shared_core.values import Window

    def one(path, number, **texts):
        window = Window(0, 0, 2, 1)
        texts = {"dub:frame": str(number), **texts}
        attributes = [*required_attributes(window, 1.0), *(text_attribute(*one) for one in texts.items())]
        encode_exr(path, {"R": np.ones((1, 2), np.float16)}, window, attributes, "zip")

    return one
