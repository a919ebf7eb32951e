"""Make one frame: run the frame-scope operators in the plan's order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..spec.errors import DubError, MissingFrame
from ..spec.shot_graph import PLATE
from ..spec.shot_values import Shot
from ..values import Image
from ..values.sidecar import Sidecar
from .clip_frames import NamedFrames, frames_read, knobs_at, reach_of
from .media import ShotMedia
from .plan import Plan, Step, output_references


class FrameMaker:
    """Makes any frame of one shot; nothing is carried over from one frame to the next."""

    def __init__(
        self, shot: Shot, plan: Plan, media: ShotMedia, sidecars: Mapping[str, Sidecar]
    ) -> None:
        self._shot, self._plan, self._media, self._sidecars = shot, plan, media, sidecars

    def make(self, frame: int, plate: Image | None = None) -> dict[str, Any]:
        """What the output names ("image", "matte" and each pass), made for `frame`.

        plate: the media `plate` at this frame, where the caller has read it already.

        Raises what operators raise, with the frame and the node before the message.
        """
        values: dict[str, Any] = {}
        images: dict[tuple[str, str], Any] = {}
        if plate is not None:
            images[f"@{PLATE}", "Image"] = plate
        for step in self._plan.frame_steps:
            try:
                values[step.name] = self._run(step, frame, values, images)
            except DubError as error:
                raise type(error)(f"frame {frame}, node {step.name!r}: {error}") from error
        return {name: self._look_up(ref, values) for name, ref in output_references(self._shot).items()}

    def _run(
        self, step: Step, frame: int, values: dict[str, Any], images: dict[tuple[str, str], Any]
    ) -> Any:
        knobs = knobs_at(step, frame)
        read = frames_read(step, self._sidecars, frame, reach_of(step, knobs))
        inputs: dict[str, Any] = {}
        for socket, reference in step.node.inputs.items():
            if not reference.startswith("@"):
                inputs[socket] = self._look_up(reference, values)
                continue
            declared = step.operator.socket(socket)
            held = (reference, socket if declared.type == "Flow" else declared.type)
            if held not in images:
                images[held] = self._media.value_at(reference[1:], declared.type, frame, socket)
            if images[held] is None and not declared.optional:
                raise MissingFrame(f"media {reference[1:]!r} has no frame {frame}, and {socket!r} needs one")
            inputs[socket] = images[held]
            if socket in read:
                where = f"{step.operator.name}, socket {socket!r},"
                inputs[socket] = NamedFrames(images[held], read[socket], where)
        if step.operator.takes_frame:
            knobs["frame"] = frame
        return step.operator.body(**inputs, **knobs)

    def _look_up(self, reference: str, values: dict[str, Any]) -> Any:
        name, _, output = reference.partition(".")
        value = self._sidecars[name] if name in self._sidecars else values[name]
        return getattr(value, output) if output and output != "out" else value
