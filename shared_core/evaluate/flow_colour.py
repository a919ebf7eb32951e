"""Flow as colour: direction is hue, length is saturation (Baker et al. 2011, the Middlebury wheel)."""

from __future__ import annotations

from functools import cache

import numpy as np

# Steps between red, yellow, green, cyan, blue and magenta: equal steps look unequal to the eye.
_STEPS = (15, 6, 4, 11, 13, 6)


@cache
def wheel() -> np.ndarray:
    """The 55 hues: float32 (55, 3), 0 to 1."""
    corners = [(1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1), (1, 0, 0)]
    corners = np.array(corners, np.float32)
    parts = [
        start + (end - start) * (np.arange(count)[:, None] / count)
        for count, start, end in zip(_STEPS, corners[:-1], corners[1:], strict=True)
    ]
    hues = np.concatenate(parts).astype(np.float32)
    hues.flags.writeable = False
    return hues


def flow_colour(vectors: np.ndarray, longest: float) -> np.ndarray:
    """Colour a flow: uint8 (H, W, 3); no motion is white, `longest` px is full colour, beyond darker.

    vectors: float (H, W, 2), dx and dy in px, y down. Hue by the direction's angle, atan2(-dy, -dx),
    as Middlebury's own code has it. NaN shows black.
    """
    if longest <= 0:
        raise ValueError(f"longest is {longest}; expected a length above 0 px")
    dx, dy = vectors[..., 0] / longest, vectors[..., 1] / longest
    length = np.hypot(dx, dy)
    known = np.isfinite(length)
    angle = np.arctan2(-np.where(known, dy, 0), -np.where(known, dx, 0)) / np.pi
    hues = wheel()
    place = (angle + 1) / 2 * (len(hues) - 1)
    lower = np.floor(place).astype(int)
    share = (place - lower)[..., None]
    colour = hues[lower] * (1 - share) + hues[(lower + 1) % len(hues)] * share
    length = np.where(known, length, 0)[..., None]
    colour = np.where(length <= 1, 1 - length * (1 - colour), colour * 0.75)
    return np.where(known[..., None], colour * 255, 0).round().astype(np.uint8)


def legend(size: int) -> np.ndarray:
    """The wheel itself: uint8 (size, size, 3), pointing where the vectors point."""
    axis = (np.arange(size) + 0.5) / size * 2 - 1
    vectors = np.stack(np.meshgrid(axis, axis), axis=-1)
    vectors[np.hypot(vectors[..., 0], vectors[..., 1]) > 1] = 0
    return flow_colour(vectors, 1.0)
