"""Flow and ST maps mean in a file what the hosts take them for, and come back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_core.media.passes import file_to_flow, flow_to_file, flow_to_st, st_to_flow
from shared_core.values import Flow, Window

DISPLAY = Window(0, 0, 16, 8)
CORNER = Window(2, 5, 2, 1)  # pixels (2, 5) and (3, 5) of 16 x 8


def flow(vectors, window=CORNER, confidence=1.0):
    vectors = np.array(vectors, np.float32).reshape(window.height, window.width, 2)
    return Flow(vectors, np.full(vectors.shape[:2], confidence, np.float32), window)


# Worked by hand. Pixel (2, 5): centre (2.5, 5.5) from the top left, so (2.5, 2.5) from the bottom left
# of 8 rows. Its source lies 1 px to the right and 2 px further DOWN: (3.5, 0.5) from the bottom left.
# Pixel (3, 5): centre (3.5, 2.5) from the bottom left; its source lies 0.5 px left and 1 px UP.
MOVES = [[1.0, 2.0], [-0.5, -1.0]]
ST_BY_HAND = [[3.5 / 16, 0.5 / 8], [3.0 / 16, 3.5 / 8]]
FLOW_BY_HAND = [[1.0, -2.0], [-0.5, 1.0]]


def test_st_is_the_sources_place_from_the_bottom_left():
    assert flow_to_st(flow(MOVES), DISPLAY)[0, :, :2].tolist() == ST_BY_HAND


def test_flow_in_a_file_is_pixels_with_y_up_that_pull():
    assert flow_to_file(flow(MOVES))[0, :, :2].tolist() == FLOW_BY_HAND


def test_a_hand_written_st_map_is_read_as_the_same_flow():
    channels = np.array([[[*ST_BY_HAND[0], 0.25], [*ST_BY_HAND[1], 1.0]]], np.float32)
    found = st_to_flow(channels, CORNER, DISPLAY)
    assert found.vectors[0].tolist() == MOVES and found.confidence[0].tolist() == [0.25, 1.0]


def test_a_hand_written_flow_map_is_read_as_the_same_flow():
    found = file_to_flow(np.array([FLOW_BY_HAND], np.float32), CORNER)
    assert found.vectors[0].tolist() == MOVES and (found.confidence == 1).all()


def test_no_motion_is_each_pixels_own_centre():
    # Measured in Blender 4.2 to 5.2: u = (x + .5) / W, v = 1 - (y + .5) / H is an exact identity in Map UV.
    channels = flow_to_st(flow(np.zeros((8, 16, 2)), DISPLAY), DISPLAY)
    for y, x in ((0, 0), (7, 15), (3, 9)):
        assert channels[y, x, :2] == pytest.approx([(x + 0.5) / 16, 1 - (y + 0.5) / 8], abs=1e-7)


def test_a_display_window_that_does_not_begin_at_zero_is_the_measure():
    shifted = Window(100, 50, 16, 8)
    window = Window(102, 55, 2, 1)
    assert flow_to_st(flow(MOVES, window), shifted)[0, :, :2].tolist() == ST_BY_HAND


def test_overscan_lies_outside_0_to_1():
    found = flow_to_st(flow([[0, 0]], Window(-1, -1, 1, 1)), DISPLAY)[0, 0]
    assert found[0] == -0.5 / 16 and found[1] == 1 + 0.5 / 8


@given(st.integers(-50, 4000), st.integers(-50, 2100), st.floats(-300, 300), st.floats(-300, 300))
def test_every_flow_comes_back_from_both_spellings_at_uhd(x, y, dx, dy):
    display = Window(0, 0, 3840, 2160)
    before = flow([[dx, dy]], Window(x, y, 1, 1), confidence=0.5)
    for after in (
        file_to_flow(flow_to_file(before), before.window),
        st_to_flow(flow_to_st(before, display), before.window, display),
    ):
        assert np.abs(after.vectors - before.vectors).max() < 2e-3 and after.confidence[0, 0] == 0.5


def test_an_st_map_pulls_the_pixel_that_the_flow_pulls():
    """An STMap node looked up by hand: the source row counts from the bottom, at the pixel's centre."""
    picture = np.arange(8 * 16, dtype=np.float32).reshape(8, 16)
    move = flow([[1.0, 2.0], [-1.0, -3.0]])
    for i, (u, v) in enumerate(flow_to_st(move, DISPLAY)[0, :, :2]):
        from_bottom = picture[::-1][int(v * 8), int(u * 16)]
        dx, dy = move.vectors[0, i]
        assert from_bottom == picture[int(5 + dy), int(2 + i + dx)]
