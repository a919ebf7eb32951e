"""The lips follow the performance fully, the chin too, the nose and the eyes not at all."""

import numpy as np
import pytest
from talking_face import Take, talk

from shared_core.faces.canonical import MouthSpace
from shared_core.faces.mouth_pull import lip_weights, pull_weights, smoothstep
from shared_core.faces.topology import (
    EYE_CORNERS,
    FACE_OVAL,
    JAW,
    LIPS_INNER,
    LIPS_OUTER,
    NOSE_BASE,
    UPPER_FACE,
    mirror,
    tesselation,
)

SPACE = MouthSpace.fit(Take(talk(40)).track)
WEIGHTS, NEAR_LIPS = pull_weights(SPACE), lip_weights(SPACE)


def test_weights_are_one_per_landmark_between_nothing_and_all():
    assert WEIGHTS.shape == (478,)
    assert WEIGHTS.min() == 0
    assert WEIGHTS.max() == 1


def test_the_lips_follow_fully():
    assert (WEIGHTS[list(LIPS_OUTER + LIPS_INNER)] == 1).all()


@pytest.mark.parametrize(
    "still", [UPPER_FACE, sum(EYE_CORNERS, ()), tuple(set(FACE_OVAL) - set(JAW)), range(468, 478)]
)
def test_eyes_forehead_and_irises_stay(still):
    assert not WEIGHTS[list(still)].any()


def test_the_noses_base_all_but_stays():
    assert WEIGHTS[list(NOSE_BASE)].max() < 0.06


def test_along_the_jaw_the_weight_falls_from_the_chin_to_the_ears():
    along = WEIGHTS[list(JAW)]
    assert along[len(JAW) // 2] == 1
    assert along[0] == along[-1] == 0
    assert (np.diff(along[: len(JAW) // 2 + 1]) >= 0).all()
    assert (np.diff(along[len(JAW) // 2 :]) <= 0).all()


def test_a_symmetric_face_is_pulled_symmetrically():
    assert np.allclose(WEIGHTS, WEIGHTS[mirror()], atol=1e-2)


def test_what_counts_as_the_lips_surroundings_ends_before_the_jaw_and_the_nose():
    assert (NEAR_LIPS[list(LIPS_OUTER + LIPS_INNER)] == 1).all()
    chin = JAW[len(JAW) // 2]
    assert not NEAR_LIPS[[chin, JAW[0], JAW[-1], *UPPER_FACE]].any()
    assert np.allclose(NEAR_LIPS, NEAR_LIPS[mirror()], atol=1e-2)


@pytest.mark.parametrize("weights", [WEIGHTS, NEAR_LIPS], ids=["pull", "lips"])
def test_no_weight_falls_from_all_to_nothing_within_a_tenth_of_the_mouth(weights):
    """A step between neighbours would tear the skin."""
    edges = np.concatenate([tesselation()[:, [0, 1]], tesselation()[:, [1, 2]]])
    apart = np.linalg.norm(SPACE.neutral[edges[:, 0]] - SPACE.neutral[edges[:, 1]], axis=1)
    step = np.abs(weights[edges[:, 0]] - weights[edges[:, 1]])
    assert (step <= 10 * apart + 1e-6).all()


def test_a_smooth_step_is_flat_at_both_ends_and_half_in_the_middle():
    values = smoothstep(np.array([-1.0, 0.2, 0.35, 0.5, 9.0]), 0.2, 0.5)
    assert values.tolist() == pytest.approx([0, 0, 0.5, 1, 1])
    assert smoothstep(np.array([0.201]), 0.2, 0.5)[0] < 1e-4
