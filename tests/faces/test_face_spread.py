"""The chosen faces stand for all the others."""

import numpy as np
from talking_face import Take, talk

from shared_core.faces.canonical import MouthSpace
from shared_core.faces.face_crop import crop_matrices, to_crop
from shared_core.faces.face_spread import spread_faces

COUNT = 80
PUCKERED = np.where(np.arange(COUNT) > 60, 0.8, 0.0)
TAKE = Take(talk(COUNT, seed=3), pucker=PUCKERED, width=-0.3 * PUCKERED)
MATRICES = crop_matrices(TAKE.track, MouthSpace.fit(TAKE.track))
POINTS = np.stack([
    to_crop(one[:, :2].astype(float), matrix)
    for one, matrix in zip(TAKE.track.landmarks, MATRICES, strict=True)])


def test_shut_wide_and_round_mouths_are_all_among_them():
    chosen, _ = spread_faces(POINTS, 6)
    opening = TAKE.opening[chosen]
    assert opening.min() < np.quantile(TAKE.opening, 0.3) and opening.max() > np.quantile(TAKE.opening, 0.7)
    assert (PUCKERED[chosen] > 0).any() and (PUCKERED[chosen] == 0).any()


def test_they_are_as_many_as_asked_and_all_different():
    for count in (1, 5, COUNT):
        chosen, _ = spread_faces(POINTS, count)
        assert len(set(chosen.tolist())) == count


def test_every_face_belongs_to_the_nearest_of_them():
    chosen, belongs = spread_faces(POINTS, 5)
    np.testing.assert_array_equal(belongs[chosen], np.arange(5))
    assert set(belongs.tolist()) == set(range(5))


def test_a_single_misread_face_is_not_chosen():
    broken = POINTS.copy()
    broken[40] = broken[40] * 3
    chosen, _ = spread_faces(broken, 5)
    assert 40 not in chosen


def test_the_same_faces_give_the_same_choice():
    np.testing.assert_array_equal(spread_faces(POINTS, 5)[0], spread_faces(POINTS.copy(), 5)[0])
