"""Does anything tremble or flicker that should not?"""

from __future__ import annotations

import numpy as np
from scipy.signal import savgol_coeffs

from ..faces import topology
from .alignment import need_frames

TAPS = 7
# What the tracker itself trembles on a perfect still, in mouth widths: keeps 0 / 0 at 1.
LANDMARK_FLOOR = 2e-4
# One eighth of an 8-bit step: what quantisation hides.
PIXEL_FLOOR = 0.125 / 255.0

_MOUTH = frozenset(topology.LIPS_OUTER + topology.LIPS_INNER)
_IRISES = frozenset(range(468, 478))
OUTSIDE_MOUTH = tuple(point for point in range(478) if point not in _MOUTH | _IRISES)


def tremble(points: np.ndarray) -> float:
    """Root mean square of what moves too fast for a face, in the unit of `points` (N, K, 2).

    The residual from a parabola fitted over 7 frames (Savitzky-Golay), for every frame whose 7
    frames are all there; root mean square in time for each point, median over points, so that a
    single lively point (an eyelid) does not decide. Raises BadInput below 7 frames in a row.
    """
    residual = _residual(points)
    finite = need_frames(residual, "jitter", least=1)
    squares = (residual[finite] ** 2).sum(axis=-1)
    return float(np.median(np.sqrt(squares.mean(axis=0))))


def _residual(points: np.ndarray) -> np.ndarray:
    """Middle frame minus the parabola through its 7 frames: (N - 6, K, 2)."""
    weights = -savgol_coeffs(TAPS, 2)
    weights[TAPS // 2] += 1.0
    count = max(0, len(points) - TAPS + 1)
    return sum(
        (weight * points[tap : tap + count] for tap, weight in enumerate(weights)),
        np.zeros((count, *points.shape[1:])),
    )


def jitter_outside_ratio(dub: np.ndarray, plate: np.ndarray, mouth_width: float) -> float:
    """Tremble of all points outside the mouth, dub over plate; 1: as steady as the plate.

    Landmarks (N, 478, 2) in px, NOT smoothed in time, one row a frame; eyes, cheeks, nose, jaw and
    outline, without lips and irises. mouth_width: the actor's, in px; 0.02 % of it is added to both,
    the tracker's own noise on a still.
    """
    outside = list(OUTSIDE_MOUTH)
    floor = LANDMARK_FLOOR * mouth_width
    return (tremble(dub[:, outside]) + floor) / (tremble(plate[:, outside]) + floor)


def jitter_lips_ratio(dub: np.ndarray, driver: np.ndarray) -> float:
    """Tremble of the lips, dub over driver; 1: as steady as the driver's own.

    Canonical lip points (N, points, 2) and (M, points, 2), in mouth widths, NOT smoothed in time,
    each at its own clip's frames: interpolated to the plate's rate the driver would look steadier
    than it is.
    """
    return (tremble(dub) + LANDMARK_FLOOR) / (tremble(driver) + LANDMARK_FLOOR)


def flicker(dub: np.ndarray, plate: np.ndarray, matte: np.ndarray) -> float:
    """Flicker of the skin around the mouth, dub over plate; 1: none is added.

    Root mean square of the second difference in time, x[t-1] - 2 x[t] + x[t+1], of upright,
    low-passed patches inside `matte`. dub, plate: float (N, H, W), display-coded 0 to 1, NaN
    frames where missing; matte: (H, W), 1 on the skin of the lower face without the lips.
    """
    if not (matte > 0.5).any():
        raise ValueError("flicker: the matte is empty; expected the skin of the lower face")
    dub, plate = ((frames[:, matte > 0.5]) for frames in (dub, plate))
    seconds = [frames[:-2] - 2 * frames[1:-1] + frames[2:] for frames in (dub, plate)]
    finite = need_frames(np.concatenate(seconds, axis=1), "flicker")
    rms = [float(np.sqrt((second[finite] ** 2).mean())) + PIXEL_FLOOR for second in seconds]
    return rms[0] / rms[1]
