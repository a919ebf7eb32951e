"""Any sound becomes samples at 16 kHz, at the same moments; what cannot is refused by name."""

import numpy as np
import pytest
from voices import RATE, sound, warble

from shared_core.networks.speech.samples import SILENCE_DB, loudness_db, speech_samples
from shared_core.spec.errors import BadInput
from shared_core.values import Sound


def tone(rate, seconds=0.5, hz=440.0):
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 32000, 44100, 48000, 96000, 47952])
def test_a_tone_is_the_same_tone_at_16_khz(rate):
    samples = speech_samples(Sound(tone(rate), rate))
    assert samples.dtype == np.float32
    assert abs(len(samples) - RATE // 2) <= 1
    inside = slice(RATE // 10, 4 * RATE // 10)
    assert np.allclose(samples[inside], tone(RATE)[inside], atol=0.01)


def test_16_khz_stays_bit_for_bit():
    given = sound(0.5)
    assert np.array_equal(speech_samples(given), given.samples)


def test_what_lies_above_8_khz_does_not_fold_down():
    samples = speech_samples(Sound(tone(48000, hz=11000.0), 48000))
    assert np.abs(samples[800:-800]).max() < 0.02


@pytest.mark.parametrize(
    "samples, rate, reason",
    [
        (warble(0.09), RATE, r"lasts 0\.090 s; expected 0\.1 s at least"),
        (np.zeros(0, np.float32), RATE, "lasts 0.000 s"),
        (np.zeros(3000, np.float32), 3999, "3999 samples a second; expected 4000"),
        (np.r_[np.zeros(4000, np.float32), np.float32([np.nan, np.inf]), warble(1)], RATE,
         r"2 samples that are no sound, the first nan, 0\.250 s after its start"),
        (np.r_[warble(1), np.float32([-1e20])], RATE, "the first -1e\\+20, 1.000 s after"),
    ],
)
def test_a_sound_that_cannot_be_used_is_refused(samples, rate, reason):
    with pytest.raises(BadInput, match=reason):
        speech_samples(Sound(samples, rate))


def test_loudness_is_the_level_around_the_moment():
    samples = np.concatenate([0.1 * tone(RATE, 1.0, 1000.0), np.zeros(RATE, np.float32)])
    level = loudness_db(samples, np.array([0.5, 1.5, 1.0, 7.0]))
    assert level.dtype == np.float32
    # A sine's power is half its amplitude's square; half of the third window is silent.
    expected = [-23.0103, SILENCE_DB, -26.0206, SILENCE_DB]
    assert np.allclose(level, expected, atol=0.01)
