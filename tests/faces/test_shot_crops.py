"""Crops of one shot: in their place, and at an exposure that the face alone decides."""

import dataclasses

import numpy as np
import pytest
from talking_face import DrawnClip, Take, talk

from shared_core.faces.face_crop import SIZE, face_hull
from shared_core.faces.shot_crops import ShotCrops
from shared_core.spec.errors import FaceError

TAKE = Take(talk(12, seed=4), size=(256, 320), y=170.0)


def outside_lit(factor: float) -> DrawnClip:
    """The take with all that is not face lit by `factor`."""
    clip = DrawnClip(TAKE)
    crops = ShotCrops.of(TAKE.clip, TAKE.track)
    y, x = np.mgrid[: TAKE.size[1], : TAKE.size[0]] + 0.5
    for row, frame in enumerate(clip.frames):
        matrix = crops.matrices[row]
        places = (np.stack([x, y], axis=-1) - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
        column, line = np.moveaxis(places.round().astype(int), -1, 0)
        inside = (column >= 0) & (line >= 0) & (column < SIZE[1]) & (line < SIZE[0])
        face = np.zeros(inside.shape, bool)
        face[inside] = face_hull(crops.landmarks(row), SIZE[0])[line[inside], column[inside]] > 0
        clip.pictures[frame] = np.where(face[..., None], clip.pictures[frame], factor * clip.pictures[frame])
    return clip


@pytest.mark.parametrize("factor", [0.05, 8.0])
def test_hair_and_walls_do_not_change_the_exposure(factor):
    """Dark braids around a face once lifted its highlights into the curve's shoulder."""
    plain = ShotCrops.of(TAKE.clip, TAKE.track).exposure
    assert ShotCrops.of(outside_lit(factor), TAKE.track).exposure == pytest.approx(plain, rel=0.05)


def test_a_face_twice_as_bright_gets_half_the_exposure_and_the_same_crop():
    bright = dataclasses.replace(TAKE, light=2.0)
    one, other = ShotCrops.of(TAKE.clip, TAKE.track), ShotCrops.of(bright.clip, bright.track)
    assert other.exposure == pytest.approx(one.exposure / 2, rel=1e-4)
    np.testing.assert_allclose(other.encoded(3), one.encoded(3), atol=1e-4)


def test_any_height_shows_the_same():
    small, large = (ShotCrops.of(TAKE.clip, TAKE.track, height) for height in (208, 416))
    assert small.linear(2).shape == (208, 160, 3) and large.linear(2).shape == (416, 320, 3)
    assert small.exposure == pytest.approx(large.exposure, rel=0.02)
    halved = large.linear(2).reshape(208, 2, 160, 2, 3).mean(axis=(1, 3))
    assert np.abs(small.linear(2) - halved).mean() < 0.005
    np.testing.assert_array_equal(small.landmarks(2), large.landmarks(2))


def test_landmarks_lie_where_they_were_seen_in_that_frame():
    seen = TAKE.track.raw + np.float32([3, -2])
    moved = ShotCrops.of(TAKE.clip, dataclasses.replace(TAKE.track, raw=seen)).landmarks(2)
    plain = ShotCrops.of(TAKE.clip, TAKE.track).landmarks(2)
    assert np.ptp(moved - plain, axis=0).max() < 1e-3, "all move alike"
    assert np.abs(moved - plain).min() > 0.1


def test_one_dark_frame_does_not_move_the_exposure():
    plain = ShotCrops.of(TAKE.clip, TAKE.track).exposure
    faded = dataclasses.replace(TAKE, light=np.where(np.arange(12) == 0, 0.001, 1.0))
    assert ShotCrops.of(faded.clip, TAKE.track).exposure == pytest.approx(plain, rel=0.02)


def test_faces_that_lie_beyond_the_picture_are_an_error():
    away = {"landmarks": TAKE.track.landmarks + np.float32([2000, 0, 0]),
            "raw": TAKE.track.raw + np.float32([2000, 0])}
    track = dataclasses.replace(TAKE.track, **away)
    with pytest.raises(FaceError, match="no face of 9 frames .* 1 to 12, lies in the picture"):
        ShotCrops.of(TAKE.clip, track).exposure  # noqa: B018


def test_a_dub_is_seen_in_the_plates_places_at_its_exposure():
    plate = ShotCrops.of(TAKE.clip, TAKE.track)
    dub = plate.of_clip(dataclasses.replace(TAKE, light=2.0).clip)
    assert dub.exposure == plate.exposure
    np.testing.assert_allclose(dub.linear(3), 2 * plate.linear(3), rtol=1e-3, atol=1e-4)
    assert (dub.encoded(3) > plate.encoded(3)).mean() > 0.9
