"""Small movies, and a folder of made-up people who speak."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from speaking_people import Person

RATE = 16000


def write_movie(path: Path, seconds: float = 2.0, sound: np.ndarray | None = None) -> Path:
    """A grey movie of 64x64 at 25 fps, and its sound (N,) at RATE, -1 to 1."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=25)
        pictures.width = pictures.height = 64
        pictures.pix_fmt = "yuv420p"
        voice = None if sound is None else container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        grey = np.full((64, 64, 3), 128, np.uint8)
        for number in range(round(25 * seconds)):
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        if voice is not None:
            samples = np.round(32767 * sound).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, 0
            container.mux(voice.encode(frame))
            container.mux(voice.encode(None))
    return path


@pytest.fixture
def noise() -> np.ndarray:
    """Two seconds."""
    return 0.1 * np.random.default_rng(0).uniform(-1, 1, 2 * RATE)


@pytest.fixture(scope="session")
def people(tmp_path_factory) -> Path:
    """Four people of 6 s, tracked and heard; the sound of the third is 120 ms late."""
    folder = tmp_path_factory.mktemp("people")
    for seed, offset_s in ((1, 0.0), (2, 0.0), (3, 0.12), (4, 0.0)):
        Person(seed, seconds=6.0, offset_s=offset_s, voice=0.2).store(folder)
    return folder
