"""A dense, smooth field over the lower face from values at landmarks.

Convention: points in plate pixels, y down, centres at +0.5. The field is made on a coarse grid
whose cells are `step` px wide, so that its cost and its smoothness follow the face, not the format.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..values import Window
from .mesh import Raster, rasterise

_RIM_CELLS = 5.0


@dataclass(frozen=True)
class FaceField:
    """A mesh over `window`, ready to spread values at its points into pixels.

    falloff: float32 (rows, columns), 1 on the mesh; outside it fades to 0 within `reach` px.
    nearest: int (rows, columns), the flat index of the nearest cell that the mesh covers: the field
    outside the mesh is that cell's, faded.
    """

    window: Window
    step: int
    raster: Raster
    falloff: np.ndarray
    nearest: np.ndarray
    outwards: np.ndarray

    @classmethod
    def over(
        cls, points: np.ndarray, triangles: np.ndarray, window: Window, step: int, reach: float
    ) -> FaceField:
        """Lay the mesh (points (P, 2), triangles (T, 3)) over `window`, grown to whole cells."""
        columns, rows = -(-window.width // step), -(-window.height // step)
        grown = Window(window.x, window.y, columns * step, rows * step)
        cells = (points - (grown.x, grown.y)) / step
        raster = rasterise(cells, triangles, rows, columns)
        outside = (raster.owner < 0).astype(np.uint8)
        distance, label = cv2.distanceTransformWithLabels(
            outside, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        place_of_label = np.zeros(label.max() + 1, np.int64)
        inside = raster.owner >= 0
        place_of_label[label[inside]] = np.flatnonzero(inside)
        way = np.clip(distance * step / reach, 0.0, 1.0)
        falloff = 1.0 - way * way * (3.0 - 2.0 * way)
        return cls(grown, step, raster, falloff, place_of_label[label], np.minimum(6.0 * way, 1.0))

    def spread(self, values: np.ndarray, blur_px: float) -> np.ndarray:
        """`values`, float (P, C) at the mesh's points, over the window's pixels: float32 (h, w, C).

        blur_px: Gaussian sigma in px over the field. The field is 0 at the window's edge.
        """
        dense = self.raster.spread(values)
        dense = dense.reshape(-1, dense.shape[-1])[self.nearest]
        # The nearest outline point jumps from cell to cell; unsmoothed, that streaks the neck.
        rim = cv2.GaussianBlur(dense, (0, 0), _RIM_CELLS).reshape(dense.shape)
        dense = (dense + self.outwards[..., None] * (rim - dense)) * self.falloff[..., None]
        dense = cv2.GaussianBlur(dense, (0, 0), max(0.3, blur_px / self.step))
        dense = dense.reshape(*self.falloff.shape, -1) * _edge_fade(*self.falloff.shape)[..., None]
        size = (self.window.width, self.window.height)
        return cv2.resize(dense, size, interpolation=cv2.INTER_CUBIC).reshape(*size[::-1], -1)


def _edge_fade(rows: int, columns: int, cells: int = 6) -> np.ndarray:
    """0 in the two outermost cells of a grid, 1 from `cells` further inwards, float32.

    Two, because the cubic that makes pixels of cells reads so far: the outermost pixel is 0 as well.
    """
    def ramp(count: int) -> np.ndarray:
        inwards = (np.minimum(np.arange(count), np.arange(count)[::-1]) - 1) / cells
        return np.clip(inwards, 0.0, 1.0)

    return (ramp(rows)[:, None] * ramp(columns)[None, :]).astype(np.float32)
