"""A second opinion: dlib's 68 landmarks, a model that no recipe uses.

The tracker that sets the target should not be the only judge of it. dlib's predictor is an ensemble
of regression trees (Kazemi and Sullivan 2014) that starts from a box; plate, dub and driver get
theirs in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import cv2
import numpy as np
from scipy.signal import savgol_filter

from ..faces import topology
from ..spec.errors import ModelError
from .alignment import square

MANIFEST_NAME = "dlib_68"
# dlib's own detector frames a face as a square. Measured on six clips of the development footage: its
# side is 1.3 to 1.6 times the sum of eye distance and eyes-to-nose distance, its centre 8 % of the side
# above the foot of the nose. Neither moves with the mouth, so the box cannot favour a dub.
BOX_SIDE, BOX_RISE = 1.45, 0.08
# The predictor answers in whole pixels: on an upright crop of this size they are small enough.
CROP_PX, CROP_SIDES = 512, 1.7
# (x, y, size), shares of the side. The trees start anew for each box: the mean over slightly moved ones
# halves their noise.
MOVES = ((0.0, 0.0, 1.0), (0.03, 0.02, 1.0), (-0.03, 0.02, 1.0), (0.02, -0.03, 1.05), (-0.02, -0.03, 0.95))
SMOOTH_TAPS, SMOOTH_ORDER = 7, 2


@cache
def predictor(fetch: bool = True) -> Any:
    """dlib's shape predictor. fetch: get the file where it is missing.

    Raises ModelError where dlib or the file are missing.
    """
    try:
        import dlib
    except ImportError as error:
        raise ModelError(
            f"the independent judge needs dlib ({error}); install it with `pip install 'dubnodes[judge]'`"
        ) from None
    from ..models import path

    return dlib.shape_predictor(str(path(MANIFEST_NAME, fetch)))


def upright_crop(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Where dlib shall look: the affine (2, 3) from the picture to an upright crop, and the box's side in it.

    points: MediaPipe's (478, 2) in square px. The crop is 512 px square, its eye line level, the box in
    its middle.
    """
    left, right = (points[list(eye)].mean(axis=0) for eye in topology.EYE_CORNERS)
    nose, middle = points[2], (left + right) / 2
    across = right - left
    level = across / np.hypot(*across)
    side = BOX_SIDE * (np.hypot(*across) + np.hypot(*(nose - middle)))
    rotation = np.array([level, [-level[1], level[0]]])
    centre = nose + rotation.T @ (0.0, -BOX_RISE * side)
    scale = CROP_PX / (CROP_SIDES * side)
    return np.column_stack([scale * rotation, CROP_PX / 2 - scale * rotation @ centre]), scale * side


def landmarks_68(
    preview: Callable[[int], np.ndarray], frames: Sequence[int], points: np.ndarray,
    pixel_aspect: float = 1.0, fetch: bool = True,
) -> np.ndarray:
    """dlib's landmarks of each frame: float64 (N, 68, 2) in px, NaN where `points` is NaN.

    preview(frame): uint8 sRGB (H, W, 3). points: (N, 478, 2), for the crops alone. pixel_aspect:
    the crops show an anamorphic face unsqueezed. Each frame is the mean over five slightly moved
    boxes; nothing is smoothed in time.
    """
    shape_of = predictor(fetch)
    result = np.full((len(frames), 68, 2), np.nan)
    for row, frame in enumerate(frames):
        if np.isfinite(points[row]).all():
            result[row] = _predict(preview(int(frame)), points[row], pixel_aspect, shape_of)
    return result


def _predict(picture: np.ndarray, points: np.ndarray, pixel_aspect: float, shape_of: Any) -> np.ndarray:
    import dlib

    affine, side = upright_crop(square(points, pixel_aspect))
    affine[:, 0] *= pixel_aspect
    # From pixel centres at +0.5 to OpenCV's and dlib's at whole numbers.
    centred = affine.copy()
    centred[:, 2] += affine[:, :2] @ (0.5, 0.5) - 0.5
    reduction = 1.0 / np.hypot(*affine[0, :2])
    if reduction > 1.0:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.5 * reduction)
    crop = cv2.warpAffine(picture, centred, (CROP_PX, CROP_PX), borderMode=cv2.BORDER_REPLICATE)
    found = []
    for dx, dy, size in MOVES:
        x, y, half = CROP_PX / 2 + dx * side, CROP_PX / 2 + dy * side, size * side / 2
        box = dlib.rectangle(*(round(edge) for edge in (x - half, y - half, x + half, y + half)))
        found.append([(point.x + 0.5, point.y + 0.5) for point in shape_of(crop, box).parts()])
    back = cv2.invertAffineTransform(affine)
    return np.mean(found, axis=0) @ back[:, :2].T + back[:, 2]


def smoothed(points: np.ndarray) -> np.ndarray:
    """Savitzky-Golay over 7 frames, order 2, as the tracker smooths: each run of 7 or more by itself."""
    result = points.copy()
    finite = np.isfinite(points.reshape(len(points), -1)).all(axis=1)
    edges = np.flatnonzero(np.diff(np.r_[False, finite, False].astype(int)))
    for start, stop in edges.reshape(-1, 2):
        if stop - start >= SMOOTH_TAPS:
            result[start:stop] = savgol_filter(points[start:stop], SMOOTH_TAPS, SMOOTH_ORDER, axis=0)
    return result
