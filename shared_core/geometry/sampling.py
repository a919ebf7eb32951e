"""Reading a picture between its pixels, without ringing.

Convention: positions are in pixel coordinates with centres at +0.5, y down, like everywhere.
"""

from __future__ import annotations

import cv2
import numpy as np

# OpenCV's own cubic rounds positions to 1/32 px; its bilinear filter does not (measured, 5.0).
# Catmull-Rom is therefore built from bilinear reads, as in Sigg and Hadwiger, "Fast Third-Order
# Texture Filtering", GPU Gems 2, 2005.


def sample(pixels: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Read `pixels` at (x, y) by Catmull-Rom, held within the 4 x 4 pixels that it reads.

    pixels: float32 (height, width) or (height, width, channels), finite, any range. x, y: float32
    arrays of one shape, px. Positions outside repeat the edge. A whole-pixel position returns that
    pixel's bits; an edge between 0 and 60 gets no over- or undershoot. Returns float32 of the
    positions' shape (and channels).
    """
    column, row = x.astype(np.float32) - np.float32(0.5), y.astype(np.float32) - np.float32(0.5)
    left, top = np.floor(column), np.floor(row)
    near_x, near_y = column - left, row - top
    taps_x, taps_y = _taps(left, near_x), _taps(top, near_y)
    total = None
    for place_y, weight_y in taps_y:
        for place_x, weight_x in taps_x:
            read = cv2.remap(pixels, place_x, place_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            weight = weight_x * weight_y
            read *= weight[..., None] if read.ndim == 3 else weight
            total = read if total is None else total + read
    low, high = _extremes(pixels, left, top)
    np.clip(total, low, high, out=total)
    whole = (near_x == 0) & (near_y == 0)
    if whole.any():
        nearest = cv2.remap(pixels, left, top, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
        total[whole] = nearest[whole]
    return total


def _taps(base: np.ndarray, share: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Catmull-Rom's four weights along one axis as three reads: outer, inner pair, outer."""
    w0 = share * (-0.5 + share * (1.0 - 0.5 * share))
    w2 = share * (0.5 + share * (2.0 - 1.5 * share))
    w3 = share * share * (-0.5 + 0.5 * share)
    w12 = 1.0 - w0 - w3
    return [(base - 1.0, w0), (base + w2 / w12, w12), (base + 2.0, w3)]


def _extremes(pixels: np.ndarray, left: np.ndarray, top: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest of the 4 x 4 pixels around each position."""
    kernel, anchor = np.ones((4, 4), np.uint8), (1, 1)
    read = {"interpolation": cv2.INTER_NEAREST, "borderMode": cv2.BORDER_REPLICATE}
    low = cv2.erode(pixels, kernel, anchor=anchor, borderType=cv2.BORDER_REPLICATE)
    high = cv2.dilate(pixels, kernel, anchor=anchor, borderType=cv2.BORDER_REPLICATE)
    return cv2.remap(low, left, top, **read), cv2.remap(high, left, top, **read)


def fill_non_finite(pixels: np.ndarray) -> np.ndarray:
    """Replace NaN and infinities by the mean of their finite neighbours, ring by ring.

    Only for what a warp reads: the plate itself is never altered. Returns the same array where all
    is finite. An array without a finite value becomes 0.
    """
    finite = np.isfinite(pixels)
    if finite.all():
        return pixels
    filled = np.where(finite, pixels, np.float32(0))
    known = finite.astype(np.float32)
    while not known.all() and known.any():
        total = cv2.blur(filled * known, (3, 3), borderType=cv2.BORDER_CONSTANT)
        count = cv2.blur(known, (3, 3), borderType=cv2.BORDER_CONSTANT)
        new = (known == 0) & (count > 1e-6)
        filled[new] = total[new] / count[new]
        known[new] = 1.0
    return filled
