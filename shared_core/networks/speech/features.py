"""From a sound to its features, by kind."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from ... import models
from ...models.safetensors_file import read_safetensors
from ...spec.errors import ModelError
from ...values import Sound, Speech
from ...values.speech import KINDS
from . import deepspeech, log_mel, whisper_blocks
from .samples import loudness_db, speech_samples

WHISPER = "whisper_tiny_en"
DEEPSPEECH = "deepspeech"
MODELS = {"whisper": WHISPER, "mel": "", "deepspeech": DEEPSPEECH}
"""The model that each kind runs with; "" for none."""


def speech_of(sound: Sound, kind: str = "whisper") -> Speech:
    """The features of `sound`, of any rate; kind: one of KINDS, all with 50 steps a second.

    whisper: 768 numbers, Whisper tiny.en's second and third encoder block. mel: Whisper's log-mel
    spectrogram, 80 bands, every second frame, softened over three. deepspeech: 29 logits, from the
    user's own graph. Raises BadInput (see speech_samples) and ModelError.
    """
    if kind not in KINDS:
        raise ValueError(f"speech kind {kind!r}; expected one of {', '.join(KINDS)}")
    samples = speech_samples(sound)
    features, rate, offset = _MAKERS[kind](samples)
    steps = np.arange(len(features))
    loudness = loudness_db(samples, offset + steps / rate)
    return Speech(steps, features, loudness, rate, sound.start + offset, kind)


def _whisper(samples: np.ndarray) -> tuple[np.ndarray, float, float]:
    return _loaded_whisper(models.path(WHISPER)).features(samples), whisper_blocks.STEP_RATE, 0.0


def _mel(samples: np.ndarray) -> tuple[np.ndarray, float, float]:
    return log_mel.halved(log_mel.log_mel(samples)), log_mel.FRAME_RATE / 2, 0.0


def _deepspeech(samples: np.ndarray) -> tuple[np.ndarray, float, float]:
    # Not kept: half a gigabyte, for one run a shot.
    network = deepspeech.DeepSpeech.load(models.path(DEEPSPEECH, fetch=False))
    return network.features(samples), deepspeech.STEP_RATE, deepspeech.FIRST_CENTRE_S


_MAKERS = {"whisper": _whisper, "mel": _mel, "deepspeech": _deepspeech}


@lru_cache(maxsize=1)
def _loaded_whisper(path: Path) -> whisper_blocks.WhisperBlocks:
    try:
        return whisper_blocks.WhisperBlocks(read_safetensors(path)[0])
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None
