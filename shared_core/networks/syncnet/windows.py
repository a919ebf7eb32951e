"""The expert's grid of 25 moments a second: windows of pictures of any rate on it, and judging there."""

from __future__ import annotations

import numpy as np

WINDOW = 5
STEP_S = 0.04
"""Pictures and steps of sound in a window, and the seconds between two; the sound's own in the middle."""
NEAREST, FARTHEST = 5, 15
"""Moments by which a sound is surely wrong: 200 to 600 ms."""
SHIFTS = tuple(shift for size in range(NEAREST, FARTHEST + 1) for shift in (-size, size))
"""Those at which the expert is judged."""
HEIGHT = 208
"""Of the face crops from which mouths are cut for it, px."""
STEPS_S = STEP_S * (np.arange(WINDOW) - WINDOW // 2)
"""The moments of a window about its middle, s."""


def nearest_rows(seconds: np.ndarray, moments: np.ndarray, picture_s: float | None = None) -> np.ndarray:
    """Of pictures at `seconds` (N,), rising, the one nearest each of `moments` (...); -1 beyond half a step.

    Half a step is that of the pictures (picture_s, or what lies between most of them) or of the grid,
    whichever is longer: no picture of 24 or 30 a second is refused. With `seconds[row] + STEPS_S` this gives
    the window around a picture.
    """
    if picture_s is None:
        picture_s = 0.0 if len(seconds) == 1 else float(np.median(np.diff(seconds)))
    step = max(picture_s, STEP_S)
    after = np.clip(np.searchsorted(seconds, moments), 1, max(len(seconds) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(seconds) - 1)
    closer = np.where(np.abs(seconds[before] - moments) <= np.abs(seconds[after] - moments), before, after)
    return np.where(np.abs(seconds[closer] - moments) <= 0.5 * step + 1e-6, closer, -1)


def auc(true: np.ndarray, false: np.ndarray) -> float:
    """How often a true score lies above a false one, ties counting half; NaN of none."""
    if not len(true) or not len(false):
        return float("nan")
    ordered = np.sort(false)
    below = np.searchsorted(ordered, true, "left")
    not_above = np.searchsorted(ordered, true, "right")
    return float((below + not_above).mean() / 2 / len(false))
