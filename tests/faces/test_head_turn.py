"""What a turn of the head does to a mouth in the picture is told from what the lips do."""

from dataclasses import replace

import numpy as np
import pytest
from measure_head_turn import left_over
from talking_face import Take, neutral_face, talk

from shared_core.faces.canonical import MouthSpace
from shared_core.faces.head_turn import FacingAhead, cheek, head_turns, may_slide
from shared_core.faces.mouth_modes import SMILE, measure
from shared_core.faces.topology import FACE_OVAL, LIPS_INNER, LIPS_OUTER
from shared_core.values import Track

LIPS = list(LIPS_OUTER + LIPS_INNER)
TIME = np.arange(90)


def explained(take: Take) -> tuple[np.ndarray, np.ndarray]:
    """Canonical landmarks, and what of them is the turn's doing."""
    ahead = FacingAhead.of(take.track, MouthSpace.fit(take.track))
    return ahead.landmarks + ahead.turned, ahead.turned


def with_space(take: Take) -> tuple[Track, MouthSpace]:
    return take.track, MouthSpace.fit(take.track)


def rotation(yaw: float, pitch: float) -> np.ndarray:
    """A pose with this yaw about y, then pitch about x."""
    (cy, sy), (cp, sp) = (np.cos(yaw), np.sin(yaw)), (np.cos(pitch), np.sin(pitch))
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    pose = np.eye(4)
    pose[:3, :3] = about_y @ about_x
    return pose


@pytest.mark.parametrize("yaw, pitch", [(0.0, 0.0), (0.5, 0.0), (-0.7, 0.3), (0.2, -0.4)])
def test_yaw_and_pitch_are_read_from_the_pose(yaw, pitch):
    assert np.allclose(head_turns(rotation(yaw, pitch)[None])[0], (yaw, pitch))


def test_a_head_that_never_turns_explains_nothing():
    _, offsets = explained(Take(talk(90), jaw=0.05 * np.sin(TIME / 3)))
    assert np.abs(offsets).max() < 1e-6


def test_the_slide_of_a_turning_heads_mouth_is_explained():
    """All that the mouth's middle moves to the side is the turn's doing."""
    canonical, offsets = explained(Take(talk(90, seed=2), yaw=0.45 * np.sin(TIME / 14)))
    middle = canonical[:, LIPS].mean(axis=1)
    left = middle - offsets[:, LIPS].mean(axis=1)
    assert np.ptp(middle[:, 0]) > 0.04, "the mouth does slide in the picture"
    assert left[:, 0].std() < 0.25 * middle[:, 0].std()


def test_speech_is_not_mistaken_for_a_turn():
    """The opening stays in what is left."""
    take = Take(talk(90, seed=2), yaw=0.2 * np.sin(TIME / 14))
    canonical, offsets = explained(take)
    left = canonical - offsets
    opening = np.linalg.norm(left[:, 13] - left[:, 14], axis=-1)
    assert np.corrcoef(opening, take.opening)[0, 1] > 0.999


def test_absent_frames_are_left_out():
    take = Take(talk(90), yaw=0.2 * np.sin(TIME / 14), absent=(3, 4, 50))
    _, offsets = explained(take)
    assert len(offsets) == 87


@pytest.mark.parametrize("count", [1, 2])
def test_one_frame_and_two_are_no_error(count):
    _, offsets = explained(Take(talk(90)[:count], yaw=np.linspace(0.1, 0.3, count)))
    assert np.isfinite(offsets).all()
    assert np.abs(offsets).max() < 0.2


def test_a_mouth_may_slide_on_a_facing_head_and_not_on_one_turned_away():
    yaw = np.where(TIME < 60, 0.0, 0.95)
    take = Take(talk(90, seed=2), yaw=yaw, absent=(5,))
    share = may_slide(take.track, FacingAhead.of(take.track, MouthSpace.fit(take.track)))
    assert np.allclose(share[:50], 1.0) and np.allclose(share[70:], 0.0)


def test_a_nod_is_taken_out_of_the_jaw_and_speech_stays_in():
    """More than half of what the chin does in the picture can be the head's doing."""
    jaw = 0.08 * np.sin(TIME / 3)
    take = Take(talk(90, seed=2), jaw=jaw, pitch=0.3 * np.sin(TIME / 11), yaw=0.2 * np.cos(TIME / 17))
    still = FacingAhead.of(*with_space(Take(talk(90, seed=2), jaw=jaw))).curves
    track, space = with_space(take)
    ahead = FacingAhead.of(track, space)
    in_picture = measure(ahead.landmarks + ahead.turned, space, np.zeros(90))
    assert np.corrcoef(ahead.curves[:, 3], still[:, 3])[0, 1] > 0.97
    assert np.corrcoef(in_picture[:, 3], still[:, 3])[0, 1] < 0.8, "it is the nod that shows"
    assert np.allclose(ahead.curves[:, 0], in_picture[:, 0]), "the opening is what the picture shows"


def test_a_mouth_at_the_edge_of_the_face_may_not_slide():
    """There it would break through the cheek's outline, however little the head has turned since."""
    track, space = with_space(Take(talk(90, seed=2)))
    aside = Take(talk(90, seed=2), yaw=1.0)
    assert np.allclose(may_slide(track, FacingAhead.of(track, space)), 1.0)
    track, space = with_space(aside)
    ahead = FacingAhead.of(track, space)
    assert cheek(ahead.landmarks).max() < 0.05
    assert np.allclose(may_slide(track, ahead), 0.0, atol=1e-6)


def test_the_cheek_is_the_way_from_the_nearer_corner_to_the_outline():
    face = neutral_face()[None, :, :2].copy()
    corner, outline = face[0, 61].copy(), face[0, FACE_OVAL]
    ends = np.roll(outline, -1, axis=0) - outline
    share = np.clip(((corner - outline) * ends).sum(1) / (ends**2).sum(1), 0, 1)
    away = np.linalg.norm(outline + share[:, None] * ends - corner, axis=1).min()
    assert cheek(face)[0] == pytest.approx(away, abs=0.01)
    face[0, 61] -= (away + 0.1, 0.0)
    assert cheek(face)[0] < 0.0


def test_a_smile_that_comes_with_a_small_nod_stays_a_smile():
    """They go together in a whole clip; what 2 degrees explain of it is in doubt."""
    smile = np.clip(np.sin(TIME / 20), 0.0, 1.0)
    track, space = with_space(Take(talk(90, seed=2), width=0.3 * smile, pitch=0.035 * smile))
    blendshapes = track.blendshapes.copy()
    blendshapes[:, SMILE] = 0.8 * smile[:, None]
    unseen, seen = (FacingAhead.of(one, space) for one in (track, replace(track, blendshapes=blendshapes)))
    in_picture = np.ptp(measure(seen.landmarks + seen.turned, space, np.zeros(90))[:, 1])
    assert in_picture > 0.2
    assert np.ptp(unseen.curves[:, 1]) > 0.6 * in_picture
    assert np.ptp(seen.curves[:, 1]) == pytest.approx(in_picture, rel=0.03)


def test_what_the_lips_leave_of_the_jaw_is_a_nods_doing():
    """The table of decision 0011: with the turn known, most of a nodding head's jaw is explained."""
    pitches = (0.3 * np.sin(TIME / 7), 0.0)
    nodding, still = (left_over(Take(talk(90, seed=2), pitch=pitch).track) for pitch in pitches)
    assert nodding[1] < 0.3 * nodding[0]
    assert nodding[0] > 3.0 * still[0]
