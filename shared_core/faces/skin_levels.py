"""The light on the skin around the mouth, at a few places, frame by frame."""

from __future__ import annotations

import numpy as np

from ..values import Clip, Track, Window
from .canonical import MouthSpace

# Philtrum, cheeks beside the mouth (upper, lower), beside the chin, chin: skin that the lips' own
# red and shadow do not reach. Left and right are the picture's.
LEVEL_POINTS = (164, 206, 426, 212, 432, 210, 430, 200)
_RADIUS = 0.09  # mouth widths


def skin_levels(clip: Clip, track: Track, space: MouthSpace, rows: np.ndarray) -> np.ndarray:
    """Mean scene-linear RGB around LEVEL_POINTS, float64 (len(rows), 8, 3), of `rows` of the track."""
    levels = np.empty((len(rows), len(LEVEL_POINTS), 3))
    radii = _RADIUS * np.abs(space.pose(track.landmarks[rows]).turn)
    for index, (row, radius) in enumerate(zip(rows, radii, strict=True)):
        points = track.landmarks[row, list(LEVEL_POINTS), :2]
        low, high = points.min(axis=0) - radius - 1, points.max(axis=0) + radius + 1
        window = Window.around(*low, *high)
        pixels = clip.image(int(track.frames[row]), window).pixels
        for place, (x, y) in enumerate(points - (window.x, window.y)):
            r = max(1, round(radius))
            patch = pixels[max(0, int(y) - r) : int(y) + r + 1, max(0, int(x) - r) : int(x) + r + 1]
            finite = patch[np.isfinite(patch).all(axis=-1)]
            levels[index, place] = finite.mean(axis=0) if len(finite) else 0.0
    return levels


def light_gain(wanted: np.ndarray, lent: np.ndarray) -> np.ndarray:
    """Factor from one light to another, (..., 3), between 1/4 and 4; 1 where a level is not above 0."""
    usable = (wanted > 1e-6) & (lent > 1e-6)
    ratio = np.divide(wanted, lent, out=np.ones_like(wanted), where=usable)
    return np.clip(ratio, 0.25, 4.0)
