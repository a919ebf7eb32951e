"""Read a Dub node: what it stands for, what it is connected to, what its texts say."""

from __future__ import annotations

import re
from typing import List, Optional, cast

import nuke

from shared_core.spec.catalogue import load_catalogue
from shared_core.spec.errors import ShotError
from shared_core.spec.frames import FrameRange
from shared_core.spec.operator import Operator

from . import names, recipe_knobs

GROUPS = ("Group", "Gizmo", "LiveGroup")
_FRAME_FIELD = re.compile(r"#|%0?[0-9]*d")
_THROUGH = ("Dot", "NoOp", "PostageStamp", "Input")


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
    """What is connected to the input `name`, past dots and out of groups; None where nothing is."""
    number = input_number(node, name)
    return None if number is None else past_dots(node.input(number))


def wires(node: nuke.Node) -> List[str]:
    """`0 Read1` for each input but `mask` that is connected; native nodes lay `mask` in, live."""
    sources = [(n, node.input(n)) for n in range(node.inputs()) if n != input_number(node, names.MASK)]
    return [f"{number} {source.fullName()}" for number, source in sources if source is not None]


def inputs_of(node: nuke.Node) -> List[Optional[nuke.Node]]:
    """What is connected to its inputs; of a group's inner Input what is connected to the group."""
    if node.Class() != "Input":
        return [node.input(number) for number in range(node.inputs())]
    outside = node.parent().input(int(node["number"].value()))
    return [] if outside is None else [outside]


def is_through(node: nuke.Node) -> bool:
    """Whether its picture is that of what it is connected to."""
    return node.Class() in _THROUGH


def past_dots(node: Optional[nuke.Node]) -> Optional[nuke.Node]:
    """The node that a pipe begins at: past dots, and from a group's inner Input to the outside."""
    while node is not None and is_through(node):
        node = next(iter(inputs_of(node)), None)
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
