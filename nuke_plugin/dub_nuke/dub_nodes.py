"""Read a Dub node: what it stands for, its inputs, its knobs as the shot file takes them."""

from __future__ import annotations

import json
import re
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple, cast

import nuke

from shared_core.spec.catalogue import load_catalogue
from shared_core.spec.errors import KnobError, ShotError
from shared_core.spec.frames import FrameRange
from shared_core.spec.keys import Keys
from shared_core.spec.knob import KnobSpec
from shared_core.spec.operator import Operator

from . import names, recipe_knobs

GROUPS = ("Group", "Gizmo", "LiveGroup")
_FRAME_FIELD = re.compile(r"#|%0?[0-9]*d")
_THROUGH = ("Dot", "NoOp", "PostageStamp")


def is_dub(node: Optional[nuke.Node]) -> bool:
    return node is not None and names.OPERATOR in node.knobs()


def as_group(node: nuke.Node) -> nuke.Group:
    """The node as what it is where its class is one of GROUPS."""
    return cast(nuke.Group, node)


def evaluated(knob: nuke.Knob, frame: Optional[int] = None) -> str:
    """A File knob's path as Nuke reads it: Tcl run, and the number of `frame`, if given, filled in."""
    found = cast(nuke.EvalString_Knob, knob)
    return str((found.evaluate() if frame is None else found.evaluate(frame)) or "")


def stands_for(node: nuke.Node) -> str:
    """The operator's name, or names.WHOLE."""
    return str(node[names.OPERATOR].value())


def is_whole(node: nuke.Node) -> bool:
    return stands_for(node) == names.WHOLE


def network_of(node: nuke.Node) -> str:
    """The network that `dub tune` fits for the node, for the whole pipeline by its recipe; "" for none."""
    if is_whole(node):
        return recipe_knobs.network(text_of(node, names.RECIPE))
    return names.NETWORKS.get(stands_for(node), "")


def operator_of(node: nuke.Node) -> Operator:
    """Its declaration; ShotError where this version of Dubnodes does not have it."""
    name = stands_for(node)
    operators = load_catalogue()
    if name not in operators:
        raise ShotError(
            f"{node.name()}: there is no operator {name!r} in this Dubnodes; update it, or delete the node"
        )
    return operators[name]


def dub_nodes() -> List[nuke.Node]:
    """Every Dub node of the script, also those inside other groups."""
    with nuke.root():
        found = [node for kind in GROUPS for node in nuke.allNodes(kind, recurseGroups=True)]
    return [node for node in found if is_dub(node)]


def by_name(full_name: str) -> Optional[nuke.Node]:
    """The node of that full name, in whichever group Nuke runs the button or callback that asks."""
    with nuke.root():
        return nuke.toNode(full_name)


def read_node(node: nuke.Node) -> Optional[nuke.Node]:
    """The inner Read that shows the bake; None on a node that is only analysed."""
    return as_group(node).node(names.READ)


def input_number(node: nuke.Node, name: str) -> Optional[int]:
    """The number of the group's input of that name, from its inner Input; None where it has none."""
    inner = as_group(node).node(name)
    if inner is None or inner.Class() != "Input":
        return None
    return int(inner["number"].value())


def connected(node: nuke.Node, name: str) -> Optional[nuke.Node]:
    """What is connected to the input `name`, past dots; None where nothing is."""
    number = input_number(node, name)
    return None if number is None else past_dots(node.input(number))


def wires(node: nuke.Node) -> List[str]:
    """`0 Read1` for each input but `mask` that is connected; native nodes lay `mask` in, live."""
    sources = [(n, node.input(n)) for n in range(node.inputs()) if n != input_number(node, names.MASK)]
    return [f"{number} {source.fullName()}" for number, source in sources if source is not None]


def past_dots(node: Optional[nuke.Node]) -> Optional[nuke.Node]:
    while node is not None and node.Class() in _THROUGH:
        node = node.input(0)
    return node


def text_of(node: nuke.Node, name: str) -> str:
    """A text or File knob's value; "" where the node has no such knob.

    Of a path Tcl is run, and a sequence stays one, as name.%04d.exr.
    """
    if name not in node.knobs():
        return ""
    knob = node[name]
    text = str(knob.value() or "")
    if knob.Class() == "File_Knob" and _FRAME_FIELD.search(text):
        # evaluate() would put the current frame in the place of the field.
        return str(cast(nuke.File_Knob, knob).getEvaluatedValue() or "").strip()
    return (evaluated(knob) if knob.Class() in ("File_Knob", "EvalString_Knob") else text).strip()


def frame_range(node: nuke.Node) -> FrameRange:
    """The range of its Frames knob; FrameRangeError where it is empty or cannot be read."""
    return FrameRange.parse(text_of(node, names.FRAMES), f"{node.name()}, Frames")


def user_knobs(node: nuke.Node) -> List[str]:
    """The names of the group's own knobs: those from its first tab on, in their order."""
    order = [str(knob.name()) for knob in node.allKnobs()]
    return order[order.index("dub_tab") + 1:] if "dub_tab" in order else []


def shot_knobs(
    node: nuke.Node, operator: Operator, frames: Iterable[int], live: bool = False,
    named: Optional[Mapping[str, str]] = None,
) -> Dict[str, Any]:
    """The node's knobs that differ from their defaults, checked, as the shot file takes them.

    An animated knob becomes keys at `frames`. live: the node itself is baked, so that what native
    nodes do inside it is left to them. named: knob -> its name on the group, where it has another.
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
    if not knob.isAnimated():
        return spec.check(_typed(spec, knob.value()), where)
    if not spec.knob.keyable:
        raise KnobError(f"{where}: is animated, but this knob takes one value for the shot; delete its keys")
    sampled = [(frame, _typed(spec, _at(spec, knob, frame))) for frame in frames]
    return spec.check(Keys(tuple(thinned(sampled)), "linear"), where)


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
