"""From connected Dub nodes to the nodes of one shot: a chain bakes in one job, with no EXR between.

What a pipe of Nuke carries is a picture; that a Dub node is at its other end says what else it
stands for. So a socket for a Track takes the Dub node that gives one; a socket for a picture takes
a Dub node's output where it gives one, and else the pipe's picture itself, as files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Collection, Dict, List, Optional, Tuple

import nuke

from shared_core.spec.errors import ShotError
from shared_core.spec.frames import FrameRange
from shared_core.spec.operator import Operator, Socket
from shared_core.spec.shot import Node

from . import names
from .dub_nodes import connected, is_dub, is_whole, operator_of, past_dots, text_of
from .knob_values import disabled_at, shot_knobs

PLATE = "plate"
PICTURES = ("Clip", "Image", "Mask", "Flow")
LOOKED_AT = {("track_face", "plate"), ("drive_from_video", "driver_clip")}
"""Sockets whose pixels are only looked at: none of them ends in the result."""


@dataclass
class Picture:
    """A stream that the core reads as files. exact: its pixels end in the result. kind: see PICTURES."""

    node: nuke.Node
    kind: str
    exact: bool = False


@dataclass
class Wired:
    """The shot's nodes, and what has to become its media.

    target: the shot node that is baked. dub_nodes: those of Nuke that it was made from. passes: those
    that a recipe writes; a chain's follow from its nodes.
    """

    target: str = ""
    nodes: Dict[str, Node] = field(default_factory=dict)
    pictures: Dict[str, Picture] = field(default_factory=dict)
    files: Dict[str, str] = field(default_factory=dict)
    dub_nodes: List[nuke.Node] = field(default_factory=list)
    passes: List[str] = field(default_factory=list)


def wire(target: nuke.Node, frames: List[int]) -> Wired:
    """The graph above `target`. Raises ShotError for what is not connected, KnobError for a value."""
    return _Wiring(target, frames).run()


def identifier(text: str) -> str:
    """`text` as the shot file's names are: a letter, then letters, digits or _."""
    kept = re.sub(r"[^A-Za-z0-9_]", "_", text)
    return (kept if kept[:1].isalpha() and kept.isascii() else f"n_{kept}")[:60]


