"""Which frames of a clip a frame-scope operator may read, so that a frame's key covers them and no others.

The rule, as operators see it, stands in spec/operator.py: what no sidecar names, the key does not see.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..values import Clip, Image, Window
from ..values.sidecar import Sidecar
from .plan import Step


def knobs_at(step: Step, frame: int) -> dict[str, Any]:
    """The knobs of a frame-scope step, evaluated at `frame`."""
    return {spec.name: spec.at(step.knobs[spec.name], frame) for spec in step.operator.knobs}


def reach_of(step: Step, knobs: Mapping[str, Any]) -> int:
    """How many sidecar rows to each side of its own the step reads. knobs: evaluated at the frame."""
    return max([0, *(knobs[spec.name] for spec in step.operator.knobs if spec.knob.reach)])


def frames_read(
    step: Step, sidecars: Mapping[str, Sidecar], frame: int, reach: int = 0
) -> dict[str, tuple[int, ...]]:
    """Frames by Clip socket, ascending, `frame` among them; a socket that nothing names is left out."""
    named: dict[str, set[int]] = {}
    for reference in step.node.inputs.values():
        sidecar = sidecars.get(reference.partition(".")[0])
        if sidecar is None or reference.startswith("@"):
            continue
        for row in range(frame - reach, frame + reach + 1):
            for socket, frames in sidecar.frames_used(row).items():
                named.setdefault(socket, {frame}).update(frames)
    return {
        socket: tuple(sorted(frames)) for socket, frames in named.items()
        if socket in step.node.inputs and step.operator.socket(socket).type == "Clip"
    }


class NamedFrames:
    """A clip that gives a frame-scope operator the frames that its key covers, and refuses the others."""

    def __init__(self, clip: Clip, frames: tuple[int, ...], where: str) -> None:
        self._clip, self._named, self._where = clip, frozenset(frames), where
        self.frames, self.fps = clip.frames, clip.fps
        self.display, self.pixel_aspect = clip.display, clip.pixel_aspect

    @property
    def rec709(self) -> np.ndarray:
        return self._clip.rec709

    @property
    def key(self) -> str:
        """The whole clip's: of a sequence it looks at every file, so nobody asks for it in vain."""
        return self._clip.key

    def image(self, frame: int, window: Window | None = None) -> Image:
        self._check(frame)
        return self._clip.image(frame, window)

    def preview(self, frame: int) -> Any:
        self._check(frame)
        return self._clip.preview(frame)

    def seconds(self, frame: int) -> float:
        return self._clip.seconds(frame)

    def _check(self, frame: int) -> None:
        if frame not in self._named:
            raise RuntimeError(
                f"{self._where} read frame {frame}, which no sidecar names for it (named:"
                f" {sorted(self._named)}): a change there would not be seen. Name it in `frames_used`"
            )
