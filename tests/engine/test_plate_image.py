"""The plate, converted only where it is looked at."""

from __future__ import annotations

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
from stub_shot import plate_pixels, write_exr

from shared_core.colour import ColourContext
from shared_core.engine.plate_image import PlateImage
from shared_core.media import open_clip
from shared_core.values import Image, Window


def _overscan_exr(path):
    """An EXR whose data window begins outside its display window."""
    spec = oiio.ImageSpec(40, 30, 3, "half")
    spec.x, spec.y = -5, -3
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = 0, 0, 32, 24
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec)
    assert output.write_image(np.random.default_rng(0).normal(0.5, 5, (30, 40, 3)).astype(np.float32))
    output.close()


def _png(path):
    values = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    assert oiio.ImageBuf(values).write(str(path))


@pytest.mark.parametrize(("name", "write"), [
    ("plate.0001.exr", lambda path: write_exr(path, plate_pixels(1))),
    ("plate.0001.exr", _overscan_exr),
    ("plate.0001.png", _png),
])
def test_its_values_are_those_of_the_clip_bit_for_bit(tmp_path, name, write):
    write(tmp_path / name)
    colour = ColourContext()
    clip = open_clip(tmp_path / name.replace("0001", "####"), colour=colour)
    plate = PlateImage(clip.native(1), colour)
    whole = clip.image(1)
    assert isinstance(plate, Image)
    assert plate.window == whole.window
    assert np.array_equal(plate.pixels, whole.pixels)
    part = Window(whole.window.x + 3, whole.window.y + 2, 11, 7)
    assert np.array_equal(plate.crop(part).pixels, whole.crop(part).pixels)
    assert plate.crop(part).window == part


@pytest.mark.footage
def test_its_values_are_those_of_a_movie_bit_for_bit(footage):
    colour = ColourContext()
    with open_clip(footage / "public/obama_256.mp4", colour=colour) as clip:
        assert np.array_equal(PlateImage(clip.native(7), colour).pixels, clip.image(7).pixels)


def test_a_part_that_is_not_there_is_an_error(tmp_path):
    write_exr(tmp_path / "plate.0001.exr", plate_pixels(1))
    colour = ColourContext()
    plate = PlateImage(open_clip(tmp_path / "plate.####.exr", colour=colour).native(1), colour)
    with pytest.raises(ValueError, match="does not lie inside"):
        plate.crop(Window(60, 40, 10, 10))
