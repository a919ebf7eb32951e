"""Sound files as artists have them, and with something wrong."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

RATE = 16000


def write_wav(path: Path, samples: np.ndarray, rate: int = RATE, bits: int = 16, channels: int = 1) -> Path:
    """Samples (N,) into every channel of a plain PCM file of 8 or 16 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = np.repeat(np.clip(samples, -1, 1)[:, None], channels, axis=1)
    whole = (frames * 127 + 128).astype("u1") if bits == 8 else (frames * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(bits // 8)
        file.setframerate(rate)
        file.writeframes(whole.tobytes())
    return path


def speech(footage: Path, talker: str) -> np.ndarray:
    """What a talker of GRID says in 3 s: (N,) at RATE."""
    from shared_core.media import read_sound

    return read_sound(footage / f"public/grid_{talker}.mpg", RATE).samples


def music(count: int) -> np.ndarray:
    """A wandering chord, as loud as a voice: (count,)."""
    time = np.arange(count) / RATE
    chord = sum(np.sin(2 * np.pi * pitch * time) for pitch in (220, 277, 330, 440))
    return 0.1 * chord * (0.6 + 0.4 * np.sin(2 * np.pi * 2.5 * time))