class _Wiring:
    def __init__(self, target: nuke.Node, frames: List[int]) -> None:
        self._target, self._frames = target, frames
        self._found = Wired()
        self._names: Dict[str, str] = {}
        self._media: Dict[Tuple[str, str], str] = {}

    def run(self) -> Wired:
        plate = picture_above(self._target)
        if plate is None:
            raise ShotError(
                f"{self._target.name()}: no picture is connected; connect the plate to its first input"
            )
        self._picture(plate, "Clip", True)
        self._found.target = self._add(self._target)
        return self._found

    def _add(self, node: nuke.Node) -> str:
        """The shot node of a Dub node, made with all above it on the first call."""
        key = node.fullName()
        if key in self._names:
            return self._names[key]
        if is_whole(node):
            raise ShotError(
                f"{node.name()}: holds a whole pipeline and gives a picture alone; connect the Dub node that"
                " makes what this input takes"
            )
        operator = operator_of(node)
        self._found.dub_nodes.append(node)
        name = self._names[key] = _free(identifier(node.name()), self._found.nodes)
        inputs = {}
        for socket in operator.sockets:
            reference = self._input(node, operator, socket)
            if reference:
                inputs[socket.name] = reference
        live = node is self._target or key == self._target.fullName()
        knobs = shot_knobs(node, operator, self._frames, live=live)
        self._found.nodes[name] = Node(operator.name, operator.version, inputs, knobs)
        return name

    def _input(self, node: nuke.Node, operator: Operator, socket: Socket) -> Optional[str]:
        if socket.type in names.FILE_SOCKETS:
            return self._file(node, socket)
        pipe = names.MASK if socket.type == names.MASK_TYPE and socket.optional else socket.name
        if pipe == names.MASK and node.fullName() == self._target.fullName():
            return None  # native nodes lay it in, live
        source = connected(node, pipe)
        if source is None and socket.type == "Clip" and not socket.optional:
            source = connected(node, PLATE)
        if source is None:
            if socket.optional:
                return None
            raise ShotError(f"{node.name()}: its input {pipe!r} is not connected; it takes {_wanted(socket)}")
        if socket.type not in PICTURES:
            return self._sidecar(node, source, socket)
        return self._picture_input(node, operator, source, socket)

    def _file(self, node: nuke.Node, socket: Socket) -> Optional[str]:
        path = text_of(node, socket.name)
        if not path:
            if socket.optional:
                return None
            raise ShotError(
                f"{node.name()}: {socket.name.replace('_', ' ').title()} names no file; choose one"
            )
        name = _free(identifier(f"{socket.name}_{node.name()}"), self._found.files)
        self._found.files[name] = path
        return f"@{name}"

    def _sidecar(self, node: nuke.Node, source: nuke.Node, socket: Socket) -> str:
        if not is_dub(source) or is_whole(source) or not _outputs(source, socket.type):
            raise ShotError(
                f"{node.name()}: its input {socket.name!r} takes {_wanted(socket)}; {source.name()} gives"
                " none"
            )
        return self._reference(node, source, socket)

    def _picture_input(self, node: nuke.Node, operator: Operator, source: nuke.Node, socket: Socket) -> str:
        """A node's output for what another Dub node generates; a plate is read as files, but one that a
        Dub node has moved.
        """
        found: Optional[nuke.Node] = source
        if socket.type == "Image":
            while found is not None and _moves_plate(found) and self._is_off(found):
                found = _passed_on(found)
        if found is not None and _generates(found, socket):
            return self._reference(node, found, socket)
        if socket.type in ("Clip", "Image"):
            found = giver(found)
        if found is None:
            raise ShotError(f"{node.name()}: no picture reaches its input {socket.name!r}; connect one")
        kind = "Clip" if socket.type == "Image" else socket.type
        return f"@{self._picture(found, kind, (operator.name, socket.name) not in LOOKED_AT)}"

    def _is_off(self, node: nuke.Node) -> bool:
        """Whether the Dub node is disabled, at all frames; ShotError where it is at some."""
        off = disabled_at(node, self._frames)
        if off and len(off) < len(self._frames):
            raise ShotError(
                f"{node.name()}: is disabled at {FrameRange.of(off)} of {FrameRange.of(self._frames)}; a bake"
                " has it on or off; make its `disable` one of them"
            )
        return bool(off)

    def _reference(self, node: nuke.Node, source: nuke.Node, socket: Socket) -> str:
        """What the shot calls the output of `source` that an input of `node` takes."""
        if self._is_off(source):
            raise ShotError(
                f"{node.name()}: its input {socket.name!r} takes what {source.name()} makes, which is"
                " disabled; enable it, or disconnect it"
            )
        outputs = _outputs(source, socket.type)
        chosen = text_of(source, names.REGION)
        name = self._add(source)
        if len(operator_of(source).outputs) == 1:
            return name
        wanted = [one for one in (chosen, socket.name) if one in outputs]
        return f"{name}.{(wanted or outputs)[0]}"

    def _picture(self, node: nuke.Node, kind: str, exact: bool) -> str:
        key = (node.fullName(), kind)
        if key not in self._media:
            first = not self._media
            other = identifier(f"{kind.lower()}_{node.name()}")
            name = PLATE if first else _free(other, self._found.pictures)
            self._media[key] = name
            self._found.pictures[name] = Picture(node, kind)
        picture = self._found.pictures[self._media[key]]
        picture.exact = picture.exact or exact
        return self._media[key]


def picture_above(target: nuke.Node) -> Optional[nuke.Node]:
    """The node whose picture the group's first input gets; None where nothing is connected."""
    return giver(_passed_on(target))


def giver(node: Optional[nuke.Node]) -> Optional[nuke.Node]:
    """`node`, or for a Dub node that passes its picture on, or moves it, the node that it has it from."""
    while node is not None and (_passes_on(node) or _moves_plate(node)):
        node = _passed_on(node)
    return node


def _passed_on(node: nuke.Node) -> Optional[nuke.Node]:
    """The node whose picture a Dub node passes on: what its first input gets."""
    return past_dots(node.input(0)) if node.inputs() else None


def _passes_on(node: nuke.Node) -> bool:
    return is_dub(node) and not is_whole(node) and not _outputs(node, "Image")


def _moves_plate(node: nuke.Node) -> bool:
    return is_dub(node) and not is_whole(node) and PLATE in _outputs(node, "Image")


def _generates(node: nuke.Node, socket: Socket) -> bool:
    """Whether the socket takes an output of this Dub node, and not the picture of its pipe."""
    plate_like = socket.type == "Clip" or (socket.name == PLATE and not _moves_plate(node))
    return not plate_like and is_dub(node) and not is_whole(node) and bool(_outputs(node, socket.type))


def _outputs(node: nuke.Node, kind: str) -> List[str]:
    return [out.name for out in operator_of(node).outputs if out.type == kind]


def _wanted(socket: Socket) -> str:
    return f"a {socket.type}, from a Dub node" if socket.type not in PICTURES else "a picture"


def _free(name: str, taken: Collection[str]) -> str:
    """`name`, with a number after it where it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
