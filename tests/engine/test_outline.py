"""The outline that a host makes a mask of."""

from __future__ import annotations

import numpy as np
import pytest

from shared_core.engine.outline import outlines
from shared_core.media.exr_encode import encode_exr, required_attributes
from shared_core.spec.errors import BadInput, MediaError
from shared_core.values import Window

WINDOW = Window(0, 0, 64, 48)


def write(path, alpha, name="dub_matte.red", data=WINDOW):
    path.parent.mkdir(exist_ok=True)
    encode_exr(path, {name: alpha.astype(np.float16)}, data, required_attributes(WINDOW, 1.0), "zip")
    return path


def disc(x, y, radius, window=WINDOW):
    rows, columns = np.mgrid[: window.height, : window.width] + 0.5
    return np.clip(radius + 0.5 - np.hypot(columns + window.x - x, rows + window.y - y), 0, 1)


def test_the_outline_of_a_disc_lies_on_its_circle(tmp_path):
    found, size = outlines({7: write(tmp_path / "a.exr", disc(30, 20, 11))}, 24)
    points = np.array(found[7])
    assert size == (64, 48) and points.shape == (24, 2)
    assert np.hypot(*(points - (30, 20)).T) == pytest.approx(11, abs=0.12)
    assert points[0] == pytest.approx((41, 20), abs=0.15), "the first point looks right"


def test_each_point_stays_the_same_part_of_a_shape_that_moves(tmp_path):
    paths = {frame: write(tmp_path / f"{frame}.exr", disc(20 + frame, 20, 9)) for frame in (1, 6)}
    found, _ = outlines(paths, 12)
    assert np.array(found[6]) - np.array(found[1]) == pytest.approx(np.tile([5.0, 0.0], (12, 1)), abs=0.01)


def test_a_data_window_of_its_own_is_counted_from_the_display_windows_corner(tmp_path):
    data = Window(10, 5, 40, 30)
    found, _ = outlines({1: write(tmp_path / "a.exr", disc(30, 20, 8, data), data=data)}, 16)
    assert np.mean(found[1], axis=0) == pytest.approx((30, 20), abs=0.05)


def test_an_empty_matte_has_no_outline(tmp_path):
    assert outlines({1: write(tmp_path / "a.exr", np.zeros((48, 64)))}, 16)[0] == {1: []}


def test_a_frame_without_the_pass_and_a_number_of_points_out_of_range_are_refused(tmp_path):
    path = write(tmp_path / "a.exr", np.ones((48, 64)), name="R")
    with pytest.raises(MediaError, match="dub_matte"):
        outlines({1: path}, 16)
    with pytest.raises(BadInput, match="3 to 256"):
        outlines({1: path}, 2)
