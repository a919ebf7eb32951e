"""The plate with its own jaw and neck where the drive has them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..faces.skin_motion import bent, skin_motion
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
    _, _, _, field, vectors = skin_motion(face, target, flow, smooth, reach)
    moved = plate.pixels.copy()
    part = field.window.intersection(plate.window)
    if not part.empty:
        here, place = vectors[part.slices_in(field.window)], part.slices_in(plate.window)
        moves = here.any(axis=-1, keepdims=True)
        moved[place] = np.where(moves, bent(plate, part, here), moved[place])
    return WarpedPlate(
        Image(moved, plate.window, plate.channels),
        Flow(vectors, np.ones(vectors.shape[:2], np.float32), field.window))
