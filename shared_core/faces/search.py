"""Finding faces anywhere in a frame: the whole picture first, then ever smaller tiles."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from .crops import Crop
from .landmarker import Detection, Landmarker

# BlazeFace misses faces below about a tenth of the picture that it is given. Tiles of 1, 1/2 and
# 1/4 of the frame's shorter side, half overlapping, reach down to about 32 px of face at 1080p.
TILE_SHARES = (1.0, 0.5, 0.25)
SMALLEST_TILE = 96
DEEPEST = 1 + len(TILE_SHARES)


def face_box(points: np.ndarray) -> tuple[float, float, float, float]:
    """left, top, right, bottom of a face's landmarks, in their unit."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def face_size(points: np.ndarray) -> float:
    """The longer side of the landmarks' box, in their unit."""
    left, top, right, bottom = face_box(points)
    return max(right - left, bottom - top)


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union of two boxes (left, top, right, bottom)."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    area = width * height
    return area / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - area)


def _tiles(width: float, height: float, level: int) -> Iterator[Crop]:
    """The crops of one level of the search; level 0 is the whole picture, also tilted to both sides."""
    if level == 0:
        side = max(width, height)
        for angle in (0.0, -math.pi / 3, math.pi / 3):
            yield Crop(width / 2, height / 2, side, angle)
        return
    side = min(width, height) * TILE_SHARES[level - 1]
    if side < SMALLEST_TILE:
        return
    columns = max(1, math.ceil(width / side * 2) - 1)
    rows = max(1, math.ceil(height / side * 2) - 1)
    for row in range(rows):
        for column in range(columns):
            x = side / 2 + (width - side) * (column / (columns - 1) if columns > 1 else 0.5)
            y = side / 2 + (height - side) * (row / (rows - 1) if rows > 1 else 0.5)
            yield Crop(x, y, side)


def find_faces(
    preview: np.ndarray, landmarker: Landmarker, pixel_aspect: float = 1.0, *,
    wanted: int = 1, levels: int = DEEPEST,
) -> list[Detection]:
    """All faces of `preview` (uint8, H x W x 3), largest first, their points in square px.

    wanted: go on to smaller tiles until that many are found. levels: 1 looks at the whole picture
    alone, DEEPEST (the default) through all tiles.
    """
    height, width = preview.shape[:2]
    found: list[Detection] = []
    for level in range(levels):
        for tile in _tiles(width * pixel_aspect, height, level):
            if level == 0 and tile.angle and len(found) >= wanted:
                continue
            for detection in landmarker.detect_in(preview, tile, pixel_aspect):
                _add(found, detection)
        if len(found) >= wanted:
            break
    return sorted(found, key=lambda detection: -face_size(detection.points))


def _add(found: list[Detection], detection: Detection) -> None:
    """Keep one detection a face: the first, which comes from the widest view."""
    box = face_box(detection.points)
    if not any(overlap(box, face_box(other.points)) > 0.3 for other in found):
        found.append(detection)
