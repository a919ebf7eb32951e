"""References show free mouths with open eyes, from shut to wide, at one exposure."""

import dataclasses

import numpy as np
import pytest
from learned_shot import COUNT, PLATE, faces

from shared_core.faces.canonical import MouthSpace, opening
from shared_core.faces.face_crop import SIZE
from shared_core.operators.reference_faces import BLINKS, reference_faces
from shared_core.spec.errors import FaceError


def test_they_go_from_a_shut_mouth_to_a_wide_one():
    found = faces()
    gaps = opening(MouthSpace.fit(PLATE.track).canonical(PLATE.track.landmarks))
    assert found.opening.tolist() == sorted(found.opening.tolist())
    assert found.opening[0] <= np.quantile(gaps, 0.25) and found.opening[-1] >= np.quantile(gaps, 0.75)
    assert len(set(found.source.tolist())) == 12
    assert found.pictures.shape == (12, *SIZE, 3)


def test_the_landmarks_lie_in_the_pictures():
    """The mouth's corners of every reference lie 100 px apart, a little below the middle of the crop."""
    found = faces()
    middle = found.landmarks[:, [61, 291]].mean(axis=1)
    assert np.abs(middle - (SIZE[1] / 2, SIZE[0] / 2 + 10)).max() < 6


def with_track(**changed):
    return dataclasses.replace(PLATE.track, **changed)


def test_covered_mouths_and_shut_eyes_do_not_lend():
    blendshapes, occlusion = PLATE.track.blendshapes.copy(), PLATE.track.occlusion.copy()
    blendshapes[:15, BLINKS] = 0.9
    occlusion[27:] = 0.8
    found = reference_faces(PLATE.clip, with_track(blendshapes=blendshapes, occlusion=occlusion))
    assert set(found.source.tolist()) <= set(range(16, 28))


def test_too_few_usable_frames_are_an_error_that_says_how_many():
    occlusion = np.ones(COUNT, np.float32)
    occlusion[:3] = 0
    with pytest.raises(FaceError, match="^[0-3] frames can lend a face; expected 12 or more"):
        reference_faces(PLATE.clip, with_track(occlusion=occlusion))


def test_picked_frames_are_taken_and_a_covered_one_is_refused():
    found = reference_faces(PLATE.clip, PLATE.track, pick="3,8,13,20-24,31,33,35,37")
    assert sorted(found.source.tolist()) == [3, 8, 13, *range(20, 25), 31, 33, 35, 37]
    occlusion = np.zeros(COUNT, np.float32)
    occlusion[7] = 0.9
    with pytest.raises(FaceError, match="frame 8 has something over its mouth"):
        reference_faces(PLATE.clip, with_track(occlusion=occlusion), pick="3,8,13,20-24,31,33,35,37")
    with pytest.raises(FaceError, match="Pick names 2 frames; expected 12"):
        reference_faces(PLATE.clip, PLATE.track, pick="3,8")


def test_a_picked_frame_with_shut_eyes_is_taken_and_said():
    blendshapes = PLATE.track.blendshapes.copy()
    blendshapes[7, BLINKS] = 0.9
    found = reference_faces(PLATE.clip, with_track(blendshapes=blendshapes), pick="3,8,13,20-24,31,33,35,37")
    assert "frame 8 has its eyes shut" in found.warnings[0]


def test_banned_frames_do_not_lend():
    first = faces().source.tolist()
    again = reference_faces(PLATE.clip, PLATE.track, ban=",".join(map(str, first)))
    assert not set(first) & set(again.source.tolist())


def test_its_key_is_the_same_at_every_frame_and_covers_every_pixel():
    found = faces()
    pictures = found.pictures.copy()
    pictures[3, 200, 100] += np.float16(0.01)
    changed = dataclasses.replace(found, pictures=pictures)
    assert found.key_at(1) == found.key_at(999) != changed.key_at(1)
    assert dataclasses.replace(found, exposure=found.exposure * 1.01).key_at(1) != found.key_at(1)
