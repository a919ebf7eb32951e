"""The node graph that a .nk describes, and everything about it that can be wrong without Nuke."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from .graph_nodes import GraphNode, UserKnob, input_count
from .group_checks import check_group
from .native_classes import BOOL, CHANNELS, CLASSES, COLOUR, EVERY_NODE, FLAGS, NUMBER, USER_KNOBS
from .tcl_reader import NkError, read_commands

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


def load(source: str) -> list[GraphNode]:
    """The script's nodes, checked; NkError for the first thing that is wrong."""
    loader = _Loader()
    for words in read_commands(source):
        loader.take(words)
    return loader.finish()


def load_file(path: Path) -> list[GraphNode]:
    try:
        return load(path.read_text(encoding="utf-8"))
    except NkError as error:
        raise NkError(f"{path.name}: {error}") from None


@dataclass
class _Level:
    group: GraphNode | None
    nodes: list[GraphNode] = field(default_factory=list)
    stack: list[GraphNode | None] = field(default_factory=list)


class _Loader:
    def __init__(self) -> None:
        self._levels = [_Level(None)]
        self._kept: dict[str, GraphNode | None] = {}
        self._node = GraphNode("")

    def take(self, words: list[str]) -> None:
        """One thing that the driver printed."""
        act = words[0]
        if act == "stack":
            stack = self._levels[-1].stack
            self._kept[words[2]] = stack[-1 - int(words[1])] if stack else None
        elif act == "node":
            self._node = GraphNode(words[1])
        elif act == "knob":
            if words[1] in self._node.knobs:
                raise NkError(f"{self._node.kind}: knob {words[1]!r} is set twice")
            self._node.knobs[words[1]] = words[2]
        elif act == "expression":
            self._node.expressions[words[1]] = words[2]
        elif act == "user":
            knob = _user_knob(words[1:], self._node)
            self._node.user_knobs[knob.name] = knob
        elif act == "menu":
            list(self._node.user_knobs.values())[-1].menu = words[1:]
        elif act == "made":
            self._made(self._node)
        elif act == "layer":
            self._layer(words[1:])
        elif act == "command":
            self._command(words[1:])

    def _command(self, words: list[str]) -> None:
        level = self._levels[-1]
        if words[0] == "push" and len(words) == 2:
            if words[1] != "0" and words[1] not in self._kept:
                raise NkError(f"push {words[1]!r}: no node was kept under it")
            level.stack.append(None if words[1] == "0" else self._kept[words[1]])
        elif words == ["end_group"]:
            if level.group is None:
                raise NkError("end_group: no group is open")
            self._levels.pop()
            level.group.children = level.nodes
            check_group(level.group)
        elif words[0] != "add_layer":
            raise NkError(f"{' '.join(words)!r} is no command of a Nuke script")

    def _layer(self, words: list[str]) -> None:
        name, channels = words[0], words[1:]
        if not 1 <= len(channels) <= 4 or not all(one.startswith(f"{name}.") for one in channels):
            raise NkError(f"add_layer {words}: expected one to four channels of the layer {name}")
        group = self._levels[-1].group
        (group.layers if group else {})[name] = [one.partition(".")[2] for one in channels]

    def _made(self, node: GraphNode) -> None:
        level = self._levels[-1]
        least, most = _check_class(node).inputs
        count = input_count(node)
        if not least <= count <= most:
            raise NkError(f"{node.kind} {node.name}: {count} inputs; expected {least} to {most}")
        if count > len(level.stack):
            raise NkError(
                f"{node.kind} {node.name}: takes {count} inputs, {len(level.stack)} are on the stack"
            )
        node.inputs = [level.stack.pop() for _ in range(count)]
        level.nodes.append(node)
        level.stack.append(node)
        if node.kind == "Group":
            self._levels.append(_Level(node))

    def finish(self) -> list[GraphNode]:
        if len(self._levels) > 1:
            raise NkError(f"Group {self._levels[-1].group.name}: there is no end_group")
        return self._levels[0].nodes


def _check_class(node: GraphNode):
    """The node's class; NkError for one that is not known, or a knob or value that it does not have."""
    known = CLASSES.get(node.kind)
    if known is None:
        raise NkError(f"{node.kind}: is no class of Nuke's that is described here")
    if not _NAME.match(node.name):
        raise NkError(f"{node.kind}: {node.name!r} is no name of a node")
    for knob, value in node.knobs.items():
        kind = known.knobs.get(knob) or EVERY_NODE.get(knob)
        if knob == "inputs":
            continue
        if kind is None and knob not in node.user_knobs:
            raise NkError(f"{node.kind} {node.name}: has no knob {knob!r}")
        if kind is not None and knob not in node.expressions:
            _check_value(node, knob, kind, value)
        if kind is None and knob not in node.expressions:
            _check_user_value(node, node.user_knobs[knob], value)
    return known


def _check_value(node: GraphNode, knob: str, kind, value: str) -> None:
    where = f"{node.kind} {node.name}, {knob} {value!r}"
    if kind.kind in (NUMBER, COLOUR) and not re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?|0x[0-9a-f]+", value):
        raise NkError(f"{where}: is no number")
    if kind.kind == BOOL and value not in ("true", "false"):
        raise NkError(f"{where}: expected true or false")
    if kind.choices and value not in kind.choices:
        raise NkError(f"{where}: expected one of {', '.join(kind.choices)}")
    if kind.kind == CHANNELS and " " in value:
        raise NkError(f"{where}: is no channel or layer")


def _check_user_value(node: GraphNode, knob: UserKnob, value: str) -> None:
    where = f"{node.name}, {knob.name} {value!r}"
    if knob.number == 4 and value not in knob.menu:
        raise NkError(f"{where}: expected one of {', '.join(knob.menu)}")
    if knob.number in (3, 7) and not re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", value):
        raise NkError(f"{where}: is no number")
    if knob.number in (22, 26, 41) or (knob.number == 20 and knob.fold != 1):
        raise NkError(f"{where}: such a knob holds no value")


def _user_knob(words: list[str], node: GraphNode) -> UserKnob:
    """addUserKnob's words: a number, a name, then l, t, M, R or T with what follows it, and flags."""
    if len(words) < 2 or not words[0].isdigit() or int(words[0]) not in USER_KNOBS:
        raise NkError(f"{node.kind}: addUserKnob {words[:2]}: no such kind of knob")
    knob = UserKnob(int(words[0]), words[1])
    if not _NAME.match(knob.name) or knob.name in EVERY_NODE:
        raise NkError(f"addUserKnob: {knob.name!r} is no name that a user knob can have")
    if knob.name in node.user_knobs:
        raise NkError(f"addUserKnob: {knob.name!r} is there twice")
    rest = words[2:]
    while rest:
        key, *rest = rest
        if key in FLAGS:
            knob.flags.append(key)
            continue
        if key == "n" and knob.number == 20:
            knob.fold, rest = int(rest[0]), rest[1:]
            continue
        if key not in ("l", "t", "M", "R", "T") or not rest:
            raise NkError(
                f"addUserKnob {knob.name}: {key!r} is not understood; a text with spaces needs quotes"
            )
        value, *rest = rest
        if key == "R":
            knob.limits = (float(value), float(rest[0]))
            rest = rest[1:]
        setattr(knob, {"l": "label", "t": "tooltip", "T": "target"}.get(key, "_"), value)
    return knob
