"""What the mouth looks like in one frame: a small upright picture of it, teeth, and sharpness."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .canonical import MouthSpace
from .topology import LIPS_INNER, LIPS_OUTER

# The picture's extent in mouth widths around the neutral mouth's middle, and its cells.
_LEFT, _TOP, _WIDTH, _HEIGHT = -0.75, -0.45, 1.5, 1.05
COLUMNS, ROWS = 80, 56
_LEAST_CELLS = 100  # of the picture; a mouth with fewer inside is shut


@dataclass(frozen=True)
class MouthLook:
    """picture: uint8 (56, 80, 3) sRGB, pose removed. teeth, dark: shares of the inner mouth, 0 to 1;
    NaN where the mouth is shut. sharpness: contrast of fine detail around the lips against coarse.
    """

    picture: np.ndarray
    teeth: float
    dark: float
    sharpness: float


def mouth_look(preview: np.ndarray, landmarks: np.ndarray, space: MouthSpace) -> MouthLook:
    """Look at one frame. preview: uint8 sRGB (height, width, 3). landmarks: (478, 2 or more), px."""
    pose = space.pose(landmarks[None])
    picture = _upright(preview, pose, space.pixel_aspect)
    canonical = space.canonical(landmarks[None])[0]
    inside, skin = _covered(canonical[list(LIPS_INNER)]), ~_covered(canonical[list(LIPS_OUTER)])
    teeth, dark = _inner_shares(picture, inside, skin)
    return MouthLook(picture, teeth, dark, _sharpness(picture))


def _cells(canonical: np.ndarray) -> np.ndarray:
    return (canonical - (_LEFT, _TOP)) * (COLUMNS / _WIDTH, ROWS / _HEIGHT)


def _covered(loop: np.ndarray) -> np.ndarray:
    """Cells that the canonical polygon (P, 2) touches: bool (56, 80)."""
    cells = np.zeros((ROWS, COLUMNS), np.uint8)
    cv2.fillPoly(cells, [np.round((_cells(loop) - 0.5) * 16).astype(np.int32)], 1, shift=4)
    return cells.astype(bool)


def _upright(preview: np.ndarray, pose, pixel_aspect: float) -> np.ndarray:
    corners = np.array([[[_LEFT, _TOP], [_LEFT + _WIDTH, _TOP], [_LEFT, _TOP + _HEIGHT]]])
    source = pose.place(corners)[0] / (pixel_aspect, 1.0) - 0.5
    target = np.array([[0, 0], [COLUMNS, 0], [0, ROWS]]) - 0.5
    matrix = cv2.getAffineTransform(target.astype(np.float32), source.astype(np.float32))
    # Averaging down keeps grain from being read as teeth or as sharpness.
    scale = max(1, round(abs(pose.turn[0]) * _WIDTH / COLUMNS))
    blurred = cv2.blur(_around(preview, source, matrix), (scale, scale)) if scale > 1 else preview
    return cv2.warpAffine(
        blurred, matrix, (COLUMNS, ROWS), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _around(preview: np.ndarray, source: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The part of the frame that the picture needs; `matrix` is moved to it in place."""
    last = source[1] + source[2] - source[0]
    points = np.vstack([source, last])
    x0, y0 = np.clip(points.min(axis=0) - 8, 0, (preview.shape[1] - 1, preview.shape[0] - 1)).astype(int)
    x1, y1 = np.clip(points.max(axis=0) + 9, (x0 + 1, y0 + 1), preview.shape[1::-1]).astype(int)
    matrix[:, 2] -= (x0, y0)
    return np.ascontiguousarray(preview[y0:y1, x0:x1])


def _inner_shares(picture: np.ndarray, inside: np.ndarray, skin: np.ndarray) -> tuple[float, float]:
    if inside.sum() < _LEAST_CELLS:
        return float("nan"), float("nan")
    linear = (picture.astype(np.float32) / 255.0) ** 2.2
    # Against the skin of the same face, so that neither exposure nor a tint of the light counts:
    # teeth come out brighter than the rest of the mouth, and bluer than skin, where lips come redder.
    against_skin = linear / (np.median(linear[skin], axis=0) + 1e-4)
    light = against_skin @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    blueness = (against_skin[..., 2] + 0.02) / (against_skin[..., 0] + 0.02)
    teeth = np.clip((light - 0.3) / 0.3, 0, 1) * np.clip((blueness - 0.95) / 0.3, 0, 1)
    dark = 1.0 - np.clip((light - 0.08) / 0.17, 0, 1)
    return float(teeth[inside].mean()), float(dark[inside].mean())


def _sharpness(picture: np.ndarray) -> float:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 1.0)
    coarse = cv2.GaussianBlur(grey, (0, 0), 1.0) - cv2.GaussianBlur(grey, (0, 0), 4.0)
    return float(fine.std() / (coarse.std() + 1.0))
