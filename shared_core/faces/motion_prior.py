"""The motion from references to a wanted face that their landmarks tell, before any network adds to it."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..geometry.face_field import FaceField
from ..values import Window
from .face_crop import SIZE
from .topology import MOUTH_TRIANGLES, tesselation

STEP = 4
"""Size of a cell of the motion's grid, px of a crop of SIZE."""
GRID = (SIZE[0] // STEP, SIZE[1] // STEP)
_REACH = 60.0
_POINTS = 468


@cache
def _mesh() -> np.ndarray:
    return np.vstack([tesselation(), np.array(MOUTH_TRIANGLES)])


def motion_prior(wanted: np.ndarray, lent: np.ndarray) -> np.ndarray:
    """Where each cell of a crop's grid comes from in each reference: float32 (R, *GRID, 2), px of the grid.

    wanted: (478, 2), where the face shall be, px of a crop of SIZE. lent: (R, 478, 2), the references',
    likewise. Backward, y down: `out(p) = reference(p + motion(p))`. Exact on the mesh of the face; beyond
    it the motion of the outline fades away over 60 px.
    """
    window = Window(0, 0, SIZE[1], SIZE[0])
    points = wanted[:_POINTS].astype(np.float64)
    field = FaceField.over(points, _mesh(), window, STEP, _REACH)
    way = (lent[:, :_POINTS] - points).transpose(1, 0, 2).reshape(_POINTS, -1)
    dense = field.spread(way, 0.3 * STEP)[STEP // 2 :: STEP, STEP // 2 :: STEP]
    return np.ascontiguousarray(dense.reshape(*GRID, len(lent), 2).transpose(2, 0, 1, 3) / STEP, np.float32)
