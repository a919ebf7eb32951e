"""The plate with its own jaw and neck where the drive has them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..faces.scale import mouth_width_px
from ..faces.skin_motion import bent, skin_field, vectors_within
from ..spec.operator import Frame, operator
from ..values import Drive, Flow, Image, Track, Window
from . import _skin_knobs as knobs


class WarpedPlate(NamedTuple):
    """plate: the whole plate, its lower face and neck moved. flow: their motion."""

    plate: Image
    flow: Flow


@operator("Warp Plate", scope="frame", version=1)
def warp_plate(
    plate: Image,
    track: Track,
    drive: Drive,
    frame: Frame,
    flow: Flow | None = None,
    *,
    smooth: knobs.Smooth = knobs.SMOOTH,
    reach: knobs.Reach = knobs.REACH,
) -> WarpedPlate:
    """Move the plate's jaw, and the neck below it, to where the drive has them.

    A network that paints on this plate has to make up the face alone: around it lie the actor's own neck and
    collar, where they belong to the new jaw. The mouth in it is the old one, stretched, and is to be hidden.
    A connected `flow` (plate pixels) replaces the motion made here. Where the face or the drive is missing,
    the plate comes back as it is. The motion is that of Warp Flow (Mesh).
    """
    face, target = track.at(frame), drive.at(frame)
    if not (face.present and target.present):
        nowhere = Window(0, 0, 0, 0)
        return WarpedPlate(
            plate, Flow(np.zeros((0, 0, 2), np.float32), np.zeros((0, 0), np.float32), nowhere))
    unit = mouth_width_px(face.landmarks)
    own, wanted = face.landmarks[:, :2].astype(np.float64), target.landmarks.astype(np.float64)
    field = skin_field(own, wanted, unit, reach / 100.0)
    if flow is None:
        vectors = field.spread(own - wanted, smooth / 100.0 * unit)
    else:
        vectors = vectors_within(flow, field.window)
    part = field.window.intersection(plate.window)
    moved = plate.pixels.copy()
    if not part.empty:
        inside = part.slices_in(field.window)
        here = vectors[inside]
        still = ~here.any(axis=-1, keepdims=True)
        here_pixels = bent(plate, part, here)
        rows, columns = part.slices_in(plate.window)
        moved[rows, columns] = np.where(still, moved[rows, columns], here_pixels)
    return WarpedPlate(
        Image(moved, plate.window, plate.channels),
        Flow(vectors, np.ones(vectors.shape[:2], np.float32), field.window))
