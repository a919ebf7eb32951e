"""The upright crop of a face that networks see: one scale for the whole shot, placed to a part of a pixel.

Convention: a crop of any size stands for the same part of the face, 4.16 x 3.2 neutral mouth widths. Its
matrix (2 x 3) takes the pixels of a crop of SIZE (y down, centres at +0.5) to plate pixels; a smaller
crop's pixels are scaled onto SIZE first. A radius that follows each frame's face would tremble: users of
DINet cured their jitter with a constant one.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from ..geometry.sampling import fill_non_finite
from ..values import Clip, Image, Track, Window
from .canonical import MouthSpace

SIZE = (416, 320)
"""Height and width to which matrices refer, px: IPTalker's."""
MOUTH_PX = 100.0
"""A neutral mouth's width in a crop of SIZE."""
MIDDLE = (0.0, -0.1)
"""What lies in the crop's middle, in mouth widths from the mouth's: a little above it."""


def crop_matrices(track: Track, space: MouthSpace) -> np.ndarray:
    """Where the crop lies in each frame of `track`: float64 (N, 2, 3); zeros where the face is not seen."""
    matrices = np.zeros((len(track.frames), 2, 3))
    seen = track.present
    if not seen.any():
        return matrices
    pose = space.pose(track.landmarks[seen])
    scale = float(np.median(np.abs(pose.turn))) / MOUTH_PX
    turn = pose.turn / np.abs(pose.turn) * scale
    middle = pose.place(np.tile(np.array(MIDDLE), (len(pose.turn), 1, 1)))[:, 0]
    height, width = SIZE
    rows = np.stack([np.stack([turn.real, -turn.imag], -1), np.stack([turn.imag, turn.real], -1)], axis=1)
    matrices[seen, :, :2] = rows
    matrices[seen, :, 2] = middle - rows @ (width / 2, height / 2)
    matrices[:, 0] /= track.pixel_aspect
    return matrices


def sized(matrix: np.ndarray, height: int) -> np.ndarray:
    """The same crop's matrix (2, 3) for pixels of a crop `height` px high."""
    out = matrix.copy()
    out[:, :2] *= SIZE[0] / height
    return out


def to_crop(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Plate points (P, 2), px, in the pixels of the crop that `matrix` (2, 3) describes."""
    return (points - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T


def window_of(matrix: np.ndarray, size: tuple[int, int] = SIZE, margin: int = 3) -> Window:
    """The plate's window that holds the whole crop, and `margin` px around it."""
    height, width = size
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ matrix[:, :2].T + matrix[:, 2]
    return Window.around(*corners.min(axis=0), *corners.max(axis=0)).grown(margin)


def cut(pixels: np.ndarray, window: Window, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Sample the crop: float32 (height, width, channels) of `size` from `pixels` over `window`.

    matrix: for pixels of `size`. A crop that is smaller than its part of the plate is read with a grid as
    fine as the plate and averaged down, for bilinear reads alone would alias and tremble. Beyond the
    window its edge repeats.
    """
    height, width = size
    finer = max(1, math.ceil(np.sqrt(abs(np.linalg.det(matrix[:, :2]))) - 0.01))
    fine = matrix.copy()
    fine[:, :2] /= finer
    # OpenCV's pixel centres are whole numbers.
    fine[:, 2] += fine[:, :2].sum(axis=1) * 0.5 - 0.5 - (window.x, window.y)
    read = cv2.warpAffine(
        fill_non_finite(np.ascontiguousarray(pixels)), fine, (width * finer, height * finer),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
    )
    return read if finer == 1 else cv2.resize(read, (width, height), interpolation=cv2.INTER_AREA)


def cut_image(image: Image, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The crop of `image`, with no more of it read than is needed; see `cut`."""
    part = window_of(matrix, size).intersection(image.window)
    if part.empty:
        return np.zeros((*size, image.pixels.shape[2]), np.float32)
    return cut(image.crop(part).pixels, part, matrix, size)


def cut_frame(clip: Clip, frame: int, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The crop of a clip's frame, scene-linear; see `cut`."""
    part = window_of(matrix, size).intersection(clip.display)
    if part.empty:
        return np.zeros((*size, 3), np.float32)
    return cut(clip.image(frame, part).pixels, part, matrix, size)


def face_hull(landmarks: np.ndarray, height: int) -> np.ndarray:
    """1 within the face's outline, 0 beyond: float32 (height, width) of a crop.

    landmarks: (478, 2), px of a crop of SIZE.
    """
    outline = cv2.convexHull(np.round(landmarks[:468] * (height / SIZE[0])).astype(np.int32))
    return cv2.fillConvexPoly(np.zeros((height, height * SIZE[1] // SIZE[0]), np.float32), outline, 1.0)
