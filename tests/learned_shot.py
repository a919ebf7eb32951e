"""A made-up shot for the operators that run IPTalker, with a small network that was not trained."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from talking_face import Take, talk

from shared_core.faces.canonical import MouthSpace
from shared_core.faces.mouth_modes import measure
from shared_core.networks.iptalker.checkpoint import ARCHITECTURE
from shared_core.networks.iptalker.config import Config
from shared_core.networks.iptalker.network import IPTalker
from shared_core.operators.align import align
from shared_core.operators.landmark_mask import landmark_mask
from shared_core.operators.reference_faces import reference_faces
from shared_core.operators.spade_inpaint import spade_inpaint
from shared_core.operators.warp_flow_learned import warp_flow_learned
from shared_core.values import Checkpoint, Drive

SMALL = Config("small", 208, 160, channels=8, embedding=16, units=1, heads=2, spade=4, speech_depth=12)
COUNT, FRAME = 40, 20
PLATE = Take(talk(COUNT, seed=2), jaw=0.02, size=(256, 320), y=170.0)
WANTED = Take(talk(COUNT, seed=5), jaw=0.03, size=(256, 320), y=170.0)


@cache
def checkpoint(seed: int = 0, size: float = 0.05, **changed) -> Checkpoint:
    """A network whose outputs are drawn, not zero, so that every part of it has an effect."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    network = IPTalker(Config(**{**vars(SMALL), **changed}))
    with torch.no_grad():
        for layer in (network.motion.out, network.decoder.out):
            layer.weight.copy_(size * torch.randn(layer.weight.shape, generator=generator))
    arrays = {name: value.numpy() for name, value in network.state_dict().items()}
    facts = {"architecture": ARCHITECTURE, "configuration": network.config.to_json()}
    return Checkpoint(arrays, facts, f"key {seed} {size} {changed}", f"small-{seed}.safetensors")


def drive_to(take: Take, plate: Take = PLATE) -> Drive:
    """A drive that wants exactly the mouths of `take`, and says when they are heard."""
    track = take.track
    space = MouthSpace.fit(plate.track)
    curves = np.insert(measure(space.canonical(track.landmarks), space, take.each("pucker")), 3, 0.0, axis=1)
    return Drive(
        frames=plate.track.frames, landmarks=track.landmarks[..., :2].copy(),
        present=plate.track.present & track.present, curves=curves.astype(np.float32),
        teeth=np.full(len(track.frames), np.nan, np.float32), moments=track.seconds.copy(),
    )


@cache
def faces():
    return reference_faces(PLATE.clip, PLATE.track)


class Learned:
    """All that stands before a frame is made."""

    def __init__(
        self, weights: Checkpoint | None = None, drive: Drive | None = None, plate: Take = PLATE,
    ) -> None:
        self.plate, self.weights = plate, weights or checkpoint()
        self.drive = drive or drive_to(WANTED)
        self.faces = faces() if plate is PLATE else reference_faces(plate.clip, plate.track)
        self.alignment = align(plate.track, self.faces, self.drive, weights=self.weights)

    def matte(self, frame: int = FRAME):
        return landmark_mask(self.plate.track, frame, self.drive).lower_face

    def warp(self, frame: int = FRAME):
        return warp_flow_learned(
            self.plate.clip.image(frame), self.matte(frame), self.faces, self.alignment, self.drive, frame,
            self.weights)

    def face(self, frame: int = FRAME, flow=None, motion=None, **knobs):
        motion = motion or self.warp(frame).motion
        return spade_inpaint(
            self.plate.clip.image(frame), self.matte(frame), self.faces, motion, flow, self.weights, **knobs)
