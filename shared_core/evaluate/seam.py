"""Does the matte's edge show?"""

from __future__ import annotations

import cv2
import numpy as np

# Scale of the look: sigma as a share of the mouth's width, about 1.5 px on a mouth of 100 px.
EDGE_SIGMA = 0.015
# The eye follows an edge over a stretch: one twelfth of the way around.
STRETCHES = 12
# Two 8-bit steps a pixel: a gradient that grain and compression leave on the plainest skin.
GRADIENT_FLOOR = 2.0 / 255.0
TOUCHED, FULL = 0.004, 0.98
LEAST_PIXELS = 24


def seam(dub: np.ndarray, plate: np.ndarray, matte: np.ndarray, mouth_width: float) -> float:
    """Visibility of the matte's edge in one frame: 0 none, above 0.25 visible.

    The gradient of (dub - plate) along the matte's inward normal, averaged with its sign over lines
    that run along the edge: strips one sigma wide, at every distance from the matte's outline, cut
    into 12 stretches around its middle. A step has one sign along a stretch; shifted texture has
    not, and what chance leaves of it (two standard errors) is taken off. Each stretch counts with
    its strongest line, over the plate's own mean gradient there (texture hides a step) plus two 8-bit
    steps a pixel; the mean over the stretches. Gradients at sigma 1.5 % of the mouth's width, 1 px
    at least.

    dub, plate: float (H, W), display-coded 0 to 1. matte: the final matte (H, W), 0 to 1.
    mouth_width in px. NaN where the matte has no edge in the picture.
    """
    sigma = max(EDGE_SIGMA * mouth_width, 1.0)
    dub, plate, matte = (np.asarray(values, np.float32) for values in (dub, plate, matte))
    band = _edge_band(matte, sigma)
    if band.sum() < LEAST_PIXELS:
        return float("nan")
    across = _across_edge(dub - plate, matte, sigma)[band]
    local = np.hypot(*_gradients(plate, sigma))[band]
    stretch = _stretches(matte)[band]
    line = np.floor(_distance_inwards(matte)[band] / sigma).astype(int)
    strengths = []
    for one in range(STRETCHES):
        here = stretch == one
        if here.sum() >= LEAST_PIXELS:
            step = _strongest_line(across[here], line[here], sigma)
            strengths.append(step / (float(local[here].mean()) + GRADIENT_FLOOR))
    return float(np.mean(strengths)) if strengths else float("nan")


def _strongest_line(across: np.ndarray, line: np.ndarray, sigma: float) -> float:
    """The largest mean of `across` over the pixels of one line, less two standard errors."""
    line = line - line.min()
    count = np.bincount(line).astype(float)
    total, square = np.bincount(line, across), np.bincount(line, across**2)
    enough = count >= LEAST_PIXELS
    if not enough.any():
        return 0.0
    mean = total[enough] / count[enough]
    spread = np.sqrt(np.maximum(square[enough] / count[enough] - mean**2, 0.0))
    # Neighbours within two sigma along the line say the same.
    independent = np.maximum(count[enough] / (2 * sigma * max(sigma, 1.0)), 1.0)
    return float(np.maximum(np.abs(mean) - 2 * spread / np.sqrt(independent), 0.0).max())


def _edge_band(matte: np.ndarray, sigma: float) -> np.ndarray:
    """bool: where the matte is neither 0 nor full, and two sigma around its outline."""
    soft = (matte > TOUCHED) & (matte < FULL)
    outline = cv2.morphologyEx(
        (matte > TOUCHED).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)
    )
    size = 2 * int(np.ceil(2 * sigma)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return soft | (cv2.dilate(outline, disc) > 0) if outline.any() else soft


def _distance_inwards(matte: np.ndarray) -> np.ndarray:
    """Distance from the matte's outline in px, above 0 inside."""
    inside = (matte > TOUCHED).astype(np.uint8)
    distances = [cv2.distanceTransform(side, cv2.DIST_L2, 5) for side in (inside, 1 - inside)]
    return distances[0] - distances[1]


def _stretches(matte: np.ndarray) -> np.ndarray:
    """Which twelfth of the way around the matte's middle each pixel lies in: int (H, W)."""
    rows, columns = np.nonzero(matte > TOUCHED)
    down, right = np.indices(matte.shape, np.float32)
    angle = np.arctan2(down - rows.mean(), right - columns.mean())
    return np.minimum(((angle / np.pi + 1) / 2 * STRETCHES).astype(int), STRETCHES - 1)


def _gradients(values: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """d/dx and d/dy, per px, of the values blurred by sigma."""
    dy, dx = np.gradient(cv2.GaussianBlur(values, (0, 0), sigma))
    return dx, dy


def _across_edge(values: np.ndarray, matte: np.ndarray, sigma: float) -> np.ndarray:
    """Derivative of `values` along the matte's inward normal."""
    dx, dy = _gradients(values, sigma)
    normal_x, normal_y = _gradients(matte, 2 * sigma)
    length = np.maximum(np.hypot(normal_x, normal_y), 1e-9)
    return (dx * normal_x + dy * normal_y) / length
