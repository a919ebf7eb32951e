"""Fit the network to one shot: the actor's own plate and its own sound."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...spec.errors import BadInput
from ...values import Speech, Track
from .context import at, reduced, stacked
from .targets import LEAST_S, mouth_curves
from .weights import DriveNetwork, read_network

_TRUST_S = 3.0
"""An actor heard for this long counts half as much as the whole pool, for much longer as much as it."""


@dataclass(frozen=True)
class Refit:
    """network: fitted to the shot. seconds: of the actor that it learnt from. said: for the artist."""

    network: DriveNetwork
    seconds: float
    said: str


def refit(
    own_speech: Speech, track: Track, *, offset_s: float = 0.0, until_s: float | None = None,
    network: DriveNetwork | None = None,
) -> Refit:
    """Solve the ridge again, jointly over the pool that it was trained on and the actor's own take.

    own_speech: features of the plate's own sound. track: the plate's. offset_s: how late that sound is
    (see `sync`). until_s: learn from frames before this time alone. The pool's sums are part of the
    weight file; the recurrent networks stay, with a smaller share. Without torch, in well under a second.
    Raises BadInput where sound and mouth share too little time, FaceError where no mouth shows.
    """
    network = read_network() if network is None else network
    values, scores, seconds = paired(own_speech, track, network, offset_s, until_s)
    gram, cross = pool_sums(network)
    weight = seconds / (seconds + _TRUST_S)
    gram = gram + weight * (values.T @ values) / len(values)
    cross = cross + weight * (values.T @ scores) / len(values)
    arrays = {"ridge__coefficients": solve(gram, cross, network.number("penalty")).astype(np.float32)}
    share = network.number("gru_share") * network.number("gru_share_refit")
    fitted = network.with_arrays(**arrays)
    fitted = replace(fitted, facts={**fitted.facts, "gru_share": f"{share:g}"})
    return Refit(fitted, seconds, f"refitted to {seconds:.1f} s of the plate's own sound and mouth")


def paired(
    speech: Speech, track: Track, network: DriveNetwork, offset_s: float, until_s: float | None = None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Context features (N, steps * K), z-scores (N, 4) where both are there, and how long that is, s."""
    curves = mouth_curves(track)
    moments = curves.seconds + offset_s
    chosen = speech.covers(moments)
    if until_s is not None:
        chosen &= curves.seconds < until_s
    step = float(np.median(np.diff(curves.seconds)))
    length = float(chosen.sum() * step)
    if length < LEAST_S:
        raise BadInput(
            f"sound and mouth share {length:.1f} s; expected {LEAST_S:g} s or more: give the plate's own"
            " sound, or use the network as it is"
        )
    steps_s, values = reduced(speech, network)
    own = curves.values[chosen]
    scores = (own - own.mean(axis=0)) / np.maximum(own.std(axis=0), 1e-6)
    return at(stacked(values, network.steps), steps_s, moments[chosen]), scores, length


def pool_sums(network: DriveNetwork) -> tuple[np.ndarray, np.ndarray]:
    """X^T X (P, P) and X^T Y (P, 4) of the training data, a row of it on average."""
    rows = len(network["pool.cross"])
    factor = np.zeros((rows, rows))
    factor[np.tril_indices(rows)] = network["pool.factor"]
    return factor @ factor.T, network["pool.cross"].astype(float)


def solve(gram: np.ndarray, cross: np.ndarray, penalty: float) -> np.ndarray:
    """Ridge coefficients (P, 4); the penalty counts in units of the features' mean square."""
    return np.linalg.solve(gram + penalty * np.trace(gram) / len(gram) * np.eye(len(gram)), cross)
