"""Made-up clips for the lip-sync expert: a dark mouth that opens, and sound features that follow it."""

from __future__ import annotations

import numpy as np
from speaking_people import Person

from shared_core.networks.syncnet.model import SIZE
from shared_core.tuning.syncnet_data import MARGIN, SyncClip

DEPTH = 12


def clip_of(seed: int, seconds: float = 8.0, heard: bool = True, speed: float = 1.0) -> SyncClip:
    """A clip whose mouth and sound say the same; the sound of another seed says something else."""
    person = Person(seed, seconds=seconds)
    moments = np.arange(round(seconds * 25)) / 25
    said = person.said(moments)
    tall, wide = SIZE[0] + 2 * MARGIN[0], SIZE[1] + 2 * MARGIN[1]
    y, x = np.mgrid[:tall, :wide]
    half = np.clip(5 + 4 * said[:, 0], 0.5, 14)[:, None, None]
    across = np.clip(18 + 4 * said[:, 1], 8, 28)[:, None, None]
    inside = ((y - tall / 2) / half) ** 2 + ((x - wide / 2) / across) ** 2 < 1
    mouths = np.where(inside[:, None], 40, np.array([200, 150, 130])[:, None, None]).astype(np.uint8)
    speech = person.speech.at(moments) if heard else np.zeros((len(moments), DEPTH), np.float32)
    return SyncClip(
        f"person{seed}", mouths, np.arange(len(moments)), speech.astype(np.float32),
        said.astype(np.float32), heard, speed)
