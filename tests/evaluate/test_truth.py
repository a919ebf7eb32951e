"""Against the truth, inside the lower face alone."""

from __future__ import annotations

import numpy as np
import pytest

from shared_core.evaluate import truth
from shared_core.spec.errors import BadInput


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    picture = rng.integers(40, 200, (64, 64, 3), np.uint8)
    matte = np.zeros((64, 64), np.float32)
    matte[20:50, 15:50] = 1.0
    return picture, matte


def test_the_truth_itself_is_perfect(pair):
    picture, matte = pair
    assert truth.psnr_lower_face(picture, picture, matte) == 100.0
    assert truth.ssim_lower_face(picture, picture, matte) == pytest.approx(1.0)


def test_a_difference_of_five_steps_has_the_psnr_of_its_formula(pair):
    picture, matte = pair
    assert truth.psnr_lower_face(picture + 5, picture, matte) == pytest.approx(20 * np.log10(255 / 5))


def test_what_happens_outside_the_matte_does_not_count(pair):
    picture, matte = pair
    spoilt = picture.copy()
    spoilt[matte < 0.5] = 0
    assert truth.psnr_lower_face(spoilt, picture, matte) == 100.0


def test_noise_lowers_both(pair):
    picture, matte = pair
    noisy = (picture + np.random.default_rng(1).integers(0, 50, picture.shape)).astype(np.uint8)
    assert truth.psnr_lower_face(noisy, picture, matte) < 29
    assert truth.ssim_lower_face(noisy, picture, matte) < 0.95


def test_another_size_and_an_empty_matte_are_refused(pair):
    picture, matte = pair
    with pytest.raises(BadInput, match="one size"):
        truth.psnr_lower_face(picture[:32], picture, matte)
    with pytest.raises(BadInput, match="outside the picture"):
        truth.ssim_lower_face(picture, picture, 0 * matte)
