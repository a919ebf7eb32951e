"""Polygons to mattes, and mattes grown, feathered and combined.

Convention: points in plate pixels, x right, y down, pixel (i, j) covers [i, i+1) x [j, j+1), so a
polygon from (0, 0) to (2, 2) covers four pixels fully. A Mask is 0 outside its window.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from shared_core.values import Mask, Window

CUT_SIGMAS = 3.0
COMBINE_MODES = ("ignore", "replace", "add", "subtract", "multiply")
# Below this a coverage is rounding noise of the running sum.
_NOISE = 1e-5
# From this sigma on, px, a blur by Fourier transform is faster, at 500 px forty times.
_FOURIER_SIGMA = 40.0


def fill_polygon(points: np.ndarray, *, folded: bool = True) -> Mask:
    """Rasterise a closed polygon with exact area coverage: no supersampling, no preferred grid.

    points: (N, 2), px, clockwise on screen. folded: what to do where the loop crosses itself and
    runs backwards: True fills that part too (a lip seen from the side), False leaves it out (a
    mouth whose inner lips have crossed is closed). Fewer than three points give an empty mask.

    Each edge is cut where it crosses pixel borders; a piece inside one pixel adds its height, and
    the area to its right, to that pixel; a running sum over the row gives coverage.
    """
    points = np.asarray(points, np.float64)
    if len(points) < 3 or not np.isfinite(points).all():
        return Mask.empty()
    window = Window.around(*points.min(axis=0), *points.max(axis=0))
    if window.empty:
        return Mask.empty()
    start = points - (window.x, window.y)
    end = np.roll(start, -1, axis=0)
    pieces = np.concatenate([_cut_edge(a, b) for a, b in zip(start, end, strict=True)])
    height = pieces[:, 3] - pieces[:, 1]
    middle = (pieces[:, :2] + pieces[:, 2:]) / 2
    row = np.clip(middle[:, 1].astype(np.int64), 0, window.height - 1)
    column = np.clip(middle[:, 0].astype(np.int64), 0, window.width - 1)
    share = middle[:, 0] - column
    stride = window.width + 1
    index = row * stride + column
    size = window.height * stride
    sums = np.bincount(index, height * (1 - share), size) + np.bincount(index + 1, height * share, size)
    # Clockwise on screen: the left sides run upwards, so their heights are negative.
    coverage = -np.cumsum(sums.reshape(window.height, stride), axis=1)[:, :-1]
    coverage = np.clip(np.abs(coverage) if folded else coverage, 0, 1)
    coverage[coverage < _NOISE] = 0
    coverage[coverage > 1 - _NOISE] = 1
    return Mask(coverage.astype(np.float32), window)


def _cut_edge(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(K, 4) pieces x0, y0, x1, y1 of an edge, none of which crosses a pixel's border."""
    shares = [np.array([0.0, 1.0])]
    for axis in (0, 1):
        low, high = sorted((start[axis], end[axis]))
        borders = np.arange(math.floor(low) + 1, math.ceil(high))
        if len(borders):
            shares.append((borders - start[axis]) / (end[axis] - start[axis]))
    shares = np.sort(np.concatenate(shares))
    ends = start + shares[:, None] * (end - start)
    return np.concatenate([ends[:-1], ends[1:]], axis=1)


def fill_hull(points: np.ndarray) -> Mask:
    """Rasterise the convex hull of `points` (N, 2), px."""
    if len(points) < 3:
        return Mask.empty()
    # OpenCV works in float32: take it near the origin, or a hull far out loses its fractions.
    origin = np.floor(np.asarray(points, np.float64).min(axis=0))
    hull = cv2.convexHull((points - origin).astype(np.float32), clockwise=True)
    return fill_polygon(hull[:, 0].astype(np.float64) + origin)


def grow(mask: Mask, pixels: float) -> Mask:
    """Move the matte's edge outwards by `pixels` (inwards where negative), with sub-pixel precision.

    For hard mattes (with a one-pixel edge), as the fills make them: grow first, feather then.
    """
    if pixels == 0 or mask.window.empty:
        return mask
    reach = max(1, math.ceil(pixels) + 2)
    window = mask.window.grown(reach)
    alpha = np.pad(mask.alpha, reach)
    distance = _signed_distance(alpha)
    grown = np.clip(pixels + 0.5 - distance, 0, 1).astype(np.float32)
    return trimmed(Mask(grown, window))


