"""The samples that all features are made of: 16 kHz, checked; and how loud they are."""

from __future__ import annotations

from math import gcd

import numpy as np

from ...spec.errors import BadInput
from ...values import Sound

RATE = 16000
SHORTEST_S = 0.1
LOWEST_RATE = 4000
LOUDEST = 1000.0
"""Times full scale: beyond lies a damaged file, not a loud voice."""
SILENCE_DB = -120.0
_LOUDNESS_WINDOW_S = 0.05


def speech_samples(sound: Sound) -> np.ndarray:
    """The samples of `sound` at RATE: float32 (N,), sample n at n / RATE after the first.

    A higher rate is filtered (Kaiser window, no delay) before it is brought down, a lower one is
    interpolated: it gains no treble. Raises BadInput for a sound shorter than SHORTEST_S, of a rate
    below LOWEST_RATE, or with samples that are not finite or beyond LOUDEST.
    """
    if sound.rate < LOWEST_RATE:
        raise BadInput(
            f"the sound has {sound.rate} samples a second; expected {LOWEST_RATE} at least: speech is"
            " not to be understood below; give another file"
        )
    if sound.duration < SHORTEST_S:
        raise BadInput(
            f"the sound lasts {sound.duration:.3f} s; expected {SHORTEST_S:g} s at least; check the file"
        )
    broken = np.flatnonzero(~(np.abs(sound.samples) <= LOUDEST))
    if len(broken):
        raise BadInput(
            f"the sound has {len(broken)} samples that are no sound, the first {sound.samples[broken[0]]:g},"
            f" {broken[0] / sound.rate:.3f} s after its start; expected -1 to 1; write the file again"
        )
    if sound.rate == RATE:
        return sound.samples
    # Imported here: rendering a frame needs none of it, and would wait.
    from scipy.signal import resample_poly

    shared = gcd(RATE, sound.rate)
    return resample_poly(sound.samples, RATE // shared, sound.rate // shared).astype(np.float32)


def loudness_db(samples: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Root mean square over 50 ms around each moment, dB of full scale: float32 (T,).

    samples: (N,) at RATE. seconds: (T,) after the first sample. Outside the sound there is silence,
    which has SILENCE_DB.
    """
    power = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    half = round(_LOUDNESS_WINDOW_S / 2 * RATE)
    middle = np.round(np.asarray(seconds) * RATE).astype(np.int64)
    first, last = (np.clip(middle + shift, 0, len(samples)) for shift in (-half, half))
    mean = np.maximum(power[last] - power[first], 0.0) / (2 * half)
    return np.maximum(10.0 * np.log10(mean + 1e-30), SILENCE_DB).astype(np.float32)
