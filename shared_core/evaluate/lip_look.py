"""LPIPS between the dubbed mouth and the actor's own, on frames spread over the shot."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from . import lpips, picture_measures, regions
from .alignment import Person, landmarks_of
from .lip_measures import Mouths
from .material import Material

SAMPLES = 16
SIZE = 128
# Neighbouring frames are alike in everything: the actor's variety shows further apart.
APART = 10


def distances(
    material: Material, mouths: Mouths, dubbed: np.ndarray, weights: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """LPIPS of the plate's mouth to itself at another time, and of the dub's to the plate: (n,), (n,).

    dubbed: bool (N,), the frames to choose from. For `sharpness.lip_look`.
    """
    dub_opening, plate_opening = mouths.opening("dub"), mouths.opening("plate")
    rows = np.flatnonzero(dubbed & np.isfinite(dub_opening) & np.isfinite(plate_opening))
    chosen = np.linspace(0, len(rows) - 1, min(SAMPLES, len(rows))).round().astype(int)
    rows = rows[chosen]
    own, dub = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for index, row in enumerate(rows):
        order = np.argsort(abs(plate_opening - dub_opening[row]))
        order = order[np.isfinite(plate_opening[order])]
        if not len(order):
            continue
        others = order[abs(order - order[0]) >= APART]
        nearest = _mouth(material, mouths.actor, "plate", int(order[0]))
        dub[index] = _inside(_mouth(material, mouths.actor, "dub", int(row)), nearest, mouths.actor, weights)
        if len(others):
            other = _mouth(material, mouths.actor, "plate", int(others[0]))
            own[index] = _inside(other, nearest, mouths.actor, weights)
    return own, dub


def _inside(a: np.ndarray, b: np.ndarray, actor: Person, weights: dict[str, Any]) -> float:
    matte = cv2.resize(picture_measures.mouth_matte(actor), (SIZE, SIZE))
    return float(lpips.lpips_map(a, b, weights)[matte > 0.5].mean())


def _mouth(material: Material, actor: Person, who: str, row: int) -> np.ndarray:
    """The upright mouth, uint8 (128, 128, 3)."""
    frame = int(material.frames[row])
    picture = getattr(material, who)(frame)
    points = landmarks_of(material.plate_track)[material.plate_track.row(frame)] - material.origin
    centre, span = picture_measures.mouth_centre(actor), picture_measures.MOUTH_SPAN
    planes = np.moveaxis(picture.astype(np.float32), -1, 0)
    patches = [regions.upright_patch(plane, points, actor.template, centre, span, SIZE) for plane in planes]
    return np.stack(patches, axis=-1).round().clip(0, 255).astype(np.uint8)
