"""One read of a rendered frame gives its picture and its matte."""

from __future__ import annotations

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

from shared_core.colour import ColourContext
from shared_core.evaluate.rendered import read_rendered
from shared_core.media import open_clip
from shared_core.spec.errors import CorruptMedia
from shared_core.values import Window

SIZE = Window(0, 0, 40, 24)


@pytest.fixture(scope="module")
def colour():
    return ColourContext("ocio://default")


def _write(path, planes, x=0, y=0):
    """planes: name -> float32 (h, w). The display window is SIZE."""
    stack = np.stack(list(planes.values()), axis=-1).astype(np.float32)
    spec = oiio.ImageSpec(stack.shape[1], stack.shape[0], stack.shape[2], "half")
    spec.channelnames = tuple(planes)
    spec.x, spec.y, spec.full_width, spec.full_height = x, y, SIZE.width, SIZE.height
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), spec), out.geterror()
    assert out.write_image(np.ascontiguousarray(stack)), out.geterror()
    out.close()
    return path


def _planes(height=24, width=40, alpha=True):
    rng = np.random.default_rng(3)
    planes = {name: rng.uniform(0, 1.5, (height, width)) for name in ("R", "G", "B", "A")}
    planes["dub.red"] = rng.uniform(0, 1, (height, width))
    if alpha:
        planes["dub.alpha"] = np.zeros((height, width))
        planes["dub.alpha"][5:9, 10:17] = rng.uniform(0.1, 1, (4, 7)).astype(np.float16)
    planes["Z"] = rng.uniform(0, 9, (height, width))
    return planes


def test_the_picture_is_the_clips_own_and_the_matte_is_bit_for_bit(tmp_path, colour):
    planes = _planes()
    _write(tmp_path / "a.0007.exr", planes)
    clip = open_clip(tmp_path / "a.####.exr", colour=colour)
    seen = read_rendered(clip, 7, colour)
    np.testing.assert_array_equal(seen.picture, colour.preview(clip.image(7, clip.display).pixels))
    np.testing.assert_array_equal(seen.matte_over(SIZE), planes["dub.alpha"].astype(np.float16))
    assert seen.matte.window == Window(10, 5, 7, 4), "only what is not 0 is kept"
    assert seen.nbytes == 40 * 24 * 3 + 7 * 4 * 4


def test_overscan_is_left_out_and_a_smaller_data_window_is_filled(tmp_path, colour):
    for x, y, height, width in ((-3, -2, 28, 46), (4, 3, 15, 20)):
        planes = _planes(height, width)
        _write(tmp_path / "b.0001.exr", planes, x, y)
        clip = open_clip(tmp_path / "b.####.exr", colour=colour)
        seen = read_rendered(clip, 1, colour)
        assert seen.picture.shape == (24, 40, 3)
        np.testing.assert_array_equal(seen.picture, colour.preview(clip.image(1, clip.display).pixels))
        matte = seen.matte_over(SIZE)
        assert matte[5 + y : 9 + y, 10 + x : 17 + x].min() > 0
        assert matte.sum() == pytest.approx(planes["dub.alpha"].sum())


def test_an_empty_matte_is_empty_and_a_missing_one_is_none(tmp_path, colour):
    planes = _planes()
    planes["dub.alpha"] *= 0
    _write(tmp_path / "c.0001.exr", planes)
    _write(tmp_path / "d.0001.exr", _planes(alpha=False))
    empty, missing = (
        read_rendered(open_clip(tmp_path / f"{name}.####.exr", colour=colour), 1, colour) for name in "cd"
    )
    assert not empty.matte_over(SIZE).any()
    assert missing.matte is None
    assert missing.picture.shape == (24, 40, 3)


def test_a_truncated_frame_is_said(tmp_path, colour):
    path = _write(tmp_path / "e.0001.exr", _planes())
    clip = open_clip(tmp_path / "e.####.exr", colour=colour)
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(CorruptMedia, match="e.0001.exr"):
        read_rendered(clip, 1, colour)
