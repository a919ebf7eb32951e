"""The generated lower face, painted by a network from warped references."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from ..faces.network_crop import NetworkCrop
from ..networks.requirements import require
from ..spec.knob import Knob
from ..spec.operator import operator
from ..values import Checkpoint, Flow, Image, Mask, Motion, ReferenceFaces, Window


@operator("SPADE Inpaint", scope="frame", version=3, weights=("iptalker_preview",), tunable=True)
def spade_inpaint(
    plate: Image,
    matte: Mask,
    references: ReferenceFaces,
    motion: Motion,
    flow: Flow | None = None,
    weights: Checkpoint | None = None,
    *,
    texture: Annotated[float, Knob(
        "Texture", "How much of the references' texture that is finer than the network's own pixels rides "
        "along on the motion.", hard=(0, 2), soft=(0, 1))] = 1.0,
    colour_match: Annotated[float, Knob(
        "Colour Match", "How far what the network left of a difference in light is taken out.",
        hard=(0, 1))] = 1.0,
    edge: Annotated[float, Knob(
        "Edge", "How far inside the matte the plate's own skin gives way to the network's. 0 cuts at the "
        "matte; above that the plate has to be one whose jaw is where the drive has it (Warp Plate).",
        hard=(0, 100), soft=(0, 40), unit="% of mouth width", keyable=True)] = 0.0,
) -> Image:
    """Paint what the matte hides, from the references moved onto this frame.

    The network encodes plate and references again, warps the references' features and pixels by the
    motion, and decodes them under the control of what it sees around the matte. A connected `flow` (plate
    pixels, as the pass `dub_flow` has it) takes the place of the motion's mean: what an artist bends there
    bends the face. Outside the matte the result is the plate. After IPTalker, Eq. 7 and section III-D.

    Raises ModelError for a checkpoint that does not fit.
    """
    require("torch", "SPADE Inpaint")
    from ..networks.iptalker.runner import runner_of

    if motion.empty:
        return Image(np.zeros((0, 0, 3), np.float32), Window(0, 0, 0, 0))
    runner = runner_of(weights)
    crop = NetworkCrop(motion.crop, runner.config.height, references)
    source, hole, vectors = crop.source(plate), crop.hole(matte), motion.vectors
    if flow is not None:
        vectors = vectors + (crop.from_plate(flow, motion.mean) - motion.mean)
    made = runner.paint(source, hole, references, vectors, motion.share)
    made = made + colour_match * crop.light_missing(source, made, hole)
    fine = runner.texture(references, vectors, motion.share)
    return crop.face(plate, made, texture * fine, hole, edge / 100.0)
