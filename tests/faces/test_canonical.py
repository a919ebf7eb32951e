"""The mouth's own space: no trace of where the head is, zero where the lips are closed."""

import dataclasses

import numpy as np
import pytest
from talking_face import Take, neutral_face, talk

from shared_core.faces import canonical
from shared_core.faces.canonical import MouthSpace, fit_similarity, fit_template, gap, jaw, opening, width
from shared_core.faces.topology import EYE_CORNERS, MOUTH_CORNERS, UPPER_FACE
from shared_core.spec.errors import FaceError

SPEECH = talk(60)
STILL = Take(SPEECH)
UPPER = list(UPPER_FACE)


def moving(**more) -> Take:
    """The same speech by a head that turns in the picture, comes nearer and walks."""
    time = np.arange(60)
    walk = {"mouth_px": 40 + 0.5 * time, "x": 100 + 2.0 * time, "y": 200.0 - time}
    return Take(SPEECH, roll=0.6 * np.sin(time / 9), **walk, **more)


def canonical_of(take: Take) -> np.ndarray:
    return MouthSpace.fit(take.track).canonical(take.track.landmarks)


def test_size_tilt_and_place_of_the_head_are_removed_exactly():
    assert np.allclose(canonical_of(moving()), canonical_of(STILL), atol=2e-5)


@pytest.mark.parametrize("aspect", [0.5, 2.0, 1.333])
def test_anamorphic_pixels_make_no_difference(aspect):
    assert np.allclose(canonical_of(moving(aspect=aspect)), canonical_of(STILL), atol=2e-5)


def test_it_gives_back_the_shapes_that_were_put_in():
    assert np.allclose(canonical_of(moving()), STILL.canonical[..., :2], atol=2e-3)


@pytest.mark.parametrize("aspect", [1.0, 2.0])
def test_to_plate_is_the_inverse(aspect):
    track = moving(aspect=aspect).track
    space = MouthSpace.fit(track)
    back = space.to_plate(space.canonical(track.landmarks), space.pose(track.landmarks))
    assert np.allclose(back, track.landmarks[..., :2], atol=1e-3)


def test_the_neutral_is_the_closed_mouth_one_wide_and_level():
    space = MouthSpace.fit(moving().track)
    left, right = space.neutral[list(MOUTH_CORNERS)]
    eyes = [space.neutral[list(eye)].mean(axis=0) for eye in EYE_CORNERS]
    assert np.allclose((left + right) / 2, 0, atol=1e-9)
    assert np.hypot(*(right - left)) == pytest.approx(1.0)
    assert eyes[0][1] == pytest.approx(eyes[1][1], abs=1e-9)
    assert opening(space.neutral) == space.closed_opening
    assert space.closed_opening == pytest.approx(float(opening(neutral_face()[:, :2])), abs=0.01)


def test_the_closed_mouth_is_found_however_rare_it_is():
    """A tenth of the frames suffices."""
    curve = np.full(60, 0.4)
    curve[50:56] = 0.0
    assert MouthSpace.fit(Take(curve).track).closed_opening < 0.03


def test_a_few_wild_frames_do_not_bend_the_space():
    track = moving().track
    landmarks = track.landmarks.copy()
    landmarks[::9] *= np.random.default_rng(0).uniform(0.7, 1.3, landmarks[::9].shape).astype(np.float32)
    wild = MouthSpace.fit(dataclasses.replace(track, landmarks=landmarks))
    assert np.allclose(wild.upper, MouthSpace.fit(track).upper, atol=0.02)


def test_frames_without_a_face_teach_nothing():
    away = dataclasses.replace(moving(), absent=tuple(range(20, 40)))
    assert np.allclose(
        MouthSpace.fit(away.track).canonical(moving().track.landmarks), canonical_of(moving()), atol=2e-3
    )


def test_a_track_without_a_face_is_refused():
    with pytest.raises(FaceError, match="no face in any frame"):
        MouthSpace.fit(Take(SPEECH, absent=tuple(range(60))).track)


def test_one_frame_is_enough():
    take = Take(SPEECH[:1])
    assert np.allclose(canonical_of(take), take.canonical[..., :2], atol=1e-4)


def test_the_measures_mean_what_they_say():
    take = Take(np.array([0.0, 0.2, 0.4, 0.4]), width=np.array([0.0, 0.0, 0.0, 0.2]))
    points = take.canonical[..., :2]
    assert np.allclose(np.diff(opening(points)), [0.19, 0.19, 0.0], atol=0.01)
    assert np.allclose(gap(points), opening(points), atol=0.01)
    assert np.allclose(width(points), [1, 1, 1, 1.2], atol=1e-6)
    assert jaw(points)[2] > jaw(points)[1] > jaw(points)[0]


def test_crossed_lips_have_a_gap_below_zero_but_an_opening_above():
    points = neutral_face()[:, :2].copy()
    upper, lower = np.array(canonical.INNER_PAIRS).T
    points[upper, 1] += 0.1
    assert gap(points) < 0 < opening(points)


@pytest.mark.parametrize("fit", [fit_similarity, fit_template])
def test_a_similarity_is_recovered_exactly(fit):
    turn, shift = 37.0 * np.exp(1j * np.array([0.3, -2.0])), np.array([5 - 3j, 100 + 7j])
    source = neutral_face()[UPPER, :2]
    placed = turn[:, None] * (source[:, 0] + 1j * source[:, 1]) + shift[:, None]
    found = fit(source, np.stack([placed.real, placed.imag], axis=-1))
    assert np.allclose(found.turn, turn)
    assert np.allclose(found.shift, shift)


def test_a_pose_places_and_removes():
    points = STILL.canonical[:2, :, :2]
    pose = canonical.Pose(np.array([30 + 4j, 20 - 9j]), np.array([7 + 1j, -3 + 200j]))
    assert np.allclose(pose.remove(pose.place(points)), points)


def test_noise_shrinks_the_template_in_one_fit_and_not_in_the_other():
    """Why there are two: least squares towards a shape that does not fit pulls the scale down."""
    rng = np.random.default_rng(1)
    source = neutral_face()[UPPER, :2]
    target = (source + rng.normal(0, 0.25, source.shape))[None]
    assert abs(fit_similarity(source, target).turn[0]) < abs(fit_template(source, target).turn[0])
