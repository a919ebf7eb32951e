"""Which moment of the performance belongs to which plate frame, and is the dub on time?"""

from __future__ import annotations

import numpy as np

from .alignment import need_frames

MOST_LAG = 10
LEAST_OVERLAP = 12


def at_times(values: np.ndarray, seconds: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Interpolate `values` (N, ...) known at `seconds` (N,), ascending, at the times `wanted` (M,).

    Linear between neighbours. NaN before the first and after the last (half a frame of grace, as a
    frame lasts until the next one begins), and where either neighbour is NaN.
    """
    values, seconds, wanted = np.asarray(values, float), np.asarray(seconds, float), np.asarray(wanted, float)
    result = np.full((len(wanted), *values.shape[1:]), np.nan)
    if len(seconds) == 0:
        return result
    grace = 0.5 * float(np.median(np.diff(seconds))) if len(seconds) > 1 else 0.0
    inside = (wanted >= seconds[0] - grace - 1e-9) & (wanted <= seconds[-1] + grace + 1e-9)
    times = np.clip(wanted[inside], seconds[0], seconds[-1])
    right = np.clip(np.searchsorted(seconds, times - 1e-9), 0, len(seconds) - 1)
    left = np.where(seconds[right] > times + 1e-9, np.maximum(right - 1, 0), right)
    span = np.where(right > left, seconds[right] - seconds[left], 1.0)
    share = ((times - seconds[left]) / span).clip(0, 1).reshape((-1,) + (1,) * (values.ndim - 1))
    # Where a frame is hit exactly its neighbour must not matter, be it NaN.
    blended = np.where(share > 0, values[left] * (1 - share) + values[right] * share, values[left])
    result[inside] = blended
    return result


def lag_frames(output: np.ndarray, driver: np.ndarray, most: int = MOST_LAG) -> float:
    """How many frames the dub comes after the driver (negative: before), from the opening's curves.

    The lag k in -most..most with the highest Pearson r of output[t] with driver[t - k], refined by
    the parabola through its two neighbours. Curves (N,), one value a plate frame, consecutive, NaN
    where missing; a lag needs 12 frames in common. NaN where no lag has a positive r or a curve
    never moves. Raises BadInput below 12 frames.
    """
    need_frames(np.stack([output, driver], axis=1), "lag", least=LEAST_OVERLAP)
    lags = np.arange(-most, most + 1)
    scores = np.array([_shifted_r(output, driver, lag) for lag in lags])
    if not np.isfinite(scores).any() or np.nanmax(scores) <= 0:
        return float("nan")
    best = int(np.nanargmax(scores))
    if 0 < best < len(lags) - 1 and np.isfinite(scores[best - 1 : best + 2]).all():
        before, peak, after = scores[best - 1 : best + 2]
        bend = before - 2 * peak + after
        return float(lags[best] + (0.5 * (before - after) / bend if bend < 0 else 0.0))
    return float(lags[best])


def _shifted_r(output: np.ndarray, driver: np.ndarray, lag: int) -> float:
    a = output[max(lag, 0) : len(output) + min(lag, 0)]
    b = driver[max(-lag, 0) : len(driver) - max(lag, 0)]
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    if len(a) < LEAST_OVERLAP or np.ptp(a) < 1e-9 or np.ptp(b) < 1e-9:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
