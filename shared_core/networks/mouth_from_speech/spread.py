"""From z-scores back to one person's mouth: mean, spread and shape of the distribution.

Sound says when a mouth opens, not how far this person opens it; and a prediction is always calmer than
the truth. Both are put back from the person's own plate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from ...values import Track
from .targets import LEAST_S, OPENING, MouthCurves, mouth_curves
from .weights import DriveNetwork, read_network

LEVELS = (np.arange(25) + 0.5) / 25
_SCALE_S = 6.0
"""So many seconds of the pool's spread go into a voice's: a short one says little about its own."""
_QUIET, _SYLLABLE_S = 0.35, 0.6
"""A plate whose mouth moves less than this share of the usual from one syllable to the next shows nobody
who speaks, and no range worth copying; people who speak and a man who smiles lie far to either side of it.
"""


@dataclass(frozen=True)
class MouthRange:
    """How one person's mouth is distributed.

    quantiles: (25, 4), the curves at LEVELS, ascending, in mouth widths. closed_opening: of closed lips.
    said: what was taken from where, for the artist.
    """

    quantiles: np.ndarray
    closed_opening: float
    said: str = ""

    @classmethod
    def of(cls, track: Track, network: DriveNetwork | None = None) -> Self:
        """Learn from the frames of `track` that show the mouth.

        Where the actor does not speak in the plate, rests or smiles, the usual spread of speech stands in
        for it, around the actor's own middle, and `said` says so; so where the plate is shorter than
        LEAST_S. Raises FaceError where no mouth shows.
        """
        network = read_network() if network is None else network
        curves = mouth_curves(track, least_s=0.0)
        length = float(np.ptp(curves.seconds))
        if length < LEAST_S:
            why = f"the plate shows the mouth for {length:.1f} s"
        else:
            share = _liveliness(curves) / network["spread.typical"][OPENING]
            if share >= _QUIET:
                said = f"mean and spread of the actor's own mouth, from {len(curves.seconds)} frames"
                return cls(np.quantile(curves.values, LEVELS, axis=0), curves.closed_opening, said)
            why = f"the actor does not speak in the plate ({100 * share:.0f} % of the usual motion)"
        usual = _typical(network, curves.closed_opening, np.median(curves.values, axis=0))
        return cls(usual, curves.closed_opening, f"{why}: the usual spread of speech is taken in its place")


def _liveliness(curves: MouthCurves) -> float:
    """Standard deviation of the opening about its own moving mean over _SYLLABLE_S: a smile is too slow."""
    step = float(np.median(np.diff(curves.seconds)))
    reach = max(1, round(0.5 * _SYLLABLE_S / step))
    opening = np.pad(curves.values[:, OPENING], reach, mode="edge")
    mean = np.convolve(opening, np.full(2 * reach + 1, 1.0 / (2 * reach + 1)), mode="valid")
    return float((curves.values[:, OPENING] - mean).std())


def _typical(network: DriveNetwork, closed: float, median: np.ndarray) -> np.ndarray:
    """The pool's usual distribution (25, 4), laid on this person's closed lips and middle."""
    shape = network["spread.shape"].astype(float) * network["spread.typical"]
    shape = shape - shape[len(LEVELS) // 2] + median
    shape[:, OPENING] += closed - shape[0, OPENING]
    return shape


def restore(
    scores: np.ndarray, mouth_range: MouthRange, network: DriveNetwork | None = None, step_s: float = 0.04
) -> np.ndarray:
    """z-scores (N, 4), as `predict` makes them, to the person's curves, float64 (N, 4), mouth widths.

    Each curve goes through one rising function for the whole voice, so that order is kept: the
    prediction's own distribution, known from the pool and widened to this voice's spread, onto the
    person's. Beyond the person's outer levels it goes on along a straight line. The opening
    never falls below closed lips. step_s: seconds between two rows.
    """
    network = read_network() if network is None else network
    levels = network["spread.levels"].astype(float)
    known = len(scores) * step_s / (len(scores) * step_s + _SCALE_S)
    own = np.sqrt(known * (scores.var(axis=0) / levels.var(axis=0)) + (1.0 - known))
    columns = [
        _through(scores[:, i] / own[i], levels[:, i], mouth_range.quantiles[:, i])
        for i in range(scores.shape[1])
    ]
    curves = np.stack(columns, axis=-1)
    curves[:, OPENING] = np.maximum(curves[:, OPENING], mouth_range.closed_opening)
    return curves


def _through(values: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Values on the rising polyline from `source` to `target` levels, straight on beyond its ends."""
    slope = np.ptp(target) / np.ptp(source)
    beyond = np.minimum(values - source[0], 0.0) + np.maximum(values - source[-1], 0.0)
    return np.interp(values, source, target) + slope * beyond
