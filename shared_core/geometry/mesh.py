"""A triangle mesh as a dense map: values at points become values at pixels.

Convention: points in grid coordinates, cell centres at +0.5, y down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Raster:
    """Which triangle covers each cell's centre, and where in it the centre lies.

    triangles: int (T, 3). owner: int32 (height, width), -1 where none. weights: float32 (height,
    width, 3), barycentric, 0 where no triangle is.
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


# How far outside, as a share of the triangle, a centre still counts as on the edge: rounding alone.
_ON_EDGE = 1e-6


def rasterise(points: np.ndarray, triangles: np.ndarray, height: int, width: int) -> Raster:
    """Lay `triangles` (int, T x 3) over float `points` (N x 2) on a grid.

    A triangle covers the cells whose centres lie in it or on its edge, so that no cell between two
    neighbours is left open. Where triangles overlap, those turned the way that most are win over
    those turned away from the viewer; of two alike the later wins. Triangles without area cover
    nothing.
    """
    corners = points[triangles].astype(np.float64)
    edge_b, edge_c = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = edge_b[:, 0] * edge_c[:, 1] - edge_b[:, 1] * edge_c[:, 0]
    facing = area * np.sign(np.median(area)) >= 0
    order = np.argsort(facing, kind="stable")
    order = order[np.abs(area[order]) > 1e-6]
    index, column, row = _candidates(corners, order, height, width)
    x, y = column + 0.5 - corners[index, 0, 0], row + 0.5 - corners[index, 0, 1]
    b = (x * edge_c[index, 1] - y * edge_c[index, 0]) / area[index]
    c = (edge_b[index, 0] * y - edge_b[index, 1] * x) / area[index]
    shares = np.stack([1.0 - b - c, b, c], axis=-1)
    inside = shares.min(axis=-1) >= -_ON_EDGE
    owner, weights = np.full((height, width), -1, np.int32), np.zeros((height, width, 3), np.float32)
    # Of several values for one cell NumPy keeps the last.
    owner[row[inside], column[inside]] = index[inside]
    weights[row[inside], column[inside]] = shares[inside]
    return Raster(triangles, owner, weights)


def _candidates(corners: np.ndarray, order: np.ndarray, height: int, width: int):
    """Triangle, column and row, int (K,) each, of the cells in each triangle's bounding box.

    The triangles come in `order`; corners: (T, 3, 2).
    """
    low = np.clip(np.ceil(corners[order].min(axis=1) - 0.5), 0, (width, height)).astype(np.int64)
    high = np.clip(np.floor(corners[order].max(axis=1) + 0.5), low, (width, height)).astype(np.int64)
    size = high - low
    count = size.prod(axis=1)
    box = np.repeat(np.arange(len(order)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    across = size[box, 0]
    return order[box], low[box, 0] + place % across, low[box, 1] + place // across
