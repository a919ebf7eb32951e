"""The motion of a plate's own skin to where a drive has the face, and the plate so bent.

Convention: points in plate pixels, y down, centres at +0.5; flows are backward.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from ..geometry.face_field import FaceField
from ..geometry.sampling import fill_non_finite, sample
from ..values import Flow, Image, Window
from ..values.drive import DriveFrame
from ..values.track import Face
from .scale import mouth_width_px
from .topology import JAW, LIPS_OUTER, LOWER_FACE, MOUTH_TRIANGLES, tesselation

_CELLS_PER_MOUTH = 48
_LEAST_MARGIN = 0.7
"""How far the pixels reach beyond the lower face at least, mouth widths: a larger matte finds some there."""
_UNFOLDED = 2.0
"""The neck moves along over so many times what a jaw rises: below 1.5 it would show the chin twice."""


class SkinMotion(NamedTuple):
    """own, wanted: landmarks (478, 2), float64, where the plate has the face, and where the drive has it.
    unit: the mouth's width, px. field: the mesh of the lower face. vectors: the motion, float32
    (height, width, 2), over the field's window.
    """

    own: np.ndarray
    wanted: np.ndarray
    unit: float
    field: FaceField
    vectors: np.ndarray


def skin_motion(
    face: Face, target: DriveFrame, flow: Flow | None, smooth: float, reach: float,
) -> SkinMotion:
    """The motion of the plate's skin to the drive's face, or a connected `flow` in its place.

    smooth: Gaussian sigma over the motion. reach: how far beyond the jaw the neck moves along. Both in
    percent of the mouth's width.
    """
    unit = mouth_width_px(face.landmarks)
    own, wanted = face.landmarks[:, :2].astype(np.float64), target.landmarks.astype(np.float64)
    field = _field(own, wanted, unit, reach / 100.0)
    if flow is None:
        vectors = field.spread(own - wanted, smooth / 100.0 * unit)
    else:
        vectors = vectors_within(flow, field.window)
    return SkinMotion(own, wanted, unit, field, vectors)


@cache
def _mesh() -> np.ndarray:
    """Triangles of the lower face, the mouth's opening included."""
    lower = np.isin(tesselation(), LOWER_FACE).all(axis=1)
    return np.vstack([tesselation()[lower], np.array(MOUTH_TRIANGLES)])


def _field(own: np.ndarray, wanted: np.ndarray, unit: float, reach: float) -> FaceField:
    """The mesh of the lower face over where it is (`own`, (478, 2)) and where it shall be (`wanted`).

    unit: the mouth's width, px. reach: how far beyond the jaw the neck moves along, in units; further where
    the jaw is drawn in by more than half of that.
    """
    reach = max(reach, _UNFOLDED * _drawn_in(own, wanted) / unit)
    both = np.vstack([own[list(LOWER_FACE)], wanted[list(LOWER_FACE)]])
    margin = round((max(reach, _LEAST_MARGIN) + 0.1) * unit)
    window = Window.around(*(both.min(axis=0)), *(both.max(axis=0))).grown(margin)
    step = max(1, round(unit / _CELLS_PER_MOUTH))
    return FaceField.over(wanted, _mesh(), window, step, reach * unit)


def _drawn_in(own: np.ndarray, wanted: np.ndarray) -> float:
    """How far the jaw goes towards the mouth, at most, px; 0 where it goes away from it."""
    jaw = list(JAW)
    outwards = wanted[jaw] - wanted[list(LIPS_OUTER)].mean(axis=0)
    outwards /= np.maximum(np.linalg.norm(outwards, axis=1, keepdims=True), 1e-9)
    return max(0.0, float(((own[jaw] - wanted[jaw]) * outwards).sum(axis=1).max()))


def centres_of(window: Window) -> tuple[np.ndarray, np.ndarray]:
    """x and y of every pixel of `window`, float32 (height, width)."""
    x = np.arange(window.x, window.right, dtype=np.float32) + np.float32(0.5)
    y = np.arange(window.y, window.bottom, dtype=np.float32) + np.float32(0.5)
    shape = (window.height, window.width)
    return np.broadcast_to(x, shape), np.broadcast_to(y[:, None], shape)


def vectors_within(flow: Flow, window: Window) -> np.ndarray:
    """The flow's vectors over `window`, still where it says nothing, or nothing finite."""
    vectors = np.zeros((window.height, window.width, 2), np.float32)
    common = window.intersection(flow.window)
    if not common.empty:
        given = flow.crop(common).vectors
        vectors[common.slices_in(window)] = np.where(np.isfinite(given), given, np.float32(0))
    return vectors


def bent(image: Image, window: Window, vectors: np.ndarray) -> np.ndarray:
    """Pixels of `image` at every pixel of `window` displaced by `vectors` (height, width, 2)."""
    x, y = centres_of(window)
    # Beyond the plate its edge repeats: nothing changes by reading no further than that.
    x = np.clip(x + vectors[..., 0], image.window.x, image.window.right)
    y = np.clip(y + vectors[..., 1], image.window.y, image.window.bottom)
    needed = Window.around(x.min() - 3, y.min() - 3, x.max() + 3, y.max() + 3).intersection(image.window)
    crop = image.crop(needed)
    return sample(fill_non_finite(np.ascontiguousarray(crop.pixels)), x - needed.x, y - needed.y)
