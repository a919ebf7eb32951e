"""Log-mel spectrogram with Whisper's constants.

Reference: Radford et al. 2022, section 2.2; mel scale and area-normalised triangles after Slaney's
Auditory Toolbox (1998).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from .samples import RATE

WINDOW = 400
HOP = 160
BANDS = 80
FRAME_RATE = RATE / HOP
_FAINTEST = 1e-10
_RANGE_LOG10 = 8.0
_FRAMES_AT_ONCE = 4096
_LINEAR_HZ_A_MEL = 200.0 / 3.0
_LOG_FROM_HZ = 1000.0
_LOG_STEP = np.log(6.4) / 27.0


def log_mel(samples: np.ndarray, frames: int | None = None) -> np.ndarray:
    """Whisper's log-mel spectrogram of a whole sound: float32 (frames, BANDS).

    samples: (N,), at RATE. frames: how many; left out, those whose centre lies in the sound. Frame k
    looks at 25 ms around k / 100 s, through a Hann window; before the sound lies its mirror image,
    after it silence. The logarithm to base 10 ends 8 below its maximum in the sound; then 4 is added
    and all divided by 4. The maximum is the whole sound's: windows of a long one share one scale.
    """
    if frames is None:
        frames = -(-len(samples) // HOP)
    spectrum = np.full((frames, BANDS), np.log10(_FAINTEST), np.float32)
    heard = min(frames, -(-(len(samples) + WINDOW // 2) // HOP))
    padded = np.pad(samples, (WINDOW // 2, 0), mode="reflect")
    padded = np.pad(padded, (0, max(0, (heard - 1) * HOP + WINDOW - len(padded))))
    slices = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    window, bands = _hann(), mel_bands()
    for first in range(0, heard, _FRAMES_AT_ONCE):
        last = min(first + _FRAMES_AT_ONCE, heard)
        wave = np.fft.rfft(slices[first:last] * window, axis=1)
        power = np.square(wave.real) + np.square(wave.imag)
        spectrum[first:last] = np.log10(np.maximum(power @ bands, _FAINTEST))
    np.maximum(spectrum, spectrum.max() - _RANGE_LOG10, out=spectrum)
    return (spectrum + np.float32(4.0)) / np.float32(4.0)


def halved(spectrum: np.ndarray) -> np.ndarray:
    """Every second frame, each with a quarter of either neighbour and half of itself: (F, B) -> (F / 2, B).

    Frame j stands where frame 2 j stood. At the ends the frame itself stands for its neighbour.
    """
    padded = np.pad(spectrum, ((1, 1), (0, 0)), mode="edge")
    return (0.25 * padded[:-2:2] + 0.5 * padded[1:-1:2] + 0.25 * padded[2::2]).astype(np.float32)


def _hann() -> np.ndarray:
    """The periodic Hann window, float32 (WINDOW,)."""
    return (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


@cache
def mel_bands() -> np.ndarray:
    """Triangles over the power spectrum's lines: float32 (WINDOW // 2 + 1, BANDS).

    From 0 Hz to half the rate, evenly spaced on Slaney's mel scale, each of area 1 (over Hz, times 2).
    """
    edges = _hz(np.linspace(0.0, _mel(RATE / 2.0), BANDS + 2))
    lines = np.arange(WINDOW // 2 + 1)[:, None] * (RATE / WINDOW)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (lines - low) / (middle - low), (high - lines) / (high - middle)
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (high - low))).astype(np.float32)


def _mel(hz: float) -> float:
    """Slaney's scale: even up to 1 kHz, logarithmic above; `hz` above 1 kHz."""
    return _LOG_FROM_HZ / _LINEAR_HZ_A_MEL + np.log(hz / _LOG_FROM_HZ) / _LOG_STEP


def _hz(mel: np.ndarray) -> np.ndarray:
    corner = _LOG_FROM_HZ / _LINEAR_HZ_A_MEL
    above = _LOG_FROM_HZ * np.exp(_LOG_STEP * (np.maximum(mel, corner) - corner))
    return np.where(mel < corner, mel * _LINEAR_HZ_A_MEL, above)
