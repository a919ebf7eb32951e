"""Outlines on a face: which polygons the mattes are made of, frame by frame."""

from __future__ import annotations

import numpy as np

from shared_core.values import Track

from .topology import BELOW_EYES, JAW, LIPS_OUTER, LOWER_FACE, UPPER_FACE

# The jaw's band: how far it reaches from the jaw line towards the mouth, and beyond the face.
JAW_INWARDS, JAW_OUTWARDS = 0.28, 0.10
# A jaw point nearer to the mouth than this share of the usual distance is on the far side.
HIDDEN_JAW = 0.6
_UPPER = list(UPPER_FACE)


def face_extent(points: np.ndarray) -> float:
    """The face's longer side (of its landmarks' box), px: what percentages of the face refer to."""
    return float(np.ptp(points[:468, :2], axis=0).max())


def lower_face_points(points: np.ndarray, upper_edge: str) -> np.ndarray:
    """The lower-half set (N, 2) whose convex hull is the matte; upper_edge: nose base or below eyes."""
    chosen = LOWER_FACE if upper_edge == "nose base" else LOWER_FACE + BELOW_EYES
    return points[list(chosen), :2]


def neck_points(points: np.ndarray, reach: float) -> np.ndarray:
    """The jaw line (17, 2) pushed `reach` px away from the mouth at the chin, less towards the ears.

    The neck below a chin moves along with it. A matte that ended at the jaw would cut through that
    motion, and the plate's own chin would stand below the dub's as a second one.
    """
    jaw = points[list(JAW), :2]
    away = jaw - points[list(LIPS_OUTER), :2].mean(axis=0)
    away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
    share = np.sin(np.linspace(0.0, np.pi, len(jaw)))[:, None]
    return jaw + reach * share * away


def jaw_band(points: np.ndarray) -> np.ndarray:
    """A closed band along the visible jaw line: (N, 2), px.

    In a profile the far half of the line runs up behind the mouth; there the band ends.
    """
    jaw = points[list(JAW), :2]
    towards_mouth = points[list(LIPS_OUTER), :2].mean(axis=0) - jaw
    away = np.linalg.norm(towards_mouth, axis=1)
    hidden = np.flatnonzero(away < HIDDEN_JAW * np.median(away))
    middle = len(jaw) // 2
    first = max((i + 1 for i in hidden if i < middle), default=0)
    last = min((i for i in hidden if i > middle), default=len(jaw))
    jaw, towards_mouth = jaw[first:last], towards_mouth[first:last]
    return np.concatenate([jaw - JAW_OUTWARDS * towards_mouth, (jaw + JAW_INWARDS * towards_mouth)[::-1]])


def steadied(track: Track, frame: int, frames_around: int) -> np.ndarray:
    """The landmarks (478, 2) of `frame`, px, averaged over neighbours that are moved onto its pose.

    frames_around: how many frames to each side weigh in (a triangle). Each neighbour's upper face
    is first laid over this frame's by a similarity, so that a moving head is not lagged behind:
    only the face's own shape is averaged. Neighbours across a cut or a gap do not count.
    """
    here = track.landmarks[track.row(frame), :, :2].astype(np.float64)
    total, weights = here.copy(), 1.0
    row = track.row(frame)
    for direction in (-1, 1):
        for distance in range(1, frames_around + 1):
            other = row + direction * distance
            if not 0 <= other < len(track.frames) or not track.present[other]:
                break
            if int(track.frames[max(other, other - direction)]) in track.cuts:
                break
            weight = 1 - distance / (frames_around + 1)
            total += weight * _laid_over(track.landmarks[other, :, :2].astype(np.float64), here)
            weights += weight
    return total / weights


def _laid_over(points: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """`points` moved by the similarity that fits their upper face to that of `goal` (least squares)."""
    source, target = points[_UPPER], goal[_UPPER]
    source_middle, target_middle = source.mean(axis=0), target.mean(axis=0)
    a = (source - source_middle) @ np.array([1, 1j])
    b = (target - target_middle) @ np.array([1, 1j])
    turn = np.vdot(a, b) / max(float(np.vdot(a, a).real), 1e-12)
    moved = ((points - source_middle) @ np.array([1, 1j])) * turn
    return np.stack([moved.real, moved.imag], axis=1) + target_middle
