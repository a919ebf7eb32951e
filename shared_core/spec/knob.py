"""A knob: one setting of an operator, declared once and shown the same way everywhere.

A hard range is a limit: a value outside it is an error, raised here and nowhere else.
A soft range is the extent of a slider: a value outside it is allowed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

from .errors import KnobError
from .frames import FrameRange
from .keys import Keys, value_at

FARTHEST_NUDGE = 2000.0
"""Px that a nudge may move a landmark: a matte of a landmark far away takes all memory there is."""
KINDS = ("float", "int", "bool", "choice", "text", "frames", "nudges")


@dataclass(frozen=True)
class Knob:
    """What `Annotated[type, Knob(...)]` says of an operator's keyword-only argument.

    label, help: what the artist reads. hard, soft: (low, high) or None. unit: "px", "%", "s",
    "frames", "" ... choices: the allowed texts of a choice. keyable: may hold `Keys` in a shot
    file. kind: one of KINDS; "" takes it from the annotated type. reach: the value is a number of
    frames to each side whose sidecar rows a frame-scope operator reads beside the frame's own; the
    frame's cache key then covers them. choice_weights: for each of `choices`, the model that it runs
    with, "" for none; such a knob cannot be keyed.
    """

    label: str
    help: str
    hard: Optional[Tuple[float, float]] = None
    soft: Optional[Tuple[float, float]] = None
    unit: str = ""
    choices: Tuple[str, ...] = ()
    keyable: bool = False
    kind: str = ""
    reach: bool = False
    choice_weights: Tuple[str, ...] = ()


@dataclass(frozen=True)
class KnobSpec:
    """A knob with its name, its kind and its default: what operators.json holds."""

    name: str
    kind: str
    default: Any
    knob: Knob

    def check(self, value: Any, where: str) -> Any:
        """Return `value` as the operator takes it; raise KnobError naming `where` if it may not be.

        `Keys` are checked key by key, and refused where the knob is not keyable.
        """
        if isinstance(value, dict) and "keys" in value:
            value = Keys.from_json(value, f"{where}.{self.name}")
        if isinstance(value, Keys):
            if not self.knob.keyable:
                raise KnobError(
                    f"{where}.{self.name}: holds keys, but this knob cannot be keyed; give one value"
                )
            keys = [
                (frame, self._check_one(keyed, f"{where}.{self.name} at frame {frame:g}"))
                for frame, keyed in value.keys
            ]
            return Keys(tuple(keys), value.interpolation)
        return self._check_one(value, f"{where}.{self.name}")

    def at(self, value: Any, frame: float) -> Any:
        """The checked `value` as a frame-scope operator gets it at `frame`: one number, text or list.

        A keyed whole number is rounded between its keys; the keys inside nudges are read too, and a
        nudge that moves nothing is left out, so that it makes no frame stale.
        """
        value = value_at(value, frame)
        if self.kind == "int":
            return int(round(value))
        if self.kind == "nudges":
            nudges = (_nudge_at(nudge, frame) for nudge in value)
            return [nudge for nudge in nudges if nudge["x"] or nudge["y"]]
        return value

    def _check_one(self, value: Any, where: str) -> Any:
        if self.kind in ("float", "int"):
            return self._check_number(value, where)
        if self.kind == "bool":
            if not isinstance(value, bool):
                raise KnobError(f"{where}: {value!r} is not a bool; write true or false")
        elif self.kind == "choice":
            if value not in self.knob.choices:
                raise KnobError(f"{where}: {value!r} is not one of {', '.join(self.knob.choices)}")
        elif self.kind in ("text", "frames"):
            if not isinstance(value, str):
                raise KnobError(f"{where}: {value!r} is not a text; write it in double quotes")
            if self.kind == "frames" and value.strip():
                FrameRange.parse(value, where)
        elif self.kind == "nudges":
            _check_nudges(value, where)
        return value

    def _check_number(self, value: Any, where: str) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise KnobError(f"{where}: {value!r} is not a number; expected {self._expected()}")
        if self.kind == "int" and int(value) != value:
            raise KnobError(f"{where}: {value!r} is not a whole number; expected {self._expected()}")
        if not math.isfinite(value):
            raise KnobError(f"{where}: {value!r} is not finite; expected {self._expected()}")
        if self.knob.hard and not self.knob.hard[0] <= value <= self.knob.hard[1]:
            raise KnobError(f"{where}: {value:g} is out of range; expected {self._expected()}")
        return int(value) if self.kind == "int" else float(value)

    def _expected(self) -> str:
        unit = f" {self.knob.unit}" if self.knob.unit else ""
        if self.knob.hard:
            return f"{self.knob.hard[0]:g} to {self.knob.hard[1]:g}{unit}"
        return f"a {'whole ' if self.kind == 'int' else ''}number{unit and ' of' + unit}"


def _check_nudges(value: Any, where: str) -> None:
    """Nudges are `[{"landmark": 17, "x": 2.5, "y": {"keys": [[1001, 0], [1010, 3]]}}]`, in px."""
    if not isinstance(value, (list, tuple)):
        raise KnobError(f"{where}: {value!r} is not a list of nudges")
    for item in value:
        if not isinstance(item, dict) or set(item) != {"landmark", "x", "y"}:
            raise KnobError(f"{where}: {item!r} is not a nudge; expected the keys landmark, x and y")
        if type(item["landmark"]) is not int or not 0 <= item["landmark"] < 478:
            raise KnobError(f"{where}: landmark {item['landmark']!r} is not one of 0 to 477")
        for axis in ("x", "y"):
            given = item[axis]
            if isinstance(given, dict):
                values = [value for _, value in Keys.from_json(given, f"{where}.{axis}").keys]
            else:
                values = [given]
            if not all(_is_number(value) for value in values):
                raise KnobError(f"{where}: {axis} is {given!r}; expected pixels or keys")
            if any(abs(value) > FARTHEST_NUDGE for value in values):
                raise KnobError(
                    f"{where}: {axis} is {given!r}; expected -{FARTHEST_NUDGE:g} to {FARTHEST_NUDGE:g} px"
                )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _nudge_at(nudge: Dict[str, Any], frame: float) -> Dict[str, Any]:
    """The nudge with x and y as numbers, in px."""
    read = dict(nudge)
    for axis in ("x", "y"):
        if isinstance(nudge[axis], dict):
            read[axis] = Keys.from_json(nudge[axis], axis).at(frame)
    return read
