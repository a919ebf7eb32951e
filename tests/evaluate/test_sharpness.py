"""Sharpness of the lips, outside the grain's band."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from shared_core.evaluate import regions, sharpness
from shared_core.spec.errors import BadInput

COUNT = 24


@pytest.fixture(scope="module")
def measured(stage):
    """Band energies and openings of the actor's lips saying line `seed`, every picture edited."""
    actor = stage.Actor(seed=1)

    def energies(seed: int, edit=lambda gray: gray) -> tuple[np.ndarray, np.ndarray]:
        openings, widths = stage.speech(COUNT, seed)
        found = []
        for opening, width in zip(openings, widths, strict=True):
            points = actor.points(opening, width)
            gray = edit(regions.luma(actor.picture(points)))
            matte = regions.lips_matte(points, stage.size, (0, 0))
            found.append(sharpness.band_energy(gray, matte, regions.face_height(points)))
        return np.array(found), openings

    return energies


def ratio(measured, edit):
    return sharpness.lip_sharpness_ratio(*measured(2, edit), *measured(1))


def test_lips_that_say_something_else_are_as_sharp_as_the_plates(measured):
    assert 0.9 < ratio(measured, lambda gray: gray) < 1.15


def test_a_blurred_mouth_is_seen(measured):
    assert ratio(measured, lambda gray: cv2.GaussianBlur(gray, (0, 0), 2.0)) < 0.9


def test_a_ringing_mouth_is_seen(measured):
    assert ratio(measured, lambda gray: gray + 1.0 * (gray - cv2.GaussianBlur(gray, (0, 0), 2.5))) > 1.15


def test_grain_does_not_make_soft_lips_sharp(measured):
    def soft_and_grainy(gray):
        grain = np.random.default_rng(0).normal(0, 0.02, gray.shape).astype(np.float32)
        return cv2.GaussianBlur(gray, (0, 0), 2.0) + grain

    assert ratio(measured, soft_and_grainy) < 0.9


def test_the_band_grows_with_the_face(stage):
    actor = stage.Actor(seed=1)
    points = actor.points(0.2)
    gray = regions.luma(actor.picture(points))
    large = cv2.resize(gray, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    once = sharpness.band_energy(gray, regions.lips_matte(points, stage.size, (0, 0)), 256)
    matte = regions.lips_matte(points * 3, large.shape, (0, 0))
    assert sharpness.band_energy(large, matte, 768) == pytest.approx(once, rel=0.08)


def test_lips_outside_the_picture_have_no_sharpness():
    assert np.isnan(sharpness.band_energy(np.zeros((20, 20)), np.zeros((20, 20)), 200))
    with pytest.raises(BadInput, match="lip sharpness"):
        sharpness.lip_sharpness_ratio(*[np.full(5, np.nan)] * 4)


def test_a_strange_look_is_told_in_units_of_the_actors_own_variety():
    own = np.array([0.1, 0.2, np.nan, 0.3])
    assert sharpness.lip_look(own, own) == 1.0
    assert sharpness.lip_look(own, 2 * own) == pytest.approx(2.0)
