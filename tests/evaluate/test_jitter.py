"""Trembling and flicker."""

from __future__ import annotations

import numpy as np
import pytest

from shared_core.evaluate import jitter
from shared_core.faces import topology
from shared_core.spec.errors import BadInput

COUNT = 60


@pytest.fixture(scope="module")
def face(stage):
    """Landmarks of someone who speaks and nods, with the tracker's noise."""
    person = stage.Actor()

    def speak(seed: int, noise: float = 0.05) -> np.ndarray:
        points = [
            person.points(opening, width, shift=(3 * np.sin(row / 9), 2 * np.cos(row / 13)))
            for row, (opening, width) in enumerate(zip(*stage.speech(COUNT, seed), strict=True))
        ]
        return np.stack(points) + np.random.default_rng(seed).normal(0, noise, (COUNT, 478, 2))

    return speak


def test_other_words_in_a_steady_face_are_no_jitter(face):
    assert jitter.jitter_outside_ratio(face(2), face(1), 90.0) < 1.1


def test_a_trembling_face_is_seen(face):
    assert jitter.jitter_outside_ratio(face(2, noise=0.12), face(1), 90.0) > 1.5


def test_the_lips_do_not_count_as_outside_the_mouth(face):
    shaken = face(1)
    lips = list(topology.LIPS_OUTER + topology.LIPS_INNER)
    shaken[:, lips] += np.random.default_rng(0).normal(0, 2.0, (COUNT, len(lips), 2))
    assert jitter.jitter_outside_ratio(shaken, face(1), 90.0) == pytest.approx(1.0, abs=0.05)


def test_trembling_lips_are_seen(face):
    lips = list(topology.LIPS_OUTER)
    steady = face(2)[:, lips] / 90
    shaken = steady + np.random.default_rng(0).normal(0, 0.004, steady.shape)
    assert jitter.jitter_lips_ratio(steady, steady) == 1.0
    assert jitter.jitter_lips_ratio(shaken, steady) > 1.2


def test_two_stills_are_equally_steady():
    still = np.ones((20, 478, 2))
    assert jitter.jitter_outside_ratio(still, still, 90.0) == 1.0


def test_a_gap_breaks_a_run_and_a_run_of_six_tells_nothing(face):
    points = face(1)[:13].copy()
    points[6] = np.nan
    with pytest.raises(BadInput, match="jitter"):
        jitter.tremble(points)


def test_flicker_of_brightness_is_seen_and_motion_of_both_is_not():
    rng = np.random.default_rng(5)
    skin = 0.5 + np.cumsum(rng.normal(0, 0.002, (40, 16, 16)), axis=0)
    matte = np.ones((16, 16))
    blinking = skin + 0.02 * (np.arange(40) % 2)[:, None, None]
    assert jitter.flicker(skin, skin, matte) == 1.0
    assert jitter.flicker(blinking, skin, matte) > 1.5


def test_flicker_needs_a_region():
    with pytest.raises(ValueError, match="matte is empty"):
        jitter.flicker(np.zeros((9, 4, 4)), np.zeros((9, 4, 4)), np.zeros((4, 4)))
