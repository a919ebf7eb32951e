"""Crops go there and back without an offset."""

import math

import cv2
import numpy as np
import pytest

from shared_core.faces.crops import CROP_PIXELS, JITTER, Crop, crop_of_face, cut_crops


def dotted(x: float, y: float, size=(900, 1400), sigma: float = 6.0) -> np.ndarray:
    """A picture with one soft dot, whose middle lies at (x, y) px."""
    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    dot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
    return np.repeat((dot * 255).astype(np.uint8)[..., None], 3, axis=2)


def middle_of(picture: np.ndarray) -> np.ndarray:
    weights = picture[..., 0].astype(np.float64)
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
    return np.array([(columns * weights).sum(), (rows * weights).sum()]) / weights.sum()


@pytest.mark.parametrize("side", [250.0, 384.0, 900.0, 1250.0])
@pytest.mark.parametrize("degrees", [0, 30, -100])
@pytest.mark.parametrize("aspect", [1.0, 2.0])
def test_what_is_seen_in_a_crop_is_found_at_its_place_in_the_plate(side, degrees, aspect):
    crop = Crop(640.0 * aspect, 450.0, side, math.radians(degrees))
    picture = dotted(655.3, 438.6)
    (cut,) = cut_crops(picture, [crop], aspect)
    assert cut.shape == (CROP_PIXELS, CROP_PIXELS, 3)
    found = crop.to_square(np.append(middle_of(cut), 0)[None])[0]
    assert np.allclose(found[:2] / (aspect, 1), (655.3, 438.6), atol=0.25)


def test_outside_the_picture_a_crop_is_black():
    (cut,) = cut_crops(np.full((100, 100, 3), 200, np.uint8), [Crop(0.0, 0.0, 100.0)])
    assert not cut[:190, :190].any() and (cut[200:, 200:] == 200).all()


def test_jitter_has_no_bias_over_any_odd_number():
    for count in (3, 5, 7, 9):
        assert np.abs(np.mean([step[:3] for step in JITTER[:count]], axis=0)).max() < 0.6
        assert np.mean([step[3] for step in JITTER[:count]]) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("degrees", [-150, -60, 0, 45, 100])
def test_a_crop_is_upright_for_a_head_at_any_angle(degrees):
    face = np.random.default_rng(0).uniform((-60, -80), (60, 100), (478, 2))
    face[[33, 133]], face[[362, 263]] = (-35, -20), (35, -20)
    face[10], face[152] = (0, -90), (0, 110)
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    crop = crop_of_face(face @ turn.T + 500)
    assert math.degrees(math.remainder(crop.angle - angle, 2 * math.pi)) == pytest.approx(0, abs=1)


def test_reducing_a_large_face_does_not_alias():
    """A one-pixel chequerboard, far finer than the crop's pixels, becomes an even grey."""
    board = (np.indices((1000, 1000)).sum(axis=0) % 2 * 255).astype(np.uint8)
    (cut,) = cut_crops(cv2.merge([board] * 3), [Crop(500.3, 500.7, 900.0, 0.2)])
    assert np.ptp(cut[100:284, 100:284]) < 16
