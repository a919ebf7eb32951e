"""Coverage is exact, edges follow sub-pixel moves, and nothing is left outside a matte."""

import time

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_core.geometry import raster
from shared_core.values import Mask, Window


def disc(radius: float, x: float = 0.0, y: float = 0.0, corners: int = 360) -> np.ndarray:
    """Clockwise on screen."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def area_of(points: np.ndarray) -> float:
    x, y = points.T
    return 0.5 * abs(float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)))


def centroid(mask: Mask) -> np.ndarray:
    y, x = np.mgrid[: mask.window.height, : mask.window.width] + 0.5
    weights = mask.alpha.astype(np.float64)
    middle = np.array([(x * weights).sum(), (y * weights).sum()]) / weights.sum()
    return middle + (mask.window.x, mask.window.y)


def test_a_square_on_the_grid_covers_its_pixels_fully_and_no_others():
    mask = raster.fill_polygon(np.array([[2, 3], [5, 3], [5, 7], [2, 7]]))
    assert mask.window == Window(2, 3, 3, 4)
    assert np.array_equal(mask.alpha, np.ones((4, 3), np.float32))


def test_a_square_between_the_grid_covers_by_area():
    mask = raster.fill_polygon(np.array([[0.25, 0.5], [2.25, 0.5], [2.25, 2.5], [0.25, 2.5]]))
    across, down = np.array([0.75, 1, 0.25]), np.array([0.5, 1, 0.5])
    assert np.allclose(mask.alpha, np.outer(down, across), atol=1e-6)


@given(st.floats(0.6, 40), st.floats(-200, 200), st.floats(-200, 200), st.integers(3, 30))
def test_the_sum_of_coverage_is_the_polygons_area(radius, x, y, corners):
    points = disc(radius, x, y, corners)
    assert raster.fill_polygon(points).alpha.sum() == pytest.approx(area_of(points), rel=1e-3)


@pytest.mark.parametrize("shift", [(0.1, 0.0), (0.0, 0.37), (-0.013, 0.52)])
def test_a_sub_pixel_shift_moves_the_centroid_by_the_shift(shift):
    still, moved = (raster.fill_polygon(disc(20.3, 50, 60) + offset) for offset in ((0, 0), shift))
    assert np.allclose(centroid(moved) - centroid(still), shift, atol=5e-4)


def test_a_loop_that_runs_backwards_is_filled_only_where_folds_count():
    backwards = disc(10, 20, 20)[::-1]
    filled = raster.fill_polygon(backwards, folded=True).alpha.sum()
    assert filled == pytest.approx(area_of(backwards), rel=1e-4)
    assert not raster.fill_polygon(backwards, folded=False).alpha.any()


def test_a_crossed_loop_keeps_only_the_part_that_runs_forwards():
    bow_tie = np.array([[0, 0], [10, 10], [20, 0], [20, 10], [10, 0], [0, 10]], float)
    kept = raster.fill_polygon(bow_tie, folded=False).alpha.sum()
    everything = raster.fill_polygon(bow_tie, folded=True).alpha.sum()
    assert 0 < kept < everything


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.array([[1.0, 1], [2, 2]]), np.full((5, 2), np.nan),
                                    np.array([[1.0, 1], [5, 1], [9, 1]])])
def test_no_area_gives_an_empty_mask(points):
    assert raster.fill_polygon(points).alpha.sum() == 0


def test_the_hull_ignores_points_inside_and_the_order_of_points():
    square = np.array([[0.0, 0], [8, 0], [8, 8], [0, 8]])
    inside = np.random.default_rng(1).uniform(1, 7, (30, 2))
    shuffled = np.random.default_rng(2).permutation(np.concatenate([square, inside]))
    assert np.array_equal(raster.fill_hull(shuffled).alpha, np.ones((8, 8), np.float32))


def test_a_hull_far_from_the_origin_keeps_its_fractions():
    points = np.array([[0.25, 0], [4.25, 0], [4.25, 4], [0.25, 4]]) + 40000
    assert raster.fill_hull(points).alpha[0, 0] == pytest.approx(0.75, abs=1e-3)


@pytest.mark.parametrize("pixels", [-8.25, -1.0, -0.4, 0.4, 1.0, 3.3, 17.5])
def test_growing_moves_the_edge_by_that_many_pixels(pixels):
    grown = raster.grow(raster.fill_polygon(disc(30, 50.2, 49.7)), pixels)
    assert np.sqrt(grown.alpha.sum() / np.pi) - 30 == pytest.approx(pixels, abs=0.12)
    assert np.allclose(centroid(grown), (50.2, 49.7), atol=0.03)


def test_shrinking_past_the_middle_leaves_nothing():
    assert raster.grow(raster.fill_polygon(disc(5)), -9).window.empty


def test_a_feather_keeps_the_sum_and_ends_exactly_at_three_sigma():
    mask = raster.fill_polygon(np.array([[0, 0], [40, 0], [40, 30], [0, 30]]))
    soft = raster.feather(mask, 4.0)
    assert soft.window == mask.window.grown(12)
    assert soft.alpha.sum() == pytest.approx(mask.alpha.sum(), rel=1e-4)
    assert soft.alpha[12 + 15, 12] == pytest.approx(0.5, abs=0.06)
    assert soft.alpha.max() <= 1 and soft.alpha.min() >= 0


def test_a_wide_feather_is_the_same_gaussian_and_quick():
    mask = raster.fill_polygon(disc(60, 70.3, 80.7))
    wide = raster.feather(mask, 41.0)
    blurred = cv2.GaussianBlur(np.pad(mask.alpha, 123), (247, 247), 41.0, borderType=cv2.BORDER_CONSTANT)
    assert wide.window == mask.window.grown(123)
    assert np.allclose(wide.alpha, blurred, atol=3e-6)
    assert not wide.alpha[blurred == 0].any()
    began = time.process_time()
    assert raster.feather(mask, 500.0).alpha.max() > 0
    assert time.process_time() - began < 5


def test_no_feather_returns_the_mask_itself():
    mask = raster.fill_polygon(disc(5))
    assert raster.feather(mask, 0) is mask and raster.grow(mask, 0) is mask


def half(x: int) -> Mask:
    return Mask(np.full((4, 4), 0.5, np.float32), Window(x, 0, 4, 4))


@pytest.mark.parametrize(
    "mode, total", [("ignore", 8), ("replace", 8), ("add", 16), ("subtract", 4), ("multiply", 2)]
)
def test_combining_two_overlapping_halves(mode, total):
    assert raster.combine(half(0), half(2), mode).alpha.sum() == pytest.approx(total)


def test_the_other_mattes_bad_values_are_brought_inside():
    bad = Mask(np.array([[np.nan, np.inf, -3.0, 0.25]], np.float32), Window(0, 0, 4, 1))
    assert raster.combine(half(0), bad, "replace").alpha.tolist() == [[1.0, 0.0, 0.25]]


def test_an_unknown_mode_is_refused_by_name():
    with pytest.raises(ValueError, match="screen.*expected one of"):
        raster.combine(half(0), half(2), "screen")


def test_trimming_drops_empty_borders_alone():
    alpha = np.zeros((9, 9), np.float32)
    alpha[2:4, 5:8] = 0.3
    trimmed = raster.trimmed(Mask(alpha, Window(-4, 10, 9, 9)))
    assert trimmed.window == Window(1, 12, 3, 2) and trimmed.alpha.all()
    assert raster.trimmed(Mask(np.zeros((3, 3), np.float32), Window(0, 0, 3, 3))).window.empty
