"""A voice to mouth curves."""

from __future__ import annotations

import numpy as np

from ...values import Speech
from . import gru
from .context import at, reduced, stacked
from .weights import DriveNetwork, read_network


def predict(speech: Speech, seconds: np.ndarray, network: DriveNetwork | None = None) -> np.ndarray:
    """Opening, width, pucker and jaw (faces.mouth_modes.MODE_CURVES) as z-scores, float64 (N, 4).

    seconds: (N,), moments on the time base of `speech`: for the mouth of the picture at t, ask for
    t + offset (above 0: the sound is late). A z-score of 0 is the mouth's mean over a clip of speech, 1
    is one standard deviation of the *predictions*: `spread.restore` makes it a person's own mouth widths.
    Beyond the sound the nearest step's value is held; `speech.covers` says where that is.
    network: the shipped one, or what `refit` returned. Raises BadInput for other features than the
    network's, ModelError where its file is missing or damaged.
    """
    network = read_network() if network is None else network
    steps_s, curves = predict_steps(speech, network)
    return at(curves, steps_s, np.asarray(seconds, float))


def predict_steps(speech: Speech, network: DriveNetwork) -> tuple[np.ndarray, np.ndarray]:
    """The same on the network's own steps: times (T,), curves (T, 4)."""
    steps_s, values = reduced(speech, network)
    return steps_s, blend(values, network)


def blend(values: np.ndarray, network: DriveNetwork) -> np.ndarray:
    """Reduced features (T, K) to z-scores (T, 4): the ridge averaged with the recurrent networks.

    They err in different ways: the average is better than either.
    """
    curves = stacked(values, network.steps) @ network["ridge.coefficients"].astype(np.float64)
    seeds = network.gru_seeds
    if not seeds:
        return curves
    share = network.number("gru_share")
    recurrent = gru.forward(values, [gru_weights(network, seed) for seed in seeds]).mean(axis=0)
    return (1.0 - share) * curves + share * recurrent


def gru_weights(network: DriveNetwork, seed: str) -> dict[str, np.ndarray]:
    """The arrays of one recurrent network, by its own names."""
    prefix = f"gru.{seed}."
    return {n.removeprefix(prefix): a for n, a in network.arrays.items() if n.startswith(prefix)}
