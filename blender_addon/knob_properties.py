"""From a knob's declaration to the arguments of a Blender property, and back. Imports no bpy."""

from __future__ import annotations

import json
from typing import Any

from .shared_core.spec.catalogue import load_catalogue
from .shared_core.spec.errors import KnobError
from .shared_core.spec.knob import KnobSpec

ELSEWHERE = {("composite", "amount"), ("align_transcript", "transcript")}
"""Knobs with a place of their own: a live socket (baked frames hold the whole dub), the panel's pickers."""
_TYPES = {"float": "FloatProperty", "int": "IntProperty", "bool": "BoolProperty", "choice": "EnumProperty"}
_LARGEST_INT = 2**31 - 1


def shown_knobs(operator: str) -> list[KnobSpec]:
    """The knobs of an operator that the panel shows and the bake reads."""
    return [spec for spec in load_catalogue()[operator].knobs if (operator, spec.name) not in ELSEWHERE]


def label_of(spec: KnobSpec) -> str:
    """`Feather (% of mouth width)`."""
    return f"{spec.knob.label} ({spec.knob.unit})" if spec.knob.unit else spec.knob.label


def property_of(spec: KnobSpec) -> tuple[str, dict[str, Any]]:
    """The name of the bpy.props function for a knob, and its keyword arguments."""
    arguments: dict[str, Any] = {
        "name": label_of(spec), "description": description_of(spec), "default": spec.default,
        "options": {"ANIMATABLE"} if spec.knob.keyable else set(),
    }
    if spec.kind in ("float", "int"):
        _add_ranges(arguments, spec)
    elif spec.kind == "choice":
        arguments["items"] = [(choice, choice[:1].upper() + choice[1:], "") for choice in spec.knob.choices]
    elif spec.kind == "nudges":
        arguments["default"] = json.dumps(list(spec.default))
    return _TYPES.get(spec.kind, "StringProperty"), arguments


def _add_ranges(arguments: dict[str, Any], spec: KnobSpec) -> None:
    """A hard range is what Blender lets nobody pass, a soft one the slider's extent."""
    number = float if spec.kind == "float" else int
    hard, soft = spec.knob.hard, spec.knob.soft or spec.knob.hard
    if hard:
        arguments["min"], arguments["max"] = (number(_clamped(value, spec)) for value in hard)
    if soft:
        arguments["soft_min"], arguments["soft_max"] = (number(_clamped(value, spec)) for value in soft)
    if spec.kind == "float":
        extent = (soft[1] - soft[0]) if soft else 100.0
        arguments["precision"] = 3 if extent <= 10 else 2
        arguments["step"] = max(1, round(extent))  # hundredths: a hundredth of the slider at a click


def _clamped(value: float, spec: KnobSpec) -> float:
    return max(-_LARGEST_INT, min(_LARGEST_INT, value)) if spec.kind == "int" else value


def description_of(spec: KnobSpec) -> str:
    """The tooltip: help, range and unit. Blender adds the full stop."""
    knob = spec.knob
    text = knob.help.rstrip(".")
    if knob.hard:
        text += f". {knob.hard[0]:g} to {knob.hard[1]:g}{' ' + knob.unit if knob.unit else ''}"
    if spec.kind == "frames":
        text += ". As 1001-1010,1015"
    elif spec.kind == "nudges":
        text += '. As [{"landmark": 17, "x": 2.5, "y": 0}]'
    return text


def value_of(spec: KnobSpec, value: Any, where: str) -> Any:
    """What the shot file holds for a property's value; KnobError where it may not be.

    Blender keeps 32-bit floats: a value that is the default's neighbour is the default.
    """
    if spec.kind == "float":
        value = float(f"{value:.7g}")
    elif spec.kind == "nudges":
        try:
            value = json.loads(value) if value.strip() else []
        except ValueError as error:
            raise KnobError(f"{where}.{spec.name}: {value!r} is not a list of nudges: {error}") from None
    return spec.check(value, where)
