"""Reading between pixels: exact on pixels, faithful between them, no ringing at any brightness."""

import numpy as np
import pytest

from shared_core.geometry.sampling import fill_non_finite, sample

RNG = np.random.default_rng(3)
STEPS = np.float32([-0.75, -0.4375, -0.125, 0.0, 0.25, 0.5, 0.875])


def centres(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:height, :width].astype(np.float32) + np.float32(0.5)
    return x, y


def hdr(*shape: int) -> np.ndarray:
    """Anything from -60 to 60, with some -0.0."""
    picture = RNG.uniform(-60, 60, shape).astype(np.float32)
    picture[0, 0] = -0.0
    return picture


@pytest.mark.parametrize("shape", [(17, 23), (17, 23, 3), (1, 1, 3), (1, 9), (9, 1, 3)])
def test_whole_pixels_come_back_bit_for_bit(shape):
    picture = hdr(*shape)
    read = sample(picture, *centres(*shape[:2]))
    assert read.dtype == np.float32
    assert np.array_equal(read.view(np.uint32), picture.view(np.uint32))


@pytest.mark.parametrize("move", [(3, -2), (-5, 0), (0, 4)])
def test_a_whole_pixel_move_is_a_move_of_bits(move):
    picture = hdr(30, 30, 3)
    x, y = centres(30, 30)
    read = sample(picture, x + np.float32(move[0]), y + np.float32(move[1]))
    rows = np.clip(np.arange(30) + move[1], 0, 29)
    columns = np.clip(np.arange(30) + move[0], 0, 29)
    assert np.array_equal(read, picture[np.ix_(rows, columns)])


def waves(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A picture that is known everywhere; its shortest wave is about 21 px long."""
    return 5.0 + 2.0 * np.sin(0.3 * x + 0.1) * np.cos(0.2 * y) + 0.5 * np.cos(0.15 * x - 0.25 * y)


@pytest.mark.parametrize("dx", STEPS)
@pytest.mark.parametrize("dy", STEPS)
def test_a_known_picture_is_met_between_its_pixels(dx, dy):
    x, y = centres(60, 70)
    read = sample(waves(x, y).astype(np.float32), x + dx, y + dy)
    error = np.abs(read - waves(x + dx, y + dy))[4:-4, 4:-4]
    # The clamp flattens a peak between two pixels by what Catmull-Rom adds there: 1 % of the wave.
    assert error.max() < 0.025
    assert error.mean() < 0.002


def test_positions_are_not_rounded_to_fractions_of_a_pixel():
    """A ramp read at steps of 1/1000 px: a filter with a table of 32 places would stand still."""
    ramp = np.tile(np.arange(40, dtype=np.float32) * 1000, (5, 1))
    x = np.linspace(20.5, 20.6, 101, dtype=np.float32)[None]
    read = sample(ramp, x, np.full_like(x, 2.5))
    assert np.allclose(read[0], 20000 + 1000 * (x[0] - 20.5), atol=0.05)


@pytest.mark.parametrize("low, high", [(0.0, 60.0), (-3.0, 60.0), (0.0, 1.0)])
@pytest.mark.parametrize("vertical", [False, True])
def test_an_hdr_edge_neither_overshoots_nor_undershoots(low, high, vertical):
    edge = np.full((24, 24, 3), low, np.float32)
    edge[:, 12:] = high
    if vertical:
        edge = np.ascontiguousarray(edge.transpose(1, 0, 2))
    x, y = centres(24, 24)
    for step in STEPS:
        read = sample(edge, x + step, y + step)
        assert read.min() == low
        assert read.max() == high


def test_a_lone_highlight_leaves_no_dark_ring():
    picture = np.full((21, 21), 0.2, np.float32)
    picture[10, 10] = 60.0
    x, y = centres(21, 21)
    for step in STEPS:
        assert sample(picture, x + step, y - step).min() >= np.float32(0.2)


def test_negative_values_are_kept():
    picture = np.full((12, 12, 3), -0.1, np.float32)
    x, y = centres(12, 12)
    assert np.allclose(sample(picture, x + np.float32(0.37), y), -0.1, atol=1e-7)


def test_positions_outside_repeat_the_edge():
    picture = hdr(8, 9)
    x = np.float32([[-40.0, 4.5, 300.0]])
    y = np.float32([[3.5, 900.25, -7.75]])
    # The sum of the weights is 1 but for rounding.
    assert np.allclose(sample(picture, x, y), [[picture[3, 0], picture[7, 4], picture[0, 8]]], rtol=1e-5)


def test_a_crop_gives_what_the_whole_gives():
    picture = hdr(60, 60, 3)
    x, y = centres(60, 60)
    x, y = x[20:40, 20:40] + np.float32(0.3125), y[20:40, 20:40] - np.float32(0.6875)
    crop = np.ascontiguousarray(picture[15:45, 15:45])
    # Not to the bit: the place between two pixels is rounded where it stands.
    assert np.allclose(sample(picture, x, y), sample(crop, x - 15, y - 15), atol=1e-3)


def test_a_finite_picture_is_passed_on_itself():
    picture = hdr(5, 5, 3)
    assert fill_non_finite(picture) is picture


def test_holes_take_the_mean_of_their_neighbours_and_nothing_else_changes():
    picture = hdr(9, 9, 3)
    holed = picture.copy()
    holed[4, 4] = np.nan
    holed[0, 8] = np.inf
    filled = fill_non_finite(holed)
    around = np.delete(picture[3:6, 3:6].reshape(9, 3), 4, axis=0)
    assert np.allclose(filled[4, 4], around.mean(axis=0), atol=1e-4)
    assert np.isfinite(filled).all()
    finite = np.isfinite(holed)
    assert np.array_equal(filled[finite].view(np.uint32), picture[finite].view(np.uint32))
    assert np.isnan(holed[4, 4]).all(), "the plate itself is not touched"


def test_a_hole_in_one_channel_leaves_the_others_alone():
    picture = np.zeros((5, 5, 3), np.float32) + np.float32([1, 2, 3])
    picture[2, 2, 1] = -np.inf
    assert fill_non_finite(picture)[2, 2].tolist() == pytest.approx([1, 2, 3])


def test_a_wide_hole_is_filled_from_its_rim_inwards():
    picture = np.full((31, 31), 7.0, np.float32)
    picture[5:26, 5:26] = np.nan
    assert np.allclose(fill_non_finite(picture), 7.0, atol=1e-4)


def test_a_picture_without_a_number_becomes_black():
    assert not fill_non_finite(np.full((4, 4, 3), np.nan, np.float32)).any()
