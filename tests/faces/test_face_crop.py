"""The crop lies still on the face: one scale, to a part of a pixel, and its pixels are the plate's."""

import dataclasses

import numpy as np
import pytest
from talking_face import Take, talk

from shared_core.faces.canonical import MouthSpace
from shared_core.faces.face_crop import (
    MOUTH_PX,
    SIZE,
    crop_matrices,
    cut,
    cut_frame,
    sized,
    to_crop,
    window_of,
)
from shared_core.values import Window

COUNT = 24
MOVING = Take(
    talk(COUNT, seed=1), x=np.linspace(100, 150, COUNT), y=np.linspace(170, 190, COUNT),
    roll=np.linspace(-0.3, 0.3, COUNT), mouth_px=np.linspace(46, 50, COUNT), size=(300, 340))


def matrices(take=MOVING):
    return crop_matrices(take.track, MouthSpace.fit(take.track))


def test_the_radius_is_the_same_in_every_frame():
    scales = np.sqrt(np.linalg.det(matrices()[:, :, :2]))
    np.testing.assert_allclose(scales, 48.0 / MOUTH_PX, rtol=0.01)
    assert np.ptp(scales) < 1e-9


def test_the_upper_face_lies_still_and_upright_in_the_crop():
    found = matrices()
    points = np.stack([
        to_crop(one[:, :2].astype(float), matrix)
        for one, matrix in zip(MOVING.track.landmarks, found, strict=True)])
    eyes = points[:, [33, 263]]
    assert np.abs(eyes[:, 0, 1] - eyes[:, 1, 1]).max() < 1.0
    across, down = np.ptp(points[:, 168], axis=0)
    assert across < 0.01
    assert down < 11.0, "the face grows by 8 %: so far the nose's root goes up, and nothing else moves"


def test_a_plate_of_wide_pixels_gives_the_same_crop():
    wide = dataclasses.replace(MOVING, aspect=2.0)
    square, squeezed = matrices(), matrices(wide)
    np.testing.assert_allclose(squeezed[:, 0] * 2, square[:, 0], atol=1e-6)
    np.testing.assert_allclose(squeezed[:, 1], square[:, 1], atol=1e-6)


def test_a_frame_without_a_face_has_no_crop():
    found = matrices(dataclasses.replace(MOVING, absent=(3,)))
    assert not found[3].any() and found[4].any()


def ramp(window):
    y, x = np.mgrid[window.y : window.bottom, window.x : window.right] + 0.5
    return np.stack([x, y, 0 * x], axis=-1).astype(np.float32)


@pytest.mark.parametrize("height", [416, 208, 104])
def test_each_pixel_of_the_crop_reads_the_place_that_its_matrix_names(height):
    matrix = sized(matrices()[5], height)
    size = (height, height * SIZE[1] // SIZE[0])
    window = window_of(matrix, size)
    found = cut(ramp(window), window, matrix, size)
    for x, y in ((10.5, 20.5), (40.5, 70.5)):
        np.testing.assert_allclose(found[int(y), int(x), :2], matrix @ (x, y, 1), atol=0.02)


def test_what_is_finer_than_the_crops_pixels_is_averaged_away():
    """A checker of single pixels, read at a fifth of its size, is grey: no moire."""
    window = Window(0, 0, 400, 500)
    y, x = np.mgrid[:500, :400]
    checker = ((x + y) % 2).astype(np.float32)[..., None]
    found = cut(checker, window, np.array([[5.1, 0, 3.3], [0, 5.1, 7.7]]), (80, 70))
    assert np.abs(found - 0.5).max() < 0.08


def test_a_crop_that_hangs_over_the_edge_repeats_it():
    far = matrices(dataclasses.replace(MOVING, x=10.0, roll=0.0))
    found = cut_frame(MOVING.clip, 1, far[0], SIZE)
    assert found.shape == (*SIZE, 3) and np.isfinite(found).all()
    np.testing.assert_array_equal(found[200, 0], found[200, 3])


def test_a_crop_off_the_picture_is_black():
    assert not cut_frame(MOVING.clip, 1, np.array([[1.0, 0, 5000], [0, 1.0, 0]]), SIZE).any()
