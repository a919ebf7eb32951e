"""Landmarks lead to landmarks; far from the face nothing moves."""

import numpy as np
from talking_face import Take

from shared_core.faces.canonical import MouthSpace
from shared_core.faces.face_crop import crop_matrices, to_crop
from shared_core.faces.motion_prior import GRID, STEP, motion_prior

TAKE = Take(np.array([0.0, 0.1, 0.3, 0.45]), jaw=0.02)
CROPS = crop_matrices(TAKE.track, MouthSpace.fit(TAKE.track))
POINTS = np.stack([
    to_crop(one[:, :2].astype(float), matrix)
    for one, matrix in zip(TAKE.track.landmarks, CROPS, strict=True)])


def test_a_reference_that_is_the_wanted_face_does_not_move():
    found = motion_prior(POINTS[2], POINTS[2:3])
    assert found.shape == (1, *GRID, 2)
    assert np.abs(found).max() < 1e-6


def test_each_landmark_leads_to_the_same_one_of_each_reference():
    found = motion_prior(POINTS[0], POINTS[1:])
    for number in range(3):
        for landmark in (0, 17, 61, 291, 152, 164):
            x, y = POINTS[0][landmark] / STEP
            wanted = (POINTS[number + 1][landmark] - POINTS[0][landmark]) / STEP
            np.testing.assert_allclose(found[number][int(y), int(x)], wanted, atol=0.9)


def test_the_crops_rim_stays():
    found = motion_prior(POINTS[0], POINTS[3:])
    rim = np.concatenate([found[0, 0], found[0, -1], found[0, :, 0], found[0, :, -1]])
    assert np.abs(rim).max() < 1e-4


def test_it_says_what_it_says_in_any_order_of_references():
    both = motion_prior(POINTS[0], POINTS[[1, 3]])
    alone = motion_prior(POINTS[0], POINTS[[3]])
    np.testing.assert_allclose(both[1], alone[0], atol=1e-4)
