"""A property's animation as keys of the shot file. Imports no bpy."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from .shared_core.spec.keys import Keys
from .shared_core.spec.knob import KnobSpec


def curves_of(owner: Any) -> dict[str, Any]:
    """The F-curves of a data-block by data path; of what has several parts, the last one's."""
    return {curve.data_path: curve for curve in all_curves(owner)}


def all_curves(owner: Any) -> list[Any]:
    """The F-curves of a data-block; Blender 4.4 put them into layers and slots."""
    animation = getattr(owner, "animation_data", None)
    action = animation.action if animation else None
    if action is None:
        return []
    if hasattr(action, "fcurves"):
        return list(action.fcurves)
    slot = animation.action_slot
    bags = [strip.channelbag(slot) for layer in action.layers for strip in layer.strips] if slot else []
    return [curve for bag in bags if bag for curve in bag.fcurves]


def drivers_of(owner: Any) -> list[Any]:
    """The drivers of a data-block, as F-curves with a `driver`."""
    animation = getattr(owner, "animation_data", None)
    return list(animation.drivers) if animation else []


def driven_paths(owner: Any) -> set[str]:
    """The data paths that drivers rule."""
    return {curve.data_path for curve in drivers_of(owner)}


def keys_of(curve: Any, spec: KnobSpec) -> Keys:
    """The curve sampled at every whole frame from its first to its last key.

    Its handles have no counterpart in a shot file; samples do, and they do not depend on the range
    that is baked. A frame between two that hold the same value is left out.
    """
    first, last = curve.range()
    frames = range(math.floor(first), math.ceil(last) + 1)
    samples = [(frame, _as_value(curve.evaluate(frame), spec)) for frame in frames]
    stepped = spec.kind in ("bool", "choice")
    return Keys(tuple(_thinned(samples)), "hold" if stepped else "linear")


def _as_value(number: float, spec: KnobSpec) -> Any:
    if spec.kind == "bool":
        return number >= 0.5
    if spec.kind == "choice":
        return spec.knob.choices[max(0, min(len(spec.knob.choices) - 1, int(number)))]
    value = int(round(number)) if spec.kind == "int" else float(f"{number:.7g}")
    return min(max(value, spec.knob.hard[0]), spec.knob.hard[1]) if spec.knob.hard else value


def _thinned(samples: list[tuple[int, Any]]) -> Iterable[tuple[float, Any]]:
    for index, (frame, value) in enumerate(samples):
        inside = 0 < index < len(samples) - 1
        if inside and samples[index - 1][1] == value == samples[index + 1][1]:
            continue
        yield float(frame), value
