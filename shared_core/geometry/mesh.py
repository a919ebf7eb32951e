"""A triangle mesh as a dense map: values at points become values at pixels.

Convention: points in grid coordinates, cell centres at +0.5, y down.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Raster:
    """Which triangle covers each cell, and where in it the cell's centre lies.

    triangles: int (T, 3). owner: int32 (height, width), -1 where none. weights: float32 (height,
    width, 3), barycentric.
    """

    triangles: np.ndarray
    owner: np.ndarray
    weights: np.ndarray

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Interpolate `values`, float (points, channels), over the grid; 0 where no triangle is."""
        corners = values.astype(np.float32)[self.triangles]
        dense = np.einsum("hwc,hwcd->hwd", self.weights, corners[np.maximum(self.owner, 0)])
        dense[self.owner < 0] = 0
        return dense


_SHIFT = 4  # fixed-point bits of OpenCV's polygon filler


def rasterise(points: np.ndarray, triangles: np.ndarray, height: int, width: int) -> Raster:
    """Lay `triangles` (int, T x 3) over float `points` (N x 2) on a grid.

    Where triangles overlap, those turned the way that most are win over those turned away from
    the viewer; of two alike the later wins. Triangles without area cover nothing. Neighbours share their edge: no cell between two of them
    is left open.
    """
    owner = np.full((height, width), -1, np.int32)
    fixed = np.round((points - 0.5) * (1 << _SHIFT)).astype(np.int32)
    corners = points[triangles].astype(np.float64)
    edge_a, edge_b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = edge_a[:, 0] * edge_b[:, 1] - edge_a[:, 1] * edge_b[:, 0]
    away = area * np.sign(np.median(area)) < 0
    shown = np.flatnonzero(np.abs(area) > 1e-6)
    for index in shown[np.argsort(~away[shown], kind="stable")]:
        cv2.fillConvexPoly(owner, fixed[triangles[index]], int(index), shift=_SHIFT)
    safe = np.where(np.abs(area) > 1e-6, area, 1.0)
    covering = np.maximum(owner, 0)
    x = np.arange(width, dtype=np.float64) + 0.5 - corners[covering, 0, 0]
    y = np.arange(height, dtype=np.float64)[:, None] + 0.5 - corners[covering, 0, 1]
    b = (x * edge_b[covering, 1] - y * edge_b[covering, 0]) / safe[covering]
    c = (edge_a[covering, 0] * y - edge_a[covering, 1] * x) / safe[covering]
    # A cell's centre may lie just outside the triangle that fills it; slivers would extrapolate wildly.
    weights = np.clip(np.stack([1.0 - b - c, b, c], axis=-1), 0.0, 1.0)
    weights = (weights / weights.sum(axis=-1, keepdims=True)).astype(np.float32)
    return Raster(triangles, owner, weights)
