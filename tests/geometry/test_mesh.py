"""A mesh spreads its corners' values linearly, without holes, the side that faces us in front."""

import numpy as np
import pytest
from scipy.spatial import Delaunay

from shared_core.faces.topology import MOUTH_TRIANGLES, tesselation
from shared_core.geometry.mesh import rasterise

TRIANGLE = np.array([[0, 1, 2]])


def linear(points: np.ndarray) -> np.ndarray:
    """Two linear functions of the place, (..., 2)."""
    x, y = points[..., 0], points[..., 1]
    return np.stack([2.0 * x - y + 5.0, -0.5 * x + 3.0 * y], axis=-1)


def cells(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width] + 0.5
    return np.stack([x, y], axis=-1)


def scattered(seed: int = 1, count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Points over 40 x 50 cells, its corners among them, and their Delaunay triangles, wound alike."""
    points = np.random.default_rng(seed).uniform(0, 1, (count, 2)) * (50, 40)
    points = np.vstack([points, [[0, 0], [50, 0], [50, 40], [0, 40]]])
    triangles = Delaunay(points).simplices
    a, b, c = (points[triangles[:, i]] for i in range(3))
    edge_b, edge_c = (b - a).T, (c - a).T
    flipped = edge_b[0] * edge_c[1] - edge_b[1] * edge_c[0] < 0
    triangles[flipped] = triangles[flipped][:, ::-1]
    return points, triangles


@pytest.mark.parametrize("seed", range(5))
def test_a_full_mesh_leaves_no_cell_open(seed):
    points, triangles = scattered(seed)
    assert (rasterise(points, triangles, 40, 50).owner >= 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_values_are_interpolated_linearly(seed):
    points, triangles = scattered(seed)
    spread = rasterise(points, triangles, 40, 50).spread(linear(points))
    assert np.allclose(spread, linear(cells(40, 50)), atol=1e-3)


def test_inside_one_triangle_the_interpolation_is_exact():
    points = np.array([[2.0, 3.0], [37.25, 8.5], [11.0, 35.75]])
    raster = rasterise(points, TRIANGLE, 40, 50)
    strict = (raster.weights > 0.02).all(axis=-1) & (raster.owner == 0)
    assert strict.sum() > 400
    assert np.allclose(raster.spread(linear(points))[strict], linear(cells(40, 50))[strict], atol=1e-3)


def test_weights_are_shares_that_sum_to_one():
    points, triangles = scattered()
    weights = rasterise(points, triangles, 40, 50).weights
    assert weights.min() >= -1e-5
    assert np.allclose(weights.sum(axis=-1), 1.0, atol=1e-6)


def test_outside_the_mesh_is_nothing():
    raster = rasterise(np.array([[10.0, 10.0], [20.0, 10.0], [10.0, 20.0]]), TRIANGLE, 40, 50)
    assert raster.owner[30, 40] == -1
    assert not raster.spread(np.ones((3, 1)))[raster.owner < 0].any()
    assert (raster.owner == 0).sum() == 55, "the cells whose centres lie in it or on its edge"


def test_the_side_that_faces_the_viewer_wins_whatever_the_order():
    """Two large triangles turned our way, and one between them, folded over and turned away."""
    points = np.array([[0, 0], [40, 0], [40, 40], [0, 40], [8, 5], [5, 30], [30, 8]], float)
    front, back = [[0, 1, 2], [0, 2, 3]], [[4, 5, 6]]
    for order in ([*front, *back], [*back, *front], [front[0], *back, front[1]]):
        raster = rasterise(points, np.array(order), 40, 40)
        assert not np.isin(raster.owner, order.index(back[0])).any()


def test_of_two_that_face_the_viewer_the_later_wins():
    points = np.array([[0, 0], [40, 0], [0, 40], [5, 5], [20, 5], [5, 20]], float)
    assert rasterise(points, np.array([[0, 1, 2], [3, 4, 5]]), 40, 40).owner[8, 8] == 1
    assert rasterise(points, np.array([[3, 4, 5], [0, 1, 2]]), 40, 40).owner[8, 8] == 1


def test_a_triangle_without_area_covers_nothing():
    points = np.array([[5, 5], [20, 20], [35, 35], [0, 0], [40, 0], [0, 40]], float)
    raster = rasterise(points, np.array([[3, 4, 5], [0, 1, 2]]), 40, 40)
    assert not (raster.owner == 1).any()
    assert np.isfinite(raster.weights).all()


def test_a_mesh_wholly_off_the_grid_leaves_it_empty():
    points = np.array([[-90.0, -90.0], [-70.0, -90.0], [-80.0, -60.0]])
    raster = rasterise(points, TRIANGLE, 20, 20)
    assert (raster.owner == -1).all()
    assert not raster.spread(np.ones((3, 2))).any()


def test_the_face_with_its_mouth_has_holes_at_the_eyes_alone():
    from talking_face import neutral_face

    points = (neutral_face()[:, :2] + (2.0, 3.0)) * 40
    triangles = np.vstack([tesselation(), np.array(MOUTH_TRIANGLES)])
    covered = rasterise(points, triangles, 200, 160).owner >= 0
    for row in range(int(points[2, 1]), int(points[152, 1])):
        columns = np.flatnonzero(covered[row])
        assert np.ptp(columns) == len(columns) - 1, f"a hole in row {row}"
