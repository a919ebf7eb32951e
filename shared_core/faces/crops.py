"""Upright square crops around a face, and the way back from them.

Convention: 'square pixels' are the preview's pixels with x multiplied by the pixel aspect, so that
a circle is round; y down, pixel centres at +0.5. A crop's own pixels follow the same convention.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from .topology import EYE_CORNERS

CROP_PIXELS = 384
# The share of the crop's side that the face takes: BlazeFace is surest near one half, and
# the landmark network's own region of interest (1.5 faces) then lies inside the crop.
FACE_SHARE = 0.5
# (dx, dy, degrees, scale) of each jittered crop, dx and dy as shares of its side. They come in
# opposite pairs, so that an odd number of them has no bias.
JITTER = (
    (0.0, 0.0, 0.0, 1.0),
    (0.020, 0.015, 2.5, 1.06), (-0.020, -0.015, -2.5, 0.94),
    (-0.015, 0.020, 1.5, 0.97), (0.015, -0.020, -1.5, 1.03),
    (0.010, 0.025, -3.5, 1.09), (-0.010, -0.025, 3.5, 0.91),
    (0.025, -0.010, 4.5, 1.00), (-0.025, 0.010, -4.5, 1.00),
)


@dataclass(frozen=True)
class Crop:
    """A rotated square. x, y: its centre; side: in square px; angle: of its x axis, radians clockwise."""

    x: float
    y: float
    side: float
    angle: float = 0.0

    def jittered(self, step: int) -> Crop:
        """The crop moved by JITTER[step]."""
        dx, dy, degrees, scale = JITTER[step]
        return Crop(
            self.x + dx * self.side, self.y + dy * self.side,
            self.side * scale, self.angle + math.radians(degrees),
        )

    def wider(self, factor: float) -> Crop:
        return replace(self, side=self.side * factor)

    def matrix(self) -> np.ndarray:
        """2 x 3: the crop's pixels to square pixels."""
        scale = self.side / CROP_PIXELS
        cosine, sine = math.cos(self.angle) * scale, math.sin(self.angle) * scale
        half = CROP_PIXELS / 2
        return np.array([
            [cosine, -sine, self.x - (cosine - sine) * half],
            [sine, cosine, self.y - (sine + cosine) * half],
        ])

    def to_square(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) points in the crop's pixels to square pixels; z is scaled alike."""
        matrix = self.matrix()
        out = np.empty_like(points)
        out[:, :2] = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        out[:, 2] = points[:, 2] * (self.side / CROP_PIXELS)
        return out

    def from_square(self, points: np.ndarray) -> np.ndarray:
        """(N, 2 or more) points in square px to (N, 2) in the crop's pixels."""
        matrix = self.matrix()
        return (points[:, :2] - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T


def crop_of_face(points: np.ndarray) -> Crop:
    """The upright crop around a face's landmarks (N, 2 or more), in square px."""
    # In a profile the eyes lie almost on one another; the face's own long axis is steadier there.
    angle = _upright_angle(points)
    cosine, sine = math.cos(angle), math.sin(angle)
    rotation = np.array([[cosine, sine], [-sine, cosine]])
    upright = points[:468, :2] @ rotation.T
    low, high = upright.min(axis=0), upright.max(axis=0)
    centre = rotation.T @ ((low + high) / 2)
    return Crop(float(centre[0]), float(centre[1]), float((high - low).max()) / FACE_SHARE, angle)


def _upright_angle(points: np.ndarray) -> float:
    """The eye line's angle, blended with that of the line from brow to chin by how well each is seen."""
    left, right = (points[list(corners), :2].mean(axis=0) for corners in EYE_CORNERS)
    across, down = right - left, points[152, :2] - points[10, :2]
    # The perpendicular of brow-to-chin points along the eyes; it is longer by about the face's shape.
    direction = across + 0.15 * np.array([down[1], -down[0]])
    return math.atan2(direction[1], direction[0])


def cut_crops(preview: np.ndarray, crops: list[Crop], pixel_aspect: float = 1.0) -> list[np.ndarray]:
    """Sample `crops` from `preview` (uint8, H x W x 3): uint8 (CROP_PIXELS, CROP_PIXELS, 3) each.

    Large faces are first reduced by a whole factor with an area filter: bilinear sampling alone
    would alias, and the landmarks would tremble. Outside the picture the crop is black.
    """
    source, offset, factor = _reduced(preview, crops, pixel_aspect)
    out = []
    for crop in crops:
        matrix = np.diag([1.0 / pixel_aspect, 1.0]) @ crop.matrix()
        matrix[:, 2] -= offset
        matrix /= factor
        # OpenCV puts pixel centres on whole numbers.
        matrix[:, 2] += matrix[:, :2].sum(axis=1) * 0.5 - 0.5
        out.append(cv2.warpAffine(
            source, matrix, (CROP_PIXELS, CROP_PIXELS), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT, borderValue=0,
        ))
    return out


def _reduced(preview, crops, pixel_aspect) -> tuple[np.ndarray, np.ndarray, int]:
    """The part of the preview that the crops need, reduced; its offset in preview px; the factor."""
    factor = int(min(crop.side for crop in crops) / CROP_PIXELS)
    if factor < 2:
        return preview, np.zeros(2), 1
    reach = max(crop.side for crop in crops) * 0.75
    xs = [crop.x for crop in crops]
    ys = [crop.y for crop in crops]
    height, width = preview.shape[:2]
    left = min(max(0, int((min(xs) - reach) / pixel_aspect)), max(0, width - factor))
    top = min(max(0, int(min(ys) - reach)), max(0, height - factor))
    columns = (min(width, int((max(xs) + reach) / pixel_aspect) + 1) - left) // factor
    rows = (min(height, int(max(ys) + reach) + 1) - top) // factor
    if columns < 1 or rows < 1:
        return preview, np.zeros(2), 1
    part = preview[top : top + rows * factor, left : left + columns * factor]
    small = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    return small, np.array([left, top], float), factor
