"""Blur and smallness lower the quality, light and contrast do not."""

import cv2
import numpy as np
import pytest

from shared_core.faces.quality import mouth_sharpness, quality_of
from shared_core.faces.topology import LIPS_OUTER


@pytest.fixture
def mouth():
    """A textured picture with a 100 px mouth, and its landmarks."""
    noise = cv2.GaussianBlur(np.random.default_rng(0).normal(128, 90, (400, 400)), (0, 0), 1.2)
    points = np.full((478, 2), 200.0)
    loop = np.pi - np.linspace(0, 2 * np.pi, 20, endpoint=False)
    points[list(LIPS_OUTER), 0] = 200 + 50 * np.cos(loop)
    points[list(LIPS_OUTER), 1] = 200 - 20 * np.sin(loop)
    return np.repeat(np.clip(noise, 0, 255).astype(np.uint8)[..., None], 3, axis=2), points


def test_blur_makes_a_mouth_less_sharp(mouth):
    picture, points = mouth
    values = [mouth_sharpness(cv2.GaussianBlur(picture, (0, 0), sigma), points) for sigma in (0.1, 1.0, 2.5)]
    assert values[0] > 1.3 * values[1] > 1.3 * 1.3 * values[2]


def test_a_smaller_mouth_of_the_same_scene_is_less_sharp(mouth):
    picture, points = mouth
    small = cv2.resize(picture, (140, 140), interpolation=cv2.INTER_AREA)
    assert mouth_sharpness(small, points * 0.35) < 0.7 * mouth_sharpness(picture, points)


def test_half_the_light_is_as_sharp(mouth):
    picture, points = mouth
    assert mouth_sharpness(picture // 2, points) == pytest.approx(mouth_sharpness(picture, points), rel=0.2)


def test_quality_lies_between_0_and_1_and_needs_confidence():
    quality = quality_of(np.array([0.0, 0.1, 100.0, 100.0]), np.array([1.0, 1.0, 1.0, 0.0]))
    assert quality[0] == 0 == quality[3] and 0.3 < quality[1] < quality[2] <= 1
