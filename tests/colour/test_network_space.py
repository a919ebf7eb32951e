"""The space that networks see can be left again, whatever the light."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_core.colour import NetworkSpace, exposure_for

LIGHTS = np.array([-0.1, 0.0, 0.18, 1.0, 60.0], np.float32)


@pytest.mark.parametrize("exposure", [0.05, 1.0, 8.0])
@pytest.mark.parametrize("light", LIGHTS)
def test_what_is_encoded_comes_back(light, exposure):
    space = NetworkSpace(exposure)
    assert space.decode(space.encode(light)) == pytest.approx(light, rel=2e-3, abs=1e-7)


@given(st.floats(-60, 60, width=32))
def test_every_light_up_to_60_comes_back(light):
    space = NetworkSpace()
    assert space.decode(space.encode(np.float32(light))) == pytest.approx(light, rel=1e-4, abs=1e-7)


def test_sixty_is_not_one():
    encoded = NetworkSpace().encode(LIGHTS)
    assert encoded[4] > encoded[3] + 0.04 and encoded[4] < 1.0


def test_the_sign_is_kept_even_of_zero():
    encoded = NetworkSpace().encode(np.array([-0.1, 0.1, -0.0], np.float32))
    assert encoded[0] == -encoded[1] and np.signbit(encoded[2])


def test_below_the_knee_the_curve_is_srgb():
    # IEC 61966-2-1: 18 % grey is 0.46135613 of the code range.
    assert NetworkSpace().encode(np.float32(0.18)) == pytest.approx(0.46135613, abs=1e-6)


def test_the_curve_rises_without_a_step_or_a_kink():
    light = np.linspace(0, 4, 40001, dtype=np.float64).astype(np.float32)
    slope = np.diff(NetworkSpace().encode(light).astype(np.float64)) / np.diff(light)
    assert slope.min() > 0 and np.abs(np.diff(slope[200:])).max() < 0.02


def test_infinity_is_one_and_nan_stays_nan():
    encoded = NetworkSpace().encode(np.array([np.inf, -np.inf, np.nan], np.float32))
    assert encoded[0] == 1 and encoded[1] == -1 and np.isnan(encoded[2])


def test_a_networks_answer_above_one_decodes_to_a_finite_light():
    decoded = NetworkSpace().decode(np.array([1.0, 1.3, -2.0], np.float32))
    assert np.isfinite(decoded).all() and decoded[1] > 60 and decoded[2] < -60


def test_exposure_brings_a_grey_face_to_middle_grey():
    face = np.full((4, 4, 3), 0.045, np.float32)
    assert exposure_for(face) == pytest.approx(4.0, rel=1e-5)


def test_exposure_looks_at_the_weighted_pixels_alone():
    picture = np.full((2, 2, 3), 0.09, np.float32)
    picture[0] = 50.0
    weight = np.array([[0, 0], [1, 1]], np.float32)
    assert exposure_for(picture, weight) == pytest.approx(2.0, rel=1e-5)


def test_exposure_of_nothing_is_one():
    assert exposure_for(np.full((2, 2, 3), np.nan, np.float32)) == 1.0


@pytest.mark.parametrize("exposure", [0.0, -1.0, float("nan"), float("inf")])
def test_an_exposure_that_cannot_be_undone_is_refused(exposure):
    with pytest.raises(ValueError, match="finite factor above 0"):
        NetworkSpace(exposure)
