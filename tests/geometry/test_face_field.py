"""A field over the face: as told on the mesh, fading beside it, nothing at the window's edge."""

import numpy as np
import pytest

from shared_core.geometry.face_field import FaceField
from shared_core.values import Window

POINTS = np.array([[60.0, 60.0], [140.0, 60.0], [140.0, 140.0], [60.0, 140.0]])
TRIANGLES = np.array([[0, 1, 2], [0, 2, 3]])
WHOLE = Window(0, 0, 200, 200)


def field(window: Window = WHOLE, step: int = 2, reach: float = 40.0) -> FaceField:
    return FaceField.over(POINTS, TRIANGLES, window, step, reach)


def at(spread: np.ndarray, window: Window, x: float, y: float) -> np.ndarray:
    return spread[int(y) - window.y, int(x) - window.x]


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_a_constant_on_the_mesh_is_that_constant(step):
    made = field(step=step)
    spread = made.spread(np.full((4, 2), [3.0, -7.0]), blur_px=2.0)
    assert spread.dtype == np.float32
    assert np.allclose(at(spread, made.window, 100, 100), (3.0, -7.0), atol=1e-5)


@pytest.mark.parametrize("step", [1, 2, 4])
def test_a_ramp_on_the_mesh_is_that_ramp_to_a_fraction_of_a_pixel(step):
    made = field(step=step)
    spread = made.spread(POINTS / 10.0, blur_px=0.0)
    y, x = np.mgrid[80:120, 80:120] + 0.5
    assert np.allclose(spread[80:120, 80:120, 0], x / 10.0, atol=0.01 * step)
    assert np.allclose(spread[80:120, 80:120, 1], y / 10.0, atol=0.01 * step)


def test_beside_the_mesh_the_field_fades_to_exactly_nothing_at_its_reach():
    made = field(step=1)
    spread = made.spread(np.full((4, 1), 10.0), blur_px=0.0)[..., 0]
    along = spread[100, 140:186]
    assert (np.diff(along) <= 1e-6).all()
    assert along[20] == pytest.approx(5.0, abs=0.5), "half way, half of it"
    assert not spread[100, 184:].any()


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("blur", [0.0, 6.0])
def test_the_field_is_exactly_zero_at_the_windows_edge_even_where_the_face_goes_on(step, blur):
    made = field(Window(90, 80, 60, 50), step=step, reach=500.0)
    spread = made.spread(np.full((4, 2), 10.0), blur_px=blur)
    for edge in (spread[0], spread[-1], spread[:, 0], spread[:, -1]):
        assert not edge.any()


def test_the_window_grows_to_whole_cells_and_keeps_its_corner():
    made = field(Window(-7, 3, 101, 98), step=4)
    assert made.window == Window(-7, 3, 104, 100)
    assert made.spread(np.ones((4, 2)), 1.0).shape == (100, 104, 2)


def test_the_field_lies_where_the_plates_pixels_are():
    """The same face over two windows: what is far from both edges does not move."""
    values = POINTS / 10.0
    wide, narrow = field(WHOLE), field(Window(20, 30, 160, 150))
    a, b = wide.spread(values, 1.0), narrow.spread(values, 1.0)
    assert np.allclose(a[70:130, 70:130], b[40:100, 50:110], atol=1e-3)


def test_blurring_smooths_a_fold():
    values = np.array([[0.0], [10.0], [0.0], [10.0]])
    rows = [field(step=1).spread(values, blur)[100, 70:130, 0] for blur in (0.0, 8.0)]
    sharp, soft = (np.abs(np.diff(row, 2)).max() for row in rows)
    assert soft < 0.5 * sharp


def test_a_face_off_the_window_gives_a_still_field():
    made = FaceField.over(POINTS + 1000, TRIANGLES, Window(0, 0, 60, 60), 2, 40.0)
    assert not made.spread(np.full((4, 2), 5.0), 2.0).any()
