"""Make docs/images/nuke_views.jpg: the demo's footage baked by the stand-in, one frame through every view.

    python tests/hosts/nuke/write_pictures.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
for folder in (HERE, ROOT / "tests" / "nuke_plugin", ROOT):
    sys.path.append(str(folder))

from nuke_stand_in.evaluate import picture_of, write_exr  # noqa: E402
from nuke_stand_in.pictures import RGB, Box, Picture  # noqa: E402
from shared_nuke import load_plugin, started  # noqa: E402

from shared_core import models  # noqa: E402
from shared_core.colour import ColourContext  # noqa: E402
from shared_core.media import open_clip  # noqa: E402

VIEWS = ("plate", "result", "raw", "patch", "matte", "mattes", "flow", "ST map")
FRAMES, SHOWN = range(1, 61), 45
CROP = (230, 110, 560, 440)
# Those of `dub demo`: the singer looks aside and down, the actor at us.
KNOBS = {"asymmetry": 0.2, "own_manner": 0.5, "own_tilt": 1.0}


def bake(folder: Path):
    """The Dub node over the demo's plate, baked."""
    colour = ColourContext("ocio://cg-config-v1.0.0_aces-v1.3_ocio-v2.1", "lin_rec709")
    with open_clip(models.path("demo_plate"), colour=colour) as clip:
        for frame in FRAMES:
            pixels = clip.image(frame).pixels
            height, width = pixels.shape[:2]
            channels = {name: pixels[..., n] for n, name in enumerate(RGB)}
            picture = Picture(Box(0, 0, width, height), (width, height), channels)
            write_exr(folder / f"plate.{frame:04d}.exr", picture, "rgb", True)
    with pytest.MonkeyPatch.context() as monkeypatch:
        running = started(monkeypatch, folder, gui=False)
        nuke = next(running)
        nuke.script["first_frame"].setValue(FRAMES[0])
        nuke.script["last_frame"].setValue(FRAMES[-1])
        plugin = load_plugin()
        plate = nuke.make("Read", file=f"{folder}/plate.####.exr", first=FRAMES[0], last=FRAMES[-1], raw=True)
        node = plugin.create.create("dub")
        node.setInput(0, plate)
        node["driver_file"].setValue(str(models.path("demo_driver")))
        for knob, value in KNOBS.items():
            node[f"drive_from_video_{knob}"].setValue(value)
        nuke.press(node, "bake")
        print(node["dub_status"].value())
        for view in VIEWS:
            node["dub_view"].setValue(view)
            yield view, picture_of(node, SHOWN)
        for _ in running:
            pass


def shown(view: str, picture: Picture) -> Image.Image:
    """The view as a screen shows it: pictures through sRGB's curve, data as it is."""
    values = np.stack([picture.channel(name) for name in RGB], axis=-1)
    values = np.clip(values, 0, 1)
    if view in ("plate", "result", "raw", "patch"):
        curve = 1.055 * np.maximum(values, 1e-9) ** (1 / 2.4) - 0.055
        values = np.where(values <= 0.0031308, 12.92 * values, curve)
    return Image.fromarray((values * 255 + 0.5).astype(np.uint8)).crop(CROP)


def main() -> None:
    size = (CROP[2] - CROP[0], CROP[3] - CROP[1])
    sheet = Image.new("RGB", (size[0] * 4, size[1] * 2), "#222222")
    with tempfile.TemporaryDirectory() as folder:
        for n, (view, picture) in enumerate(bake(Path(folder))):
            tile = shown(view, picture)
            ImageDraw.Draw(tile).text((8, 6), view, fill="white", stroke_width=2, stroke_fill="black")
            sheet.paste(tile, (size[0] * (n % 4), size[1] * (n // 4)))
    sheet.save(ROOT / "docs" / "images" / "nuke_views.jpg", quality=88)


if __name__ == "__main__":
    main()
