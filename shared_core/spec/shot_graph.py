"""The graph of a shot: are its operators, knobs, sockets and outputs right, and is it free of cycles?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Tuple

from .catalogue import Catalogue, nearest
from .errors import ShotError
from .operator import Operator, Socket

if TYPE_CHECKING:
    from .shot_values import Node, Shot

MEDIA_TYPES = ("Clip", "Sound", "Image", "Mask", "Flow", "Curves", "Checkpoint")
PASSES = {
    "dub": "Image", "dub_raw": "Image", "dub_matte": "Mask",
    "dub_st": "Flow", "dub_flow": "Flow", "dub_ref_st": "Flow",
}
PLATE = "plate"


def check_graph(shot: "Shot", where: str, operators: Catalogue) -> Dict[str, Dict[str, Any]]:
    """Check all nodes and the output; return each node's knobs, checked.

    Raises ShotError or KnobError, naming the place below `where`.
    """
    if PLATE not in shot.media:
        raise ShotError(f"{where}.media: there is no 'plate'; it is the picture that gets dubbed")
    for name, node in shot.nodes.items():
        _check_operator(node, f"{where}.nodes.{name}", operators)
    for name, node in shot.nodes.items():
        _check_inputs(shot, node, f"{where}.nodes.{name}.inputs", operators)
    topological_order(shot.nodes, where)
    _check_output(shot, f"{where}.output", operators)
    return {name: _check_knobs(node, f"{where}.nodes.{name}", operators) for name, node in shot.nodes.items()}


def _check_operator(node: "Node", where: str, operators: Catalogue) -> None:
    if node.operator not in operators:
        raise ShotError(f"{where}.operator: there is no {node.operator!r}{nearest(node.operator, operators)}")
    known = operators[node.operator].version
    if node.version > known:
        raise ShotError(
            f"{where}.version: {node.operator} {node.version} is newer than this Dubnodes, which has"
            f" version {known}; update it"
        )
    if node.version < 1:
        raise ShotError(f"{where}.version: {node.version}; versions start at 1")


def _check_knobs(node: "Node", where: str, operators: Catalogue) -> Dict[str, Any]:
    operator = operators[node.operator]
    checked = {}
    for name, value in node.knobs.items():
        knob = operator.knob(name)
        if knob is None:
            names = [knob.name for knob in operator.knobs]
            raise ShotError(f"{where}.knobs: {node.operator} has no knob {name!r}{nearest(name, names)}")
        checked[name] = knob.check(value, f"{where}.knobs")
    return checked


def _check_inputs(shot: "Shot", node: "Node", where: str, operators: Catalogue) -> None:
    operator = operators[node.operator]
    for name, reference in node.inputs.items():
        socket = operator.socket(name)
        if socket is None:
            names = [socket.name for socket in operator.sockets]
            raise ShotError(f"{where}: {node.operator} has no socket {name!r}{nearest(name, names)}")
        found = resolve(shot, reference, f"{where}.{name}", operators)
        if reference.startswith("@"):
            _check_media_socket(reference, socket, f"{where}.{name}")
        elif len(found) != 1:
            outs = ", ".join(f"{reference}.{out.name}" for out in found)
            raise ShotError(f"{where}.{name}: {reference!r} has several outputs; name one of {outs}")
        elif found[0].type != socket.type:
            raise ShotError(
                f"{where}.{name}: {reference!r} gives {found[0].type}; this socket takes {socket.type}"
            )
        elif operator.scope == "shot" and _scope(shot, reference, operators) == "frame":
            raise ShotError(
                f"{where}.{name}: {node.operator} runs once for the shot and cannot wait for"
                f" {reference!r}, which is made frame by frame"
            )
    for socket in operator.sockets:
        if not socket.optional and socket.name not in node.inputs:
            raise ShotError(f"{where}: socket {socket.name!r} of {node.operator} is not connected")


def _check_media_socket(reference: str, socket: Socket, where: str) -> None:
    if socket.type not in MEDIA_TYPES:
        raise ShotError(
            f"{where}: {reference!r} is media; this socket takes {socket.type}, which a node makes"
        )


def _scope(shot: "Shot", reference: str, operators: Catalogue) -> str:
    return operators[shot.nodes[reference.partition(".")[0]].operator].scope


def resolve(shot: "Shot", reference: str, where: str, operators: Catalogue) -> Tuple[Socket, ...]:
    """The outputs that `node`, `node.output` or `@media` stands for (none for media).

    Raises ShotError where there is no such node, output or media.
    """
    if reference.startswith("@"):
        if reference[1:] not in shot.media:
            raise ShotError(f"{where}: there is no media {reference!r}{nearest(reference[1:], shot.media)}")
        return ()
    node_name, dot, output_name = reference.partition(".")
    if node_name not in shot.nodes:
        hint = nearest(node_name, shot.nodes)
        if node_name in shot.media:
            hint = f"; write '@{node_name}' for the media"
        raise ShotError(f"{where}: there is no node {node_name!r}{hint}")
    operator: Operator = operators[shot.nodes[node_name].operator]
    if not dot:
        return operator.outputs
    found = tuple(out for out in operator.outputs if out.name == output_name)
    if not found:
        names = [out.name for out in operator.outputs]
        raise ShotError(f"{where}: {node_name!r} has no output {output_name!r}{nearest(output_name, names)}")
    return found


def _check_output(shot: "Shot", where: str, operators: Catalogue) -> None:
    wanted = [("image", shot.output.image, "Image"), ("matte", shot.output.matte, "Mask")]
    wanted += [(f"passes.{name}", ref, PASSES[name]) for name, ref in shot.output.passes.items()]
    for place, reference, type_name in wanted:
        found = resolve(shot, reference, f"{where}.{place}", operators)
        if not found or _scope(shot, reference, operators) != "frame":
            raise ShotError(f"{where}.{place}: {reference!r} is not made frame by frame; name such a node")
        if {out.type for out in found} != {type_name} or (len(found) > 1 and place != "passes.dub_matte"):
            gives = ", ".join(f"{out.name}: {out.type}" for out in found)
            raise ShotError(f"{where}.{place}: {reference!r} gives {gives}; expected one {type_name}")


def upstream(node: "Node") -> List[str]:
    """The nodes that `node` is connected to, in the order of its sockets in the file."""
    return [ref.partition(".")[0] for ref in node.inputs.values() if not ref.startswith("@")]


def topological_order(nodes: Dict[str, "Node"], where: str = "shot") -> List[str]:
    """Node names so that each comes after all it is connected to; ties in the file's order.

    Raises ShotError, naming the nodes in the direction of the data, for a cycle.
    """
    order: Dict[str, None] = {}
    for start in nodes:
        path = [start]
        on_path = {start}
        while path:
            waits_for = next((other for other in upstream(nodes[path[-1]]) if other not in order), None)
            if waits_for is None:
                on_path.discard(path[-1])
                order[path.pop()] = None
            elif waits_for in on_path:
                cycle = [waits_for, *reversed(path[path.index(waits_for):])]
                raise ShotError(f"{where}.nodes: {' -> '.join(cycle)} is a cycle; cut it")
            else:
                path.append(waits_for)
                on_path.add(waits_for)
    return list(order)
