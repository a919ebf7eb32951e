"""What the knobs of a node say: at one frame, over all of them, and as the shot file takes it."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple, cast

import nuke

from shared_core.spec.errors import KnobError
from shared_core.spec.keys import Keys
from shared_core.spec.knob import KnobSpec
from shared_core.spec.operator import Operator

from . import names


def is_sampled(knob: nuke.Knob) -> bool:
    """Whether its value may be another at another frame: it has keys or an expression."""
    return bool(knob.isAnimated() or knob.hasExpression())


def disabled_at(node: nuke.Node, frames: Iterable[int]) -> List[int]:
    """Those of `frames` at which the node is switched off."""
    if "disable" not in node.knobs():
        return []
    knob = node["disable"]
    if is_sampled(knob):
        return [frame for frame in frames if knob.getValueAt(frame)]
    return list(frames) if knob.value() else []


def shot_knobs(
    node: nuke.Node, operator: Operator, frames: Iterable[int], live: bool = False,
    named: Optional[Mapping[str, str]] = None,
) -> Dict[str, Any]:
    """The node's knobs that differ from their defaults, checked, as the shot file takes them.

    An animated knob becomes keys at `frames`, and an expression that gives one value at all of them
    that value. live: the node itself is baked, so that what native nodes do inside it is left to them.
    named: knob -> its name on the group, where it has another.
    Raises KnobError, with the node and the knob's label.
    """
    found = {}
    names_there = {spec.name: spec.name for spec in operator.knobs} if named is None else named
    for spec in operator.knobs:
        if live and spec.name in names.LIVE_KNOBS.get(operator.name, ()):
            if (operator.name, spec.name) in names.NEUTRAL:
                found[spec.name] = names.NEUTRAL[operator.name, spec.name]
            continue
        name = names_there.get(spec.name, "")
        if name not in node.knobs():
            continue
        value = _value(node, spec, name, frames)
        if value != spec.default:
            found[spec.name] = value
    return found


def _value(node: nuke.Node, spec: KnobSpec, name: str, frames: Iterable[int]) -> Any:
    where = f"{node.name()}, {spec.knob.label}"
    knob = node[name]
    if spec.kind == "nudges":
        return spec.check(_nudges(knob.value(), where), where)
    if not is_sampled(knob):
        return spec.check(_typed(spec, knob.value()), where)
    sampled = [(frame, _typed(spec, _at(spec, knob, frame))) for frame in frames]
    if knob.hasExpression() and all(value == sampled[0][1] for _, value in sampled):
        return spec.check(sampled[0][1], where)
    if not spec.knob.keyable:
        raise KnobError(f"{where}: {_animated(knob, sampled)}")
    return spec.check(Keys(tuple(thinned(sampled)), "linear"), where)


def _animated(knob: nuke.Knob, sampled: List[Tuple[int, Any]]) -> str:
    """What is wrong with keys or a changing expression on a knob that cannot have them."""
    if not knob.hasExpression():
        return "is animated, but this knob takes one value for the shot; delete its keys"
    (first, before), *rest = sampled
    frame, after = next((frame, value) for frame, value in rest if value != before)
    return (f"its expression gives {before} at {first} and {after} at {frame}, but this knob takes one value"
            " for the shot; give it an expression that does not change")


def _at(spec: KnobSpec, knob: nuke.Knob, frame: int) -> Any:
    value = knob.getValueAt(frame)
    return cast(nuke.Enumeration_Knob, knob).enumName(int(value)) if spec.kind == "choice" else value


def _typed(spec: KnobSpec, value: Any) -> Any:
    """Nuke gives numbers as floats, and texts that may be None."""
    if spec.kind == "int":
        return int(round(value))
    if spec.kind == "bool":
        return bool(value)
    if spec.kind == "float":
        return float(value)
    return str(value or "")


def thinned(keys: List[Tuple[int, Any]]) -> List[Tuple[int, Any]]:
    """Keys without those between two equal neighbours: a held value is two keys, not hundreds."""
    return [
        key for n, key in enumerate(keys)
        if n in (0, len(keys) - 1) or not (keys[n - 1][1] == key[1] == keys[n + 1][1])
    ]


def _nudges(text: Any, where: str) -> Any:
    if not str(text or "").strip():
        return []
    try:
        return json.loads(text)
    except ValueError as error:
        raise KnobError(
            f'{where}: {text!r:.60} is not JSON ({error}); write [{{"landmark": 17, "x": 2.5, "y": 0}}]'
        ) from None
