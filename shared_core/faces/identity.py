"""Who is who: a cheap appearance descriptor, enough to tell the people of one shot apart.

Not a face recogniser: it compares eyes, brows and nose (gradients) and the tint of the skin
between frames of one shot under much the same light. It needs no weights.
"""

from __future__ import annotations

import cv2
import numpy as np

from .topology import EYE_CORNERS

SIDE = 48
CELLS = 6
ORIENTATIONS = 8
# Where the eyes' middles and the subnasale lie in the aligned patch, px.
_TARGET = np.array([[14.0, 18.0], [34.0, 18.0], [24.0, 36.0]], np.float32)
# Distances on the development footage: from one frame to the next at most .22; the same person in
# two videos a year apart .23 to .33; two people .43 at least, .7 usually; the same person after a
# turn of the head up to .7, which is why views are learnt while the face is followed.
CONTINUOUS = 0.30
SAME_PERSON = 0.38
# Enough where nobody else was ever seen in the clip: from frame to frame, and found anew.
CONTINUOUS_ALONE = 0.42
ALONE = 0.55


def descriptor(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Describe the face at `points` of `picture`: float32 (CELLS² x (ORIENTATIONS + 2),).

    picture: uint8 crop of a face (S, S, 3), square pixels. points: (478, 2), its px. The first
    part holds gradient histograms of unit length, the rest the tint of each cell.
    """
    left, right = (points[list(corners), :2].mean(axis=0) for corners in EYE_CORNERS)
    source = np.array([left, right, points[2, :2]], np.float32)
    matrix = cv2.getAffineTransform(source - 0.5, _TARGET - 0.5)
    # Smoothed first, because the patch is coarser than the crop.
    soft = cv2.GaussianBlur(picture, (0, 0), 1.2)
    patch = cv2.warpAffine(soft, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    lab = cv2.cvtColor(cv2.GaussianBlur(patch, (5, 5), 1.0), cv2.COLOR_RGB2LAB).astype(np.float32)
    return np.concatenate([_gradients(lab[..., 0]), _tint(lab)]).astype(np.float32)


def _gradients(lightness: np.ndarray) -> np.ndarray:
    dx = cv2.Sobel(lightness, cv2.CV_32F, 1, 0)
    dy = cv2.Sobel(lightness, cv2.CV_32F, 0, 1)
    strength, angle = cv2.cartToPolar(dx, dy)
    bins = (angle * (ORIENTATIONS / (2 * np.pi))).astype(np.int64) % ORIENTATIONS
    cell = np.arange(SIDE) * CELLS // SIDE
    index = (cell[:, None] * CELLS + cell[None]) * ORIENTATIONS + bins
    histogram = np.bincount(index.ravel(), strength.ravel(), CELLS * CELLS * ORIENTATIONS)
    histogram = np.sqrt(histogram)
    return histogram / (np.linalg.norm(histogram) + 1e-9)


def _tint(lab: np.ndarray) -> np.ndarray:
    """a and b of each cell over its lightness: steadier than either when the light changes."""
    size = SIDE // CELLS
    cells = lab.reshape(CELLS, size, CELLS, size, 3).mean(axis=(1, 3)).reshape(-1, 3)
    return ((cells[:, 1:] - 128) / (cells[:, :1] + 32)).ravel()


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """How unlike two descriptors are: 0 the same, about 1 as unlike as faces get."""
    split = CELLS * CELLS * ORIENTATIONS
    shape = 1 - float(a[:split] @ b[:split]) / float(
        np.linalg.norm(a[:split]) * np.linalg.norm(b[:split]) + 1e-9
    )
    tint = float(np.abs(a[split:] - b[split:]).mean())
    return 2.0 * shape + 2.0 * tint


class Person:
    """One person's looks so far: some views, so that a turned head is known again, and rivals' looks."""

    def __init__(self, first: np.ndarray, rivals: list[np.ndarray], most_views: int = 24) -> None:
        self._views = [first]
        self._rivals = list(rivals)
        self._most = most_views
        self._latest = first

    def unlikeness(self, looks: np.ndarray) -> float:
        """The distance from the nearest view."""
        return min(distance(looks, view) for view in self._views)

    def goes_on(self, looks: np.ndarray) -> bool:
        """Whether a face at the place of the last one is still the same: it changed but little."""
        limit = CONTINUOUS if self._rivals else CONTINUOUS_ALONE
        return distance(looks, self._latest) < limit or self.is_me(looks)

    def is_me(self, looks: np.ndarray) -> bool:
        """Whether a face found anew is near enough to a known view, and nearer than to any rival."""
        mine = self.unlikeness(looks)
        nearest_rival = min((distance(looks, rival) for rival in self._rivals), default=np.inf)
        return mine < (SAME_PERSON if self._rivals else ALONE) and mine < nearest_rival

    def learn(self, looks: np.ndarray, sure: bool) -> None:
        """Take `looks` as the latest; keep it as a view where it is new, `sure`, and there is room."""
        self._latest = looks
        if sure and len(self._views) < self._most and self.unlikeness(looks) > SAME_PERSON / 2:
            self._views.append(looks)

    def meet(self, others: list[np.ndarray]) -> None:
        """Remember faces that stand beside this person in one frame: they are somebody else."""
        for looks in others:
            if len(self._rivals) < self._most and not any(
                distance(looks, rival) < SAME_PERSON / 2 for rival in self._rivals
            ):
                self._rivals.append(looks)
