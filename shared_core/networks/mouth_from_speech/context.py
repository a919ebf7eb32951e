"""Speech features as the network sees them: on its own steps, centred on the clip, reduced."""

from __future__ import annotations

import numpy as np

from ...spec.errors import BadInput
from ...values import Speech
from .weights import DriveNetwork

_POOL_S = 2.0
"""So many seconds of the pool's mean go into a clip's: a short voice says little about its own."""


def steps_of(speech: Speech, step_s: float) -> np.ndarray:
    """The times of the network's steps over the whole of `speech`, s, (T,)."""
    last = speech.start + (len(speech.frames) - 1) / speech.rate
    return speech.start + step_s * np.arange(int(np.floor((last - speech.start) / step_s + 1e-6)) + 1)


def reduced(speech: Speech, network: DriveNetwork) -> tuple[np.ndarray, np.ndarray]:
    """The steps' times (T,) and the reduced features (T, K), float64.

    Each clip is centred on its own mean: microphone, room and voice shift it, and the mouth does not.
    Raises BadInput where `speech` is of another kind than the network was trained on.
    """
    check_kind(speech, network)
    seconds = steps_of(speech, network.step_s)
    return seconds, reduce(speech.at(seconds), network)


def check_kind(speech: Speech, network: DriveNetwork) -> None:
    """Raise BadInput where the network cannot read these features."""
    depth = len(network["normal.mean"])
    if speech.kind != network.kind or speech.features.shape[1] != depth:
        raise BadInput(
            f"the speech features are {speech.kind!r} with {speech.features.shape[1]} channels; this"
            f" drive network reads {network.kind!r} with {depth}: choose these features, or train a network"
            " with `dub train drive --speech`"
        )


def reduce(features: np.ndarray, network: DriveNetwork) -> np.ndarray:
    """Features (T, D) of one clip to (T, K)."""
    features = np.asarray(features, np.float64)
    share = len(features) / (len(features) + _POOL_S / network.step_s)
    centre = share * features.mean(axis=0) + (1.0 - share) * network["normal.mean"]
    return ((features - centre) / network["normal.scale"]) @ network["normal.basis"].astype(np.float64)


def stacked(values: np.ndarray, steps: int) -> np.ndarray:
    """Each step with its neighbours: (T, K) to (T, steps * K), the ends repeated."""
    half = steps // 2
    padded = np.pad(values, ((half, half), (0, 0)), mode="edge")
    return np.concatenate([padded[i : i + len(values)] for i in range(steps)], axis=1)


def at(values: np.ndarray, steps_s: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Values (T, C) of the steps read at any times (N,), on straight lines; held at the ends."""
    return np.stack([np.interp(seconds, steps_s, column) for column in values.T], axis=-1)
