"""What a turn of the head does to a mouth in the picture is told from what the lips do."""

import numpy as np
import pytest
from talking_face import Take, talk

from shared_core.faces.canonical import MouthSpace
from shared_core.faces.head_turn import head_turns, may_slide, turn_offsets
from shared_core.faces.topology import LIPS_INNER, LIPS_OUTER

LIPS = list(LIPS_OUTER + LIPS_INNER)
TIME = np.arange(90)


def explained(take: Take) -> tuple[np.ndarray, np.ndarray]:
    """Canonical landmarks and what turn_offsets says of them."""
    space = MouthSpace.fit(take.track)
    canonical = space.canonical(take.track.landmarks[take.track.present])
    return canonical, turn_offsets(take.track, space, canonical)


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
    share = may_slide(take.track, MouthSpace.fit(take.track))
    assert np.allclose(share[:60], 1.0) and np.allclose(share[60:], 0.0)
