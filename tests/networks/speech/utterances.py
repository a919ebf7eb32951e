"""Two made-up syllables, for tests of alignments without footage."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from shared_core.values import Sound

RATE = 16000
TEXT = "[S AA] [IY S]"
HISS_TO_VOWEL_S, VOWEL_TO_HISS_S = 0.8, 1.55
ENDS_S = 1.75
DURATION_S = 2.15


def said(rate: int = RATE, start: float = 0.0) -> Sound:
    """Silence, a hiss and an open vowel, silence, a close vowel and a hiss, silence; see the moments."""
    parts = [
        _quiet(0.5), _hiss(0.3, 0), _vowel(0.3, (700, 1220, 2600)), _quiet(0.2),
        _vowel(0.25, (300, 2300, 3000)), _hiss(0.2, 50), _quiet(0.4),
    ]
    samples = np.concatenate(parts)
    if rate != RATE:
        moments = np.arange(round(DURATION_S * rate)) / rate
        samples = np.interp(moments, np.arange(len(samples)) / RATE, samples)
    return Sound(samples.astype(np.float32), rate, start)


def _quiet(seconds: float) -> np.ndarray:
    return 1e-4 * np.random.default_rng(1).standard_normal(round(seconds * RATE))


def _hiss(seconds: float, seed: int) -> np.ndarray:
    band = butter(4, [3500, 7500], "bandpass", fs=RATE, output="sos")
    return 0.1 * sosfilt(band, np.random.default_rng(seed).standard_normal(round(seconds * RATE)))


def _vowel(seconds: float, formants: tuple[int, ...]) -> np.ndarray:
    """A train of pulses at 120 Hz through resonances of 80 Hz width."""
    wave = np.zeros(round(seconds * RATE))
    wave[:: RATE // 120] = 1
    radius = np.exp(-np.pi * 80 / RATE)
    for formant in formants:
        wave = lfilter([1], [1, -2 * radius * np.cos(2 * np.pi * formant / RATE), radius**2], wave)
    return 0.5 * wave / np.abs(wave).max()
