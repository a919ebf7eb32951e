"""Nodes as Nuke's Python module shows them."""

from __future__ import annotations

import re
from typing import Any

from .graph_nodes import GraphNode
from .knobs import Knob
from .native_classes import CLASSES, EVERY_NODE, NUMBER, TEXT, USER_KNOBS, KnobKind

EXPRESSIONS = 1
_NODE = re.compile(r"\b([A-Za-z]\w*)\.")
ROOT_KNOBS = {
    "first_frame": KnobKind(NUMBER, 1.0), "last_frame": KnobKind(NUMBER, 100.0),
    "fps": KnobKind(NUMBER, 24.0),
    "proxy": KnobKind("bool", False), "colorManagement": KnobKind("choice", "OCIO", ("OCIO", "Nuke")),
    "OCIO_config": KnobKind(TEXT, "custom"), "customOCIOConfigPath": KnobKind("file", ""),
    "workingSpaceLUT": KnobKind(TEXT, ""), "format": KnobKind(TEXT, "1920 1080 0 0 1920 1080 1 HD_1080"),
}


class Node:
    """One node. Knobs in the order of Nuke: the class's, every node's, the user's."""

    def __init__(self, stand_in: Any, kind: str, parent: Any, graph: GraphNode | None = None) -> None:
        self._stand_in, self._kind, self._parent = stand_in, kind, parent
        self._knobs: dict[str, Knob] = {}
        self._inputs: list[Any] = []
        self._graph = graph
        own = ROOT_KNOBS if kind == "Root" else CLASSES[kind].knobs
        for name, known in {**own, **EVERY_NODE}.items():
            self._knobs[name] = Knob(self, name, known.kind, known.default, known.choices)
        if graph is not None:
            self._fill(graph)

    def _fill(self, graph: GraphNode) -> None:
        for user in graph.user_knobs.values():
            cls, kind = USER_KNOBS[user.number]
            if user.fold:
                opens = user.fold == 1
                cls, kind = ("BeginTabGroup_Knob", "number") if opens else ("EndTabGroup_Knob", "tab")
            default: Any = {"number": 0.0, "bool": False, "choice": (user.menu or [""])[0]}.get(kind, "")
            self._knobs[user.name] = Knob(
                self, user.name, kind, user.target if user.number == 26 else default, user.menu, cls=cls,
                label=user.label, tooltip=user.tooltip, target=user.target, flags=user.flags)
        for name, value in graph.knobs.items():
            if name == "inputs":
                continue
            knob = self._knobs[name]
            if value.startswith("{curve "):
                knob.fromScript(f"{{{value}}}")
            elif name in graph.expressions:
                knob._expression = graph.expressions[name]
            else:
                knob.fromScript(value)

    def Class(self) -> str:
        return self._kind

    def name(self) -> str:
        return str(self._knobs["name"].value())

    def setName(self, name: str) -> None:
        self._knobs["name"].setValue(name)

    def fullName(self) -> str:
        above = self._parent
        if above is None or above.Class() == "Root":
            return self.name()
        return f"{above.fullName()}.{self.name()}"

    def parent(self) -> Any:
        return self._parent

    def knobs(self) -> dict[str, Knob]:
        return dict(self._knobs)

    def allKnobs(self) -> list[Knob]:
        return list(self._knobs.values())

    def knob(self, name: str) -> Knob | None:
        return self._knobs.get(name)

    def __getitem__(self, name: str) -> Knob:
        if name not in self._knobs:
            raise NameError(f"knob {name} does not exist")
        return self._knobs[name]

    def input(self, number: int) -> Any:
        return self._inputs[number] if 0 <= number < len(self._inputs) else None

    def inputs(self) -> int:
        """How many inputs there are, up to the last that is connected."""
        return max((n + 1 for n, one in enumerate(self._inputs) if one is not None), default=0)

    def setInput(self, number: int, node: Any) -> bool:
        old = list(self._inputs)
        self._inputs += [None] * (number + 1 - len(self._inputs))
        self._inputs[number] = node
        self._stand_in.rewired(self, old)
        return True

    def dependencies(self, mask: int) -> list[Any]:
        """The nodes that stand in this one's expressions: of its own group, `parent` and `root`."""
        if mask != EXPRESSIONS:
            raise ValueError(f"dependencies({mask}): only EXPRESSIONS is described here")
        words = [word for knob in self._knobs.values() for word in _NODE.findall(knob._expression)]
        further = {"parent": self._parent, "root": self._stand_in.script}
        named = {one.name(): one for one in self._parent._nodes} | further
        return [named[word] for word in dict.fromkeys(words) if word in named]

    def setSelected(self, selected: bool) -> None:
        self._knobs["selected"]._value = bool(selected)

    def isSelected(self) -> bool:
        return bool(self._knobs["selected"].value())

    def xpos(self) -> int:
        return int(self._knobs["xpos"].value())

    def ypos(self) -> int:
        return int(self._knobs["ypos"].value())

    def setXYpos(self, x: int, y: int) -> None:
        self._knobs["xpos"].setValue(x)
        self._knobs["ypos"].setValue(y)

    def firstFrame(self) -> int:
        return self._stand_in.range_of(self)[0]

    def lastFrame(self) -> int:
        return self._stand_in.range_of(self)[1]

    def format(self) -> Format:
        return Format(*self._stand_in.size_of(self), self._stand_in.aspect_of(self))

    def hasError(self) -> bool:
        return self._stand_in.has_error(self)


class Group(Node):
    """A group: nodes inside, and a context that new nodes are made in."""

    def __init__(self, stand_in: Any, kind: str, parent: Any, graph: GraphNode | None = None) -> None:
        self._nodes: list[Node] = []
        super().__init__(stand_in, kind, parent, graph)

    def nodes(self) -> list[Node]:
        return list(self._nodes)

    def node(self, name: str) -> Node | None:
        return next((one for one in self._nodes if one.name() == name), None)

    def __enter__(self) -> Group:
        self._stand_in.contexts.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._stand_in.contexts.pop()


class Root(Group):
    def firstFrame(self) -> int:
        return int(self["first_frame"].value())

    def lastFrame(self) -> int:
        return int(self["last_frame"].value())


class Format:
    def __init__(self, width: int, height: int, aspect: float) -> None:
        self._size, self._aspect = (width, height), aspect

    def width(self) -> int:
        return self._size[0]

    def height(self) -> int:
        return self._size[1]

    def pixelAspect(self) -> float:
        return self._aspect


def build(stand_in: Any, graphs: list[GraphNode], parent: Group) -> list[Node]:
    """Nodes of a loaded script inside `parent`, wired as it says."""
    made: dict[int, Node] = {}
    for graph in graphs:
        kind = Group if graph.kind == "Group" else Node
        node = kind(stand_in, graph.kind, parent, graph)
        made[id(graph)] = node
        parent._nodes.append(node)
        if isinstance(node, Group):
            build(stand_in, graph.children, node)
    for graph in graphs:
        made[id(graph)]._inputs = [made[id(one)] if one is not None else None for one in graph.inputs]
    return list(made.values())
