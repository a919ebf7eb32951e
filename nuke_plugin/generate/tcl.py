"""Write Nuke's script format: Tcl words, nodes on a stack, groups."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_BARE = re.compile(r"[A-Za-z0-9_./#%@-]+\Z")
_SPECIAL = str.maketrans({char: f"\\{char}" for char in '\\"[]{}$'} | {"\n": "\\n"})


def word(value: object) -> str:
    """`value` as one Tcl word: bare where it may be, else in quotes with what Tcl reads escaped."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.10g}"
    text = str(value)
    return text if _BARE.match(text) else f'"{text.translate(_SPECIAL)}"'


def expression(text: str) -> str:
    """A knob's expression, in the double braces that Nuke writes."""
    bare = re.fullmatch(r"[A-Za-z0-9_.]+", text)
    return f"{{{{{text}}}}}" if bare else f"{{{{{word(text)}}}}}"


@dataclass
class Raw:
    """Text that is Tcl already, as an expression is."""

    text: str


@dataclass
class Node:
    """One native node. inputs: names of nodes, input 0 first; None is left open."""

    kind: str
    name: str
    inputs: tuple[str | None, ...] = ()
    knobs: dict[str, object] = field(default_factory=dict)


class Graph:
    """The inside of a group: native nodes, each added after those it is connected to."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}

    def add(self, kind: str, name: str, *inputs: str | None, **knobs: object) -> str:
        """Add a node and return its name; ValueError for a name twice or an input not there yet."""
        if name in self.nodes:
            raise ValueError(f"node {name!r} is there twice")
        for one in inputs:
            if one is not None and one not in self.nodes:
                raise ValueError(f"node {name!r} takes {one!r}, which is not there")
        self.nodes[name] = Node(kind, name, inputs, knobs)
        return name

    def text(self) -> str:
        """The nodes as lines, each with its inputs pushed and its own place on the stack kept."""
        places = self.places()
        lines: list[str] = []
        for node in self.nodes.values():
            lines += [f"push {'0' if one is None else f'$N_{one}'}" for one in reversed(node.inputs)]
            lines += [f" {node.kind} {{", f"  inputs {len(node.inputs)}", f"  name {node.name}"]
            lines += [f"  {knob} {_value(value)}" for knob, value in node.knobs.items()]
            across, down = places[node.name]
            lines += [f"  xpos {across}", f"  ypos {down}", " }"]
            if node.kind != "Output":
                lines.append(f"set N_{node.name} [stack 0]")
        return "\n".join(lines)

    def places(self) -> dict[str, tuple[int, int]]:
        """Where each node is drawn: a row below all it is connected to, under its first input if it can."""
        cells: dict[str, tuple[int, int]] = {}
        taken: set[tuple[int, int]] = set()
        for node in self.nodes.values():
            sources = [cells[one] for one in node.inputs if one]
            row = max((source[1] + 1 for source in sources), default=0)
            column = sources[0][0] if sources else 0
            while (column, row) in taken:
                column += 1
            cells[node.name] = (column, row)
            taken.add((column, row))
        return {name: (column * 130, row * 70) for name, (column, row) in cells.items()}


def _value(value: object) -> str:
    return value.text if isinstance(value, Raw) else word(value)
