"""The light around the mouth is measured on skin, and its ratio is what a lender is multiplied by."""

import numpy as np
import pytest
from talking_face import SKIN, Take

from shared_core.faces.canonical import MouthSpace
from shared_core.faces.skin_levels import LEVEL_POINTS, light_gain, skin_levels

OPENINGS = np.array([0.0, 0.2, 0.4])


def levels(take: Take) -> np.ndarray:
    return skin_levels(take.clip, take.track, MouthSpace.fit(take.track), np.arange(len(OPENINGS)))


def test_it_reads_the_skins_colour_at_every_place():
    """The drawn skin varies by its shading, mostly less than a third."""
    measured = levels(Take(OPENINGS))
    assert measured.shape == (3, len(LEVEL_POINTS), 3)
    assert np.allclose(measured, SKIN, rtol=0.4)
    assert np.allclose(measured.mean(axis=(0, 1)), SKIN, rtol=0.12)


def test_a_light_that_changes_is_read_as_it_changes():
    light = np.array([1.0, 0.5, 40.0])
    expected = levels(Take(OPENINGS)) * light[:, None, None]
    assert np.allclose(levels(Take(OPENINGS, light=light)), expected, rtol=1e-5)


def test_a_light_from_one_side_is_told_from_the_other():
    take = Take(OPENINGS)
    for picture in take.clip.pictures.values():
        picture[:, 128:] *= 2.0
    ratio = levels(take) / levels(Take(OPENINGS))
    left, right = [1, 3, 5], [2, 4, 6]
    assert np.allclose(ratio[:, right], 2.0, rtol=1e-5)
    assert np.allclose(ratio[:, left], 1.0, rtol=1e-5)


def test_only_the_asked_rows_are_read():
    take = Take(OPENINGS)
    skin_levels(take.clip, take.track, MouthSpace.fit(take.track), np.array([2]))
    assert take.clip.asked == [3]


def test_broken_pixels_are_left_out():
    take = Take(OPENINGS)
    clean = levels(take)
    x, y = take.track.landmarks[1, LEVEL_POINTS[0], :2]
    take.clip.pictures[2][int(y), int(x)] = np.nan
    take.clip.pictures[2][int(y) + 1, int(x)] = np.inf
    assert np.allclose(levels(take), clean, rtol=0.1)


def test_a_place_without_a_whole_pixel_says_nothing():
    take = Take(OPENINGS)
    take.clip.pictures[2][:] = np.nan
    assert not levels(take)[1].any()


def test_a_face_beyond_the_edge_repeats_it():
    assert np.isfinite(levels(Take(OPENINGS, x=2.0, y=286.0))).all()


def test_the_gain_is_the_ratio_within_limits():
    gain = light_gain(np.array([2.0, 1.0, 9.0, 0.01]), np.array([1.0, 2.0, 1.0, 1.0]))
    assert gain.tolist() == [2.0, 0.5, 4.0, 0.25]


@pytest.mark.parametrize("wanted, lent", [(0.0, 1.0), (1.0, 0.0), (-0.1, 0.5), (0.5, -0.1), (0.0, 0.0)])
def test_where_a_level_is_not_above_zero_the_light_is_left_alone(wanted, lent):
    assert light_gain(np.array([wanted]), np.array([lent]))[0] == 1.0


def test_lending_to_oneself_changes_nothing():
    measured = levels(Take(OPENINGS))
    assert np.array_equal(light_gain(measured, measured), np.ones_like(measured))
