"""What is drawn for the eye: colours of flow, tiles, grids."""

from __future__ import annotations

import numpy as np
import pytest

from shared_core.evaluate import tiles
from shared_core.evaluate.flow_colour import flow_colour, legend, wheel


def test_no_motion_is_white_and_a_guess_is_black():
    flow = np.zeros((1, 2, 2))
    flow[0, 1] = np.nan
    np.testing.assert_array_equal(flow_colour(flow, 5.0), [[[255] * 3, [0] * 3]])


def test_the_middlebury_wheel_has_55_hues_and_red_points_right():
    assert wheel().shape == (55, 3)
    colour = flow_colour(np.array([[[5.0, 0.0], [-5.0, 0.0]]]), 5.0)[0].astype(int)
    assert colour[0][0] > colour[0][2]  # to the right: red
    assert colour[1][2] > colour[1][0]  # to the left: blue


def test_a_longer_vector_is_more_colourful():
    flows = [np.array([[[length, 0.0]]]) for length in (2.0, 5.0, 10.0)]
    spread = [np.ptp(flow_colour(flow, 10.0)[0, 0].astype(int)) for flow in flows]
    assert spread == sorted(spread)
    assert spread[0] < spread[-1]


def test_a_scale_of_nothing_is_refused():
    with pytest.raises(ValueError, match="longest"):
        flow_colour(np.zeros((2, 2, 2)), 0.0)


def test_the_legend_is_white_in_its_middle():
    assert legend(51)[25, 25].min() > 245


def test_a_picture_keeps_its_shape_in_a_box():
    picture = np.full((100, 200, 3), 255, np.uint8)
    made = tiles.fitted(picture, 80, 80)
    white = (made == 255).all(axis=2)
    assert made.shape == (80, 80, 3)
    assert white.sum() == 80 * 40
    squeezed = tiles.fitted(np.full((100, 100, 3), 255, np.uint8), 80, 80, pixel_aspect=2.0)
    assert (squeezed == 255).all(axis=2).sum() == 80 * 40


def test_zoom_puts_its_centre_in_the_middle():
    picture = np.zeros((60, 60, 3), np.uint8)
    picture[20:24, 40:44] = 255
    made = tiles.zoomed(picture, (42.0, 22.0), 16.0, 64)
    rows, columns = np.nonzero(made[..., 0] > 128)
    assert rows.mean() == pytest.approx(31.5, abs=0.6)
    assert columns.mean() == pytest.approx(31.5, abs=0.6)


def test_a_grid_shows_every_tile_and_every_word():
    red, blue = (np.full((50, 80, 3), colour, np.uint8) for colour in ((200, 0, 0), (0, 0, 200)))
    sheet = tiles.grid("shot", ["1", "2"], [("plate", [red, blue]), ("dub", [blue, red])])
    assert (sheet == (200, 0, 0)).all(axis=2).sum() == 2 * 50 * 80
    assert (sheet[:72] > 120).any()
    stacked = tiles.stacked([sheet, sheet[:, :100]])
    assert stacked.shape == (2 * sheet.shape[0], sheet.shape[1], 3)


def test_text_stays_inside_the_picture():
    picture = np.zeros((20, 30, 3), np.uint8)
    tiles.write_text(picture, "a text that is far too long", 10, 5)
    tiles.write_text(picture, "beyond", 400, 5)
    assert picture.any()


def test_a_picture_is_encoded_and_decoded():
    import cv2

    picture = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)
    decoded = cv2.imdecode(np.frombuffer(tiles.encoded(picture), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(decoded[..., ::-1], picture)
