"""Cache keys: when is something that lies on disk still what the shot asks for?

A sidecar's key covers its operator's name and version, its knobs, its media, the keys of the
sidecars it is made from and its weights. A frame's key covers the same for every frame-scope node,
with knobs evaluated at the frame, of each sidecar only what it says of that frame, and of a clip only
the frames that a sidecar names: so a changed knob or plate file makes anew exactly the frames that it
touches, and a longer range none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from ..spec.keys import Keys
from ..spec.shot_values import Shot
from ..values.sidecar import Sidecar
from .clip_frames import frames_read, knobs_at, reach_of
from .media import ShotMedia
from .plan import Plan, Step, output_references
from .weights import sha256_of

SIDECAR_FORMAT = 2
"""Goes up when sidecars are stored or computed differently for the same operators."""
FRAME_FORMAT = 1
"""Goes up when the engine or the writer makes other files of the same values."""


def digest(data: Any) -> str:
    """sha256 of `data` as canonical JSON."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Keys):
        return value.to_json()
    raise TypeError(f"{type(value).__name__} cannot be part of a key")


def _operator_part(step: Step) -> dict[str, Any]:
    weights = {name: sha256_of(name) for name in step.operator.weights_with(step.knobs)}
    return {"operator": step.operator.name, "version": step.operator.version, "weights": weights}


def sidecar_keys(shot: Shot, plan: Plan, media: ShotMedia) -> dict[str, str]:
    """The wanted key of every shot-scope node."""
    found: dict[str, str] = {}
    for step in plan.shot_steps:
        inputs = {}
        for socket, reference in step.node.inputs.items():
            if reference.startswith("@"):
                inputs[socket] = media.key(reference[1:], step.operator.socket(socket).type)
            else:
                inputs[socket] = found[reference.partition(".")[0]]
        found[step.name] = digest(
            {"format": SIDECAR_FORMAT, **_operator_part(step), "knobs": step.knobs, "inputs": inputs}
        )
    return found


class FrameKeys:
    """The key of any frame of one shot, whose sidecars are given."""

    def __init__(
        self, shot: Shot, plan: Plan, media: ShotMedia, sidecars: Mapping[str, Sidecar]
    ) -> None:
        self._plan = plan
        self._media = media
        self._sidecars = sidecars
        self._references = output_references(shot)
        self._settings = {
            "format": FRAME_FORMAT,
            "pixel_type": shot.output.pixel_type,
            "compression": shot.output.compression,
            "colourspace": shot.output.colourspace,
            "outputs": sorted(self._references),
            "colour": media.colour.key,
        }
        self._operator_parts = {step.name: _operator_part(step) for step in plan.frame_steps}

    def at(self, frame: int) -> str:
        """The key of `frame`: all that its pixels depend on."""
        of_nodes: dict[str, str] = {}
        slices: dict[tuple[str, int], str] = {}

        def reference_key(reference: str, reach: int = 0) -> str:
            name, _, output = reference.partition(".")
            if name not in self._sidecars:
                return f"{of_nodes[name]}.{output}"
            around = range(frame - reach, frame + reach + 1)
            for one in around:
                if (name, one) not in slices:
                    slices[name, one] = self._sidecars[name].key_at(one)
            return " ".join(slices[name, one] for one in around)

        for step in self._plan.frame_steps:
            of_nodes[step.name] = self._node_key(step, frame, reference_key)
        outputs = {name: reference_key(ref) for name, ref in self._references.items()}
        plate = self._media.key_at("plate", "Image", frame)
        return digest({**self._settings, "frame": frame, "plate": plate, "from": outputs})

    def _node_key(self, step: Step, frame: int, reference_key: Callable[..., str]) -> str:
        knobs = knobs_at(step, frame)
        reach = reach_of(step, knobs)
        read = frames_read(step, self._sidecars, frame, reach)
        inputs: dict[str, Any] = {}
        for socket, reference in step.node.inputs.items():
            if not reference.startswith("@"):
                inputs[socket] = reference_key(reference, reach)
            elif socket in read:
                inputs[socket] = [self._media.key_at(reference[1:], "Image", one) for one in read[socket]]
            else:
                inputs[socket] = self._media.key_at(reference[1:], step.operator.socket(socket).type, frame)
        return digest({**self._operator_parts[step.name], "knobs": knobs, "inputs": inputs})
