"""Why a frame is dubbed, or why the plate passes through: said for every frame, in its header."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..spec.frames import FrameRange
from ..spec.shot_graph import upstream
from ..spec.shot_values import Shot
from ..values import Drive, Mask, References, Track
from ..values.sidecar import Sidecar
from .plan import Plan

DUBBED = "dubbed"
AMOUNT_0 = "amount_0"
NO_FACE = "no_face"
OCCLUDED = "occluded"
NO_DRIVE = "no_drive"
NO_REFERENCE = "no_reference"
MATTE_0 = "matte_0"

MEANING = {
    DUBBED: "dubbed",
    AMOUNT_0: "plate passed through: amount is 0",
    NO_FACE: "plate passed through: no face was found",
    OCCLUDED: "plate passed through: something covers the mouth",
    NO_DRIVE: "plate passed through: the driver does not cover this frame, or shows no face there",
    NO_REFERENCE: "plate passed through: no frame can lend a mouth",
    MATTE_0: "plate passed through: the matte is empty",
}


class StateReader:
    """Tells the state of any frame from its final matte, and from what the output is made of."""

    def __init__(self, shot: Shot, plan: Plan, sidecars: Mapping[str, Sidecar]) -> None:
        self._last = plan.step(shot.output.matte.partition(".")[0])
        self._sidecars = [sidecars[name] for name in _direct(shot, self._last.name) if name in sidecars]
        self._all = [sidecars[name] for name in plan.needed if name in sidecars]

    def at(self, frame: int, matte: Mask) -> str:
        """One of MEANING. The plate has passed through exactly where the matte is 0 everywhere."""
        if np.any(matte.alpha > 0):
            return DUBBED
        amount = self._last.operator.knob("amount")
        if amount is not None and amount.at(self._last.knobs["amount"], frame) == 0:
            return AMOUNT_0
        faces = [track.at(frame) for track in self._sidecars if isinstance(track, Track)]
        if any(not face.present for face in faces):
            return NO_FACE
        if any(face.occlusion >= 1 for face in faces):
            return OCCLUDED
        if any(not drive.at(frame).present for drive in self._all if isinstance(drive, Drive)):
            return NO_DRIVE
        if any(not lenders.at(frame) for lenders in self._all if isinstance(lenders, References)):
            return NO_REFERENCE
        return MATTE_0


def _direct(shot: Shot, node: str) -> list[str]:
    return upstream(shot.nodes[node])


def summary(states: Mapping[int, str]) -> str:
    """`96 dubbed, 4 passed through (no_face: 1034-1037)`."""
    dubbed = sum(state == DUBBED for state in states.values())
    reasons = []
    for reason in MEANING:
        frames = [frame for frame, state in states.items() if state == reason]
        if frames and reason != DUBBED:
            reasons.append(f"{reason}: {FrameRange.of(frames)}")
    passed = f", {len(states) - dubbed} passed through ({'; '.join(reasons)})" if reasons else ""
    return f"{dubbed} dubbed{passed}"
