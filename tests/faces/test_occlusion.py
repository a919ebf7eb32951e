"""A cover is told from talking and turning, and fades without a pop."""

import numpy as np
import pytest

from shared_core.faces.occlusion import cover_score, fade
from shared_core.faces.topology import AROUND_MOUTH, CHEEKS

COUNT = 60


def talking(seed: int = 0):
    """Made-up skin that brightens with the mouth's opening and the head's turn: samples, points, pose."""
    rng = np.random.default_rng(seed)
    places = len(AROUND_MOUTH) + len(CHEEKS)
    opening, yaw = rng.uniform(0, 20, COUNT), np.linspace(-0.3, 0.3, COUNT)
    base = rng.uniform(-8, 8, (places, 1)) + np.array([170, 120, 100])
    with_opening, with_yaw = rng.normal(0, 0.6, (places, 1)), rng.normal(0, 30, (places, 1))
    skin = base + opening[:, None, None] * with_opening + yaw[:, None, None] * with_yaw
    skin = skin + rng.normal(0, 1.5, skin.shape)
    points = np.tile(rng.uniform(0, 200, (478, 2)), (COUNT, 1, 1))
    points[:, 13], points[:, 14] = (100, 120), np.stack([np.full(COUNT, 100), 120 + opening], axis=1)
    pose = np.tile(np.eye(4), (COUNT, 1, 1))
    pose[:, 0, 2], pose[:, 0, 0] = np.sin(yaw), np.cos(yaw)
    pose[:, 2, 0], pose[:, 2, 2] = -np.sin(yaw), np.cos(yaw)
    return np.clip(skin, 0, 255).astype(np.uint8), points, pose


def covered(samples: np.ndarray, rows: slice) -> np.ndarray:
    """A dark cup over the mouth, in `rows`."""
    samples = samples.copy()
    samples[rows, : len(AROUND_MOUTH)] = samples[rows, : len(AROUND_MOUTH)] // 3
    return samples


def test_talking_and_turning_are_not_a_cover():
    samples, points, pose = talking()
    assert cover_score(samples, np.zeros(COUNT), points, pose).max() < 0.1


@pytest.mark.parametrize("rows", [slice(20, 23), slice(10, 28)])
def test_a_cover_is_found_for_as_long_as_it_stays(rows):
    samples, points, pose = talking()
    score = cover_score(covered(samples, rows), np.zeros(COUNT), points, pose)
    free = np.ones(COUNT, bool)
    free[rows] = False
    assert score[rows].min() > 0.9 and score[free].max() < 0.2


def test_no_sensitivity_sees_no_cover_and_little_needs_more():
    samples, points, pose = talking()
    hidden, spread = covered(samples, slice(20, 30)), np.full(COUNT, 0.5)
    assert not cover_score(hidden, spread, points, pose, 0.0).any()
    assert cover_score(hidden, 0 * spread, points, pose, 0.1).max() < 1


def test_crops_that_disagree_about_the_lips_are_a_cover_in_the_shortest_clip():
    samples, points, pose = (part[:3] for part in talking())
    score = cover_score(samples, np.array([0.02, 0.3, 0.02]), points, pose)
    assert score.tolist() == [0.0, 1.0, 0.0]


def test_the_fade_is_a_ramp_on_both_sides():
    score = np.zeros(20)
    score[10] = 1
    faded = fade(score, np.arange(20), (), attack=3, release=4)
    assert faded[6:16].tolist() == pytest.approx([0, 0.25, 0.5, 0.75, 1, 0.8, 0.6, 0.4, 0.2, 0])


def test_nothing_fades_across_a_cut():
    score = np.zeros(20)
    score[10] = 1
    faded = fade(score, np.arange(20), (10, 12), attack=3, release=4)
    assert np.flatnonzero(faded).tolist() == [10, 11]


def test_no_fade_keeps_the_score():
    score = np.random.default_rng(0).uniform(size=9)
    assert np.allclose(fade(score, np.arange(9), (), 0, 0), score)
