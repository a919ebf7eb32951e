"""How strongly each landmark follows the performance: fully at the lips, not at all at the nose."""

from __future__ import annotations

import numpy as np

from .canonical import MouthSpace
from .topology import FACE_OVAL, JAW, LIPS_INNER, LIPS_OUTER

# In mouth widths from the neutral mouth's middle, y down. The nose's base lies near y = -0.45, the
# chin near +0.95, the cheek below the ear near |x| = 1.3.
_UPPER_EDGE = (-0.50, -0.28)
_SIDE_EDGE = (0.65, 1.30)
_LIPS_EDGE = (0.10, 0.50)
"""How far from the lips a landmark's own place begins to count, and alone counts."""


def smoothstep(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below `low`, 1 above `high`, a cubic ease between."""
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def pull_weights(space: MouthSpace) -> np.ndarray:
    """One weight a landmark, float (478,), 0 to 1.

    Along the jaw the weight falls from the chin to the ears by the way along the contour, so that
    the jaw's edge bends as one curve.
    """
    x, y = space.neutral.T
    weights = smoothstep(y, *_UPPER_EDGE) * (1.0 - smoothstep(np.abs(x), *_SIDE_EDGE))
    line = space.neutral[list(JAW)]
    steps = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
    way = np.abs(2.0 * steps / steps[-1] - 1.0)
    weights[list(JAW)] = 1.0 - smoothstep(way, 0.15, 0.85)
    upper_oval = sorted(set(FACE_OVAL) - set(JAW))
    weights[upper_oval] = 0.0
    weights[468:] = 0.0
    weights[list(LIPS_OUTER + LIPS_INNER)] = 1.0
    return weights


def lip_weights(space: MouthSpace) -> np.ndarray:
    """1 at each landmark of the lips, falling to 0 away from them, float (478,)."""
    lips = space.neutral[list(LIPS_OUTER + LIPS_INNER)]
    away = np.linalg.norm(space.neutral[:, None] - lips, axis=-1).min(axis=1)
    return 1.0 - smoothstep(away, *_LIPS_EDGE)
