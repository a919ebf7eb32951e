"""Where in the picture to measure: mattes and upright patches, from landmarks alone.

The mattes are drawn here, not taken from the shot's own, so that a dub cannot choose the region that
it is judged in. Convention: landmarks (478, 2) in px, y down, pixel centres at +0.5; `origin` is the
(x, y) of the array's top-left pixel.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..faces import topology
from ..values import Window
from .alignment import similarity

SAMPLES, SUBPIXEL_BITS = 4, 4
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def luma(pixels: np.ndarray) -> np.ndarray:
    """Display-coded brightness, 0 to 1, of uint8 (H, W, 3): Rec.709 weights on the coded values."""
    return pixels.astype(np.float32) @ (LUMA / np.float32(255.0))


def polygon(points: np.ndarray, shape: tuple[int, int], origin: tuple[float, float]) -> np.ndarray:
    """Fill one polygon, anti-aliased: float32 (height, width), 0 to 1. points: (K, 2) in px."""
    height, width = shape
    canvas = np.zeros((height * SAMPLES, width * SAMPLES), np.uint8)
    # OpenCV counts pixel centres as whole numbers, here they lie at +0.5; and it draws the outline
    # too, which makes a polygon half a sample fat: little enough on finer samples.
    fixed = ((np.asarray(points) - origin) * SAMPLES - 0.5) * 2**SUBPIXEL_BITS
    cv2.fillPoly(canvas, [np.round(fixed).astype(np.int32)], 255, cv2.LINE_8, SUBPIXEL_BITS)
    return cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0


def lips_matte(points: np.ndarray, shape: tuple[int, int], origin: tuple[float, float]) -> np.ndarray:
    """The lips with all that lies between them."""
    return polygon(points[list(topology.LIPS_OUTER)], shape, origin)


def inner_mouth_matte(points: np.ndarray, shape: tuple[int, int], origin: tuple[float, float]) -> np.ndarray:
    """What lies between the lips: teeth, tongue, the dark."""
    return polygon(points[list(topology.LIPS_INNER)], shape, origin)


def lower_face_matte(points: np.ndarray, shape: tuple[int, int], origin: tuple[float, float]) -> np.ndarray:
    """Convex hull of jaw, chin and nose base (IPTalker, fig. 4)."""
    outline = points[list(topology.JAW + topology.NOSE_BASE)].astype(np.float32)
    return polygon(cv2.convexHull(outline)[:, 0], shape, origin)


def face_height(points: np.ndarray) -> float:
    """From the hair line to the chin, in px."""
    return float(np.linalg.norm(points[10] - points[152]))


def mouth_width(points: np.ndarray) -> float:
    """Corner to corner, in px."""
    left, right = topology.MOUTH_CORNERS
    return float(np.linalg.norm(points[left] - points[right]))


def face_window(points: np.ndarray, bounds: Window, margin: float = 0.25) -> Window:
    """The face's box, `margin` of its height wider on each side, inside `bounds`."""
    low, high = points.min(axis=0), points.max(axis=0)
    extra = margin * face_height(points)
    return Window.around(*(low - extra), *(high + extra)).intersection(bounds)


def upright_patch(
    pixels: np.ndarray, points: np.ndarray, template: np.ndarray, centre: np.ndarray, span: float, size: int
) -> np.ndarray:
    """Cut out a patch with the head's pose (similarity of the upper face) removed, float32 (size, size).

    pixels: float32 (H, W) from the picture's corner. template: the steady points in the canonical
    space (`alignment.Person`); centre (x, y) and span (width and height) are in it, in mouth widths.
    Area-filtered when it shrinks, so that noise is not folded in. Outside the picture: edge pixels.
    """
    matrix, offset = similarity(template, points[list(topology.UPPER_FACE)])
    step = span / size
    reduction = step * np.hypot(matrix[0, 0], matrix[1, 0])
    if reduction > 1.0:
        pixels = cv2.GaussianBlur(pixels, (0, 0), 0.5 * reduction)
    # Patch pixel (i + .5) -> canonical -> picture, then to OpenCV's centres at whole numbers.
    start = matrix @ (centre - span / 2 + step / 2) + offset - 0.5
    warp = np.column_stack([matrix * step, start]).astype(np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(pixels, warp, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def to_patch(points: np.ndarray, centre: np.ndarray, span: float, size: int) -> np.ndarray:
    """Canonical points (K, 2) to the pixels of the patch that `upright_patch` cuts (centres at +0.5)."""
    return (points - centre + span / 2) * (size / span)