def _signed_distance(alpha: np.ndarray) -> np.ndarray:
    """Distance of each pixel's centre from the 0.5 line of a hard matte, px; negative inside.

    On the one-pixel edge coverage itself says it; elsewhere it is the distance to the nearest pixel
    on the other side, corrected by how far that pixel's coverage puts the line from its centre.
    Within .1 px of the truth.
    """
    inside = alpha >= 0.5
    if not inside.any() or inside.all():
        return np.where(inside, -np.inf, np.inf)
    outer = _distance_to(inside, alpha)
    inner = _distance_to(~inside, 1 - alpha)
    on_edge = (alpha > 0) & (alpha < 1)
    return np.where(on_edge, 0.5 - alpha, np.where(inside, -inner, outer))


def _distance_to(goal: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Distance to the 0.5 line of `alpha` for pixels outside `goal` (bool), whose alpha is >= 0.5."""
    distance, labels = cv2.distanceTransformWithLabels(
        (~goal).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    at_label = np.zeros(int(labels.max()) + 1, np.float32)
    at_label[labels[goal]] = alpha[goal]
    return distance - np.clip(at_label[labels] - 0.5, 0, 0.5)


def feather(mask: Mask, sigma: float) -> Mask:
    """Blur the matte by a Gaussian of `sigma` px, cut at 3 sigma: exactly 0 beyond that distance."""
    if sigma <= 0 or mask.window.empty:
        return mask
    reach = math.ceil(CUT_SIGMAS * sigma)
    side = 2 * reach + 1
    if sigma > _FOURIER_SIGMA:
        kernel = cv2.getGaussianKernel(side, sigma, cv2.CV_64F)[:, 0]
        soft = _convolved(_convolved(mask.alpha, kernel, axis=1), kernel, axis=0).astype(np.float32)
        soft[soft < _NOISE**2] = 0
    else:
        padded = np.pad(mask.alpha, reach)
        soft = cv2.GaussianBlur(padded, (side, side), sigma, borderType=cv2.BORDER_CONSTANT)
    return Mask(np.clip(soft, 0, 1), mask.window.grown(reach))


def _convolved(alpha: np.ndarray, kernel: np.ndarray, axis: int) -> np.ndarray:
    """`alpha` (height, width) convolved with `kernel` (K,) along `axis`, K - 1 px longer; 0 beyond it."""
    length = alpha.shape[axis] + len(kernel) - 1
    padded = -(-length // 256) * 256  # lengths of small factors transform fastest
    line = np.fft.rfft(kernel, padded)
    spectrum = np.fft.rfft(alpha, padded, axis=axis) * (line if axis == 1 else line[:, None])
    return np.fft.irfft(spectrum, padded, axis=axis)[(slice(None),) * axis + (slice(length),)]


def on_window(mask: Mask, window: Window) -> np.ndarray:
    """The mask's alpha over `window`: float32 (height, width), 0 where the mask says nothing."""
    out = np.zeros((window.height, window.width), np.float32)
    shared = window.intersection(mask.window)
    if not shared.empty:
        rows, columns = shared.slices_in(window)
        out[rows, columns] = mask.crop(shared).alpha
    return out


def trimmed(mask: Mask) -> Mask:
    """The same matte over the smallest window that holds all of it."""
    rows, columns = np.flatnonzero(mask.alpha.any(axis=1)), np.flatnonzero(mask.alpha.any(axis=0))
    if not len(rows):
        return Mask.empty()
    return mask.crop(Window(
        mask.window.x + int(columns[0]), mask.window.y + int(rows[0]),
        int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1,
    ))


def union(a: Mask, b: Mask) -> Mask:
    """The larger of both alphas, over a window that holds both."""
    window = a.window.union(b.window)
    return Mask(np.maximum(on_window(a, window), on_window(b, window)), window)


def combine(own: Mask, other: Mask, mode: str) -> Mask:
    """Let another matte act on `own`; see COMBINE_MODES. Beyond its window `other` is 0.

    add: the sum, at most 1. subtract: own less other, at least 0. Alphas of `other` outside 0 to 1
    (and NaN, as 0) are brought inside first. Raises ValueError for another mode.
    """
    if mode not in COMBINE_MODES:
        raise ValueError(f"mode {mode!r}; expected one of {', '.join(COMBINE_MODES)}")
    if mode == "ignore":
        return own
    theirs = Mask(np.clip(np.nan_to_num(other.alpha, nan=0.0), 0, 1), other.window)
    if mode == "replace":
        return trimmed(theirs)
    window = own.window.union(theirs.window) if mode == "add" else own.window
    mine, alpha = on_window(own, window), on_window(theirs, window)
    result = {
        "add": lambda: np.minimum(mine + alpha, 1),
        "subtract": lambda: np.maximum(mine - alpha, 0),
        "multiply": lambda: mine * alpha,
    }[mode]()
    return trimmed(Mask(result.astype(np.float32), window))
