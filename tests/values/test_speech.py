"""Features of a sound, read at any frame's time."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from shared_core.values import Drive, Speech

STEPS = 101
RATES = ("24000/1001", "24", "25", "30000/1001", "50")


def ramp(start=-0.25, rate=50.0):
    """Features that say the moment they stand at, and three times it."""
    seconds = start + np.arange(STEPS) / rate
    features = np.stack([seconds, 3 * seconds], axis=1).astype(np.float32)
    return Speech(np.arange(STEPS), features, np.float32(-20 * seconds), rate, start, "mel")


@pytest.mark.parametrize("fps", RATES)
def test_at_any_frame_rate_a_frame_gets_the_features_of_its_own_time(fps):
    frames = np.arange(int(1.7 * Fraction(fps)))
    seconds = np.array([float(frame / Fraction(fps)) for frame in frames])
    found = ramp().at(seconds)
    assert found.shape == (len(frames), 2) and found.dtype == np.float32
    assert np.allclose(found, np.stack([seconds, 3 * seconds], axis=1), atol=1e-5)
    assert np.allclose(ramp().loudness_at(seconds), -20 * seconds, atol=1e-4)


@pytest.mark.parametrize("fps", RATES)
def test_between_two_steps_lies_the_straight_line(fps):
    generator = np.random.default_rng(2)
    features = generator.standard_normal((STEPS, 4)).astype(np.float32)
    speech = dataclasses.replace(ramp(start=0.0125), features=features)
    for frame in range(40):
        moment = float(frame / Fraction(fps))
        position = max((moment - 0.0125) * 50, 0.0)
        step, share = int(position), position - int(position)
        expected = (1 - share) * features[step] + share * features[step + 1]
        assert np.allclose(speech.at(np.array([moment]))[0], expected, atol=1e-4)


def test_at_a_step_stand_its_own_bits():
    speech = ramp(start=0.0)
    assert np.array_equal(speech.at(np.arange(STEPS) / 50), speech.features)


def test_beyond_its_ends_it_stays_as_it_is_there_and_says_so():
    speech = ramp()
    seconds = np.array([-9.0, -0.2601, -0.2599, 1.7599, 1.7601, 99.0])
    assert speech.covers(seconds).tolist() == [False, False, True, True, False, False]
    assert np.array_equal(speech.at(seconds[[0, -1]]), speech.features[[0, -1]])


def test_a_single_step_and_no_moment_at_all_are_read():
    one = Speech(np.arange(1), np.ones((1, 3), np.float32), np.zeros(1, np.float32), 50, 0, "mel")
    assert np.array_equal(one.at(np.array([-1.0, 0.0, 1.0])), np.ones((3, 3)))
    assert one.at(np.zeros(0)).shape == (0, 3)


def test_it_comes_back_from_its_bytes():
    speech = ramp()
    again = Speech.from_bytes(speech.to_bytes())
    assert np.array_equal(again.features, speech.features)
    assert np.array_equal(again.loudness, speech.loudness)
    assert (again.rate, again.start, again.kind) == (50.0, -0.25, "mel")
    assert again.to_bytes() == speech.to_bytes()
    with pytest.raises(ValueError, match="not a Drive"):
        Drive.from_bytes(speech.to_bytes())


def test_numpy_numbers_are_stored_as_plain_ones():
    speech = dataclasses.replace(ramp(), rate=np.float32(50), start=np.float32(0.5))
    assert type(speech.rate) is float
    assert Speech.from_bytes(speech.to_bytes()).start == 0.5


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"features": np.zeros((STEPS, 2))}, "features are float64"),
        ({"features": np.zeros(STEPS, np.float32)}, "expected float32 with 2 axes"),
        ({"loudness": np.zeros((STEPS, 1), np.float32)}, "loudness are float32"),
        ({"features": np.zeros((7, 2), np.float32)}, "7 rows for 101 frames"),
        ({"rate": 0}, "a rate above 0"),
        ({"kind": "hubert"}, "'hubert'.*expected.*whisper, mel, deepspeech"),
    ],
)
def test_another_shape_or_kind_is_refused(change, reason):
    with pytest.raises(ValueError, match=reason):
        dataclasses.replace(ramp(), **change)
