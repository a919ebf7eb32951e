"""The learned motion: from the references to the mouth that the voice asks for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..faces.face_crop import to_crop
from ..faces.motion_prior import motion_prior
from ..faces.network_crop import NetworkCrop
from ..networks.requirements import require
from ..spec.errors import ModelError
from ..spec.operator import Frame, operator
from ..values import Alignment, Checkpoint, Drive, Flow, Image, Mask, Motion, ReferenceFaces, Window


class LearnedWarp(NamedTuple):
    """motion: into each reference, with their shares. flow: their mean as plate pixels, for a look, for
    passes and for editing; its confidence is the largest share.
    """

    motion: Motion
    flow: Flow


@operator("Warp Flow (Learned)", scope="frame", version=2, weights=("iptalker_preview",), tunable=True)
def warp_flow_learned(
    plate: Image,
    matte: Mask,
    references: ReferenceFaces,
    alignment: Alignment,
    drive: Drive,
    frame: Frame,
    weights: Checkpoint | None = None,
) -> LearnedWarp:
    """Find where each pixel of the lower face comes from in the references.

    Landmarks give the first guess: each reference bent to the drive's face. The network sees the plate with
    the matte hidden, the references so bent, and what the alignment asks for, and gives what the guess lacks
    and how much each reference counts at each pixel. Where the
    face or the voice is missing, the result is empty and the plate passes through. After IPTalker, Eq. 4 to
    6; one motion for each reference, and landmarks, after IP_LAP.

    Raises ModelError for a checkpoint that does not fit, or is not the alignment's.
    """
    require("torch", "Warp Flow (Learned)")
    from ..networks.iptalker.runner import runner_of

    asked, wanted = alignment.at(frame), drive.at(frame)
    if not (asked.present and wanted.present):
        return LearnedWarp(Motion.none(), _nowhere())
    runner = runner_of(weights)
    if runner.key != alignment.weights:
        raise ModelError(
            "the alignment was made by another checkpoint; connect the same weights to both, and run"
            " `dub prepare`"
        )
    crop = NetworkCrop(asked.crop, runner.config.height, references)
    prior = motion_prior(to_crop(wanted.landmarks.astype(np.float64), asked.crop), references.landmarks)
    source, hole = crop.source(plate), crop.hole(matte)
    vectors, share = runner.move(source, hole, references, asked.style, prior)
    motion = Motion(vectors, share, asked.crop)
    return LearnedWarp(motion, crop.to_plate(motion.mean, share.max(axis=0), plate.window))


def _nowhere() -> Flow:
    return Flow(np.zeros((0, 0, 2), np.float32), np.zeros((0, 0), np.float32), Window(0, 0, 0, 0))
