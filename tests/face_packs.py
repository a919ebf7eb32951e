"""Made-up packs: a talking face cropped as a movie's would be."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
from talking_face import Take, talk

from shared_core.networks.iptalker.config import Config
from shared_core.tuning.face_pack import FacePack, make_pack
from shared_core.values import Speech

SMALL = Config("small", 208, 160, channels=8, embedding=16, units=1, heads=2, spade=4)
WIDE = Config("wide", 112, 80, references=5, channels=32, embedding=16, units=1, heads=2, spade=16)
"""Smaller pictures and more channels: this one learns in seconds."""


def take_of(seed: int, count: int = 120) -> Take:
    return Take(talk(count, seed=seed), jaw=0.02, size=(256, 320), y=170.0, seed=seed)


@cache
def pack_of(seed: int = 1, count: int = 120, heard: bool = True) -> FacePack:
    """As made from a take with a sound whose features follow the mouth."""
    take = take_of(seed, count)
    rows = 4 * count
    features = np.random.default_rng(seed).normal(0, 0.1, (rows, 768)).astype(np.float32)
    features[:, 0] = np.interp(np.arange(rows) / 100, take.track.seconds, take.opening)
    sound = Speech(np.arange(rows), features, np.zeros(rows, np.float32), 100.0, 0.0, "whisper")
    return make_pack(f"take{seed}", take.clip, take.track, (sound, 0.0) if heard else None, 208, "made up")


def without(pack: FacePack, **changed) -> FacePack:
    return dataclasses.replace(pack, **changed)
