"""Smoothing and gap filling along time; never across a cut or a gap."""

from __future__ import annotations

import numpy as np

from .canonical import fit_template, middle_shape
from .topology import UPPER_FACE


def segments(present: np.ndarray, frames: np.ndarray, cuts: tuple[int, ...]) -> list[slice]:
    """Runs of rows with a face, with consecutive frame numbers and no cut inside.

    present: bool (N,). frames: int (N,), ascending. cuts: the first frame of every later scene.
    """
    starts_anew = np.ones(len(frames), bool)
    if len(frames) > 1:
        step = int(np.diff(frames).min())
        starts_anew[1:] = np.diff(frames) > step
    starts_anew |= np.isin(frames, cuts)
    out, start = [], None
    for row in range(len(frames) + 1):
        ends = row == len(frames) or not present[row] or starts_anew[row]
        if start is not None and ends:
            out.append(slice(start, row))
            start = None
        if row < len(frames) and present[row] and start is None:
            start = row
    return out


def smooth(values: np.ndarray, runs: list[slice], window: int, order: int = 2) -> np.ndarray:
    """Savitzky-Golay over axis 0 of `values` (N, ...), separately in each of `runs`.

    window: frames; an even one counts as the next odd one, 1 is none. A shorter run gets the
    longest odd window that fits, and none where `order` leaves it nothing to do. The ends are
    fitted by the polynomial, not padded.
    """
    # Imported here: it takes a second, which rendering a frame would wait for.
    from scipy.signal import savgol_filter

    out = values.copy()
    for run in runs:
        length = run.stop - run.start
        fitting = min(window | 1, length if length % 2 else length - 1)
        if fitting > order + 1:
            out[run] = savgol_filter(values[run], fitting, order, axis=0, mode="interp")
    return out


def fill_gaps(values: np.ndarray, present: np.ndarray, frames: np.ndarray, cuts: tuple[int, ...],
              longest: int) -> np.ndarray:
    """Interpolate rows of `values` (N, ...) linearly, in place, over short gaps inside a scene.

    longest: the longest gap in frames that is bridged. Returns bool (N,), the rows it filled.
    """
    filled = np.zeros(len(present), bool)
    known = np.flatnonzero(present)
    for before, after in zip(known[:-1], known[1:], strict=True):
        missing = after - before - 1
        crosses_cut = any(frames[before] < cut <= frames[after] for cut in cuts)
        if not 0 < missing <= longest or crosses_cut:
            continue
        for row in range(before + 1, after):
            share = (frames[row] - frames[before]) / (frames[after] - frames[before])
            values[row] = values[before] * (1 - share) + values[after] * share
            filled[row] = True
    return filled


def smooth_shape(points: np.ndarray, present: np.ndarray, runs: list[slice], window: int) -> np.ndarray:
    """Smooth how a face moves in itself, and leave where its head is as it was seen.

    points: (N, 478, 3), square px; rows without `present` stay as they are. A head's own motion is
    in the picture: a mouth placed on a smoothed head trembles against the real one (on a talking
    head that doubled the lips' tremble). Each frame's similarity, from the points that are rigid
    with the skull, is taken off before `smooth` and put back after.
    """
    if not present.any():
        return points
    upper = list(UPPER_FACE)
    seen = points[present]
    pose = fit_template(middle_shape(seen[:, upper, :2]), seen[:, upper, :2])
    shapes = points.copy()
    shapes[present, :, :2] = pose.remove(seen[..., :2])
    shapes = smooth(shapes, runs, window)
    shapes[present, :, :2] = pose.place(shapes[present, :, :2])
    return shapes
