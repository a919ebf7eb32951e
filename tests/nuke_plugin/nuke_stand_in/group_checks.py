"""What can be wrong with a group as a whole: inputs, output, links, expressions, layers."""

from __future__ import annotations

import re

from .graph_nodes import GraphNode, UserKnob, input_count
from .native_classes import CHANNELS, CLASSES, EVERY_NODE, LAYERS
from .tcl_reader import NkError

_PARENT = re.compile(r"parent\.([A-Za-z_][A-Za-z0-9_]*)")

_CHANNEL = re.compile(r"\b(?!parent\.)[A-Za-z_]\w*\.[A-Za-z_]\w*")
"""A channel of a named layer, in a pixel's expression."""


def check_group(group: GraphNode) -> None:
    """What concerns the group as a whole: its inputs, its output, links, expressions and layers."""
    names = [one.name for one in group.children]
    double = {name for name in names if names.count(name) > 1}
    if double:
        raise NkError(f"{group.name}: nodes of the same name: {', '.join(sorted(double))}")
    outputs = [one for one in group.children if one.kind == "Output"]
    if len(outputs) != 1:
        raise NkError(f"{group.name}: has {len(outputs)} Output nodes; expected one")
    numbers = sorted(int(one.knobs.get("number", 0)) for one in group.children if one.kind == "Input")
    if numbers != list(range(len(numbers))):
        raise NkError(f"{group.name}: its Input nodes have the numbers {numbers}")
    if input_count(group) != len(numbers):
        raise NkError(
            f"{group.name}: inputs {input_count(group)}, but {len(numbers)} Input nodes are inside"
        )
    _check_reached(group, outputs[0])
    for knob in group.user_knobs.values():
        if knob.number == 41:
            _check_link(group, knob)
    for node in group.children:
        _check_parents(group, node)
        _check_layers(group, node)


def _check_reached(group: GraphNode, output: GraphNode) -> None:
    """Every node but the Inputs has to reach the Output: what does not would be a slip."""
    reached: list[GraphNode] = []
    waiting = [output]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in reached:
            reached.append(node)
            waiting += node.inputs
    lost = [one.name for one in group.children if one not in reached and one.kind != "Input"]
    if lost:
        raise NkError(f"{group.name}: nothing takes {', '.join(lost)}")


def _check_link(group: GraphNode, knob: UserKnob) -> None:
    node_name, _, target = knob.target.partition(".")
    found = [one for one in group.children if one.name == node_name]
    if not found:
        raise NkError(
            f"{group.name}, {knob.name}: links to {knob.target!r}, and there is no node {node_name!r}"
        )
    if target not in {**CLASSES[found[0].kind].knobs, **EVERY_NODE}:
        raise NkError(
            f"{group.name}, {knob.name}: links to {knob.target!r}, which {found[0].kind} does not have"
        )


def _check_parents(group: GraphNode, node: GraphNode) -> None:
    """`parent.x` has to be a user knob of the group, `parent.inputN` one of its inputs."""
    written = [text for knob, text in node.knobs.items() if knob.startswith(("expr", "temp_expr"))]
    texts = [*node.expressions.values(), *written]
    for text in texts:
        for name in _PARENT.findall(text):
            of_input = re.fullmatch(r"input([0-9]+)", name)
            if of_input and int(of_input.group(1)) < input_count(group):
                continue
            if name not in group.user_knobs and name not in EVERY_NODE:
                raise NkError(
                    f"{group.name}, {node.name}: {text!r} asks for parent.{name}, which is not there"
                )


def _check_layers(group: GraphNode, node: GraphNode) -> None:
    known = {**LAYERS, **group.layers}
    for knob, kind in CLASSES[node.kind].knobs.items():
        value = node.knobs.get(knob)
        if kind.kind == CHANNELS and value is not None:
            _check_channel(group, node, value, known)
    if node.kind == "Expression":
        for knob, text in node.knobs.items():
            for channel in _CHANNEL.findall(text) if knob.startswith(("expr", "temp_expr")) else ():
                _check_channel(group, node, channel, known)
    if node.kind == "Shuffle2":
        words = node.knobs.get("mappings", "0").split()
        count, rest = int(words[0]), words[1:]
        if len(rest) != 6 * count:
            raise NkError(
                f"{node.name}: mappings names {count}, but has {len(rest)} words; expected six for each"
            )
        for n in range(count):
            for channel in (rest[6 * n], rest[6 * n + 3]):
                if channel not in ("black", "white"):
                    _check_channel(group, node, channel, known)


def _check_channel(group: GraphNode, node: GraphNode, text: str, known: dict) -> None:
    layer, _, channel = text.partition(".")
    if layer not in known or (channel and channel not in known[layer]):
        raise NkError(f"{group.name}, {node.name}: there is no channel {text!r}")
