"""A node graph as a script says it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .tcl_reader import NkError


@dataclass
class UserKnob:
    """One addUserKnob. menu: a choice's items; target: what a link names, a button's script or a text.

    fold: 1 for a tab that opens a group of knobs, -1 for one that ends it.
    """

    number: int
    name: str
    label: str = ""
    tooltip: str = ""
    menu: list[str] = field(default_factory=list)
    target: str = ""
    limits: tuple[float, float] | None = None
    flags: list[str] = field(default_factory=list)
    fold: int = 0


@dataclass
class GraphNode:
    """A node as the script says it. inputs: input 0 first. children: a group's inside."""

    kind: str
    knobs: dict[str, str] = field(default_factory=dict)
    expressions: dict[str, str] = field(default_factory=dict)
    user_knobs: dict[str, UserKnob] = field(default_factory=dict)
    inputs: list[GraphNode | None] = field(default_factory=list)
    children: list[GraphNode] = field(default_factory=list)
    layers: dict[str, list[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.knobs.get("name", self.kind)

    def child(self, name: str) -> GraphNode:
        return next(one for one in self.children if one.name == name)


def input_count(node: GraphNode) -> int:
    text = node.knobs.get("inputs", "1")
    if not re.fullmatch(r"[0-9]+(\+[0-9]+)?", text):
        raise NkError(f"{node.kind} {node.name}: inputs {text!r} is no count")
    return sum(map(int, text.split("+")))
