"""One group for each operator, and one for the whole pipeline, as Nuke's text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared_core.spec.operator import Operator
from shared_core.spec.recipes import RECIPES

from ..dub_nuke import names
from . import native, panels
from .recipe_parts import WHOLE_INPUTS, check_names, recipe_tabs, said, shared_knobs, tune_tab
from .tcl import Graph, word
from .user_knobs import hidden

COMPOSITE_VIEWS = ("result", "plate", "raw", "patch", "matte", "mattes", "flow", "ST map", "reference ST map")
MATTE_VIEWS = ("result", "plate", "matte", "mattes")
REFERENCE_FLOW = "reference_flow"
PICTURE_VIEWS = ("result", "plate", "raw")
MAP_VIEWS = ("flow", "ST map", "plate through ST")
REFERENCE_MAP_VIEWS = ("flow", "ST map", "reference ST map", "plate through ST")


@dataclass
class GroupParts:
    """What a group is made of. inputs: names, in the order of their numbers; the first is the picture."""

    name: str
    label: str
    inputs: list[str]
    graph: Graph = field(default_factory=Graph)
    knobs: list[str] = field(default_factory=list)
    layers: bool = False


def all_groups(operators: Mapping[str, Operator]) -> dict[str, str]:
    """File name -> text of every group."""
    parts = [operator_group(operators[name]) for name in sorted(operators)] + [whole_group(operators)]
    return {f"{one.name}.nk": text(one) for one in parts}


def group_inputs(operator: Operator) -> list[str]:
    """The group's inputs: the sockets that a pipe carries, and `mask` last where mattes are made or used."""
    piped = [s for s in operator.sockets if s.type not in names.FILE_SOCKETS]
    drawn = [s for s in piped if s.type == names.MASK_TYPE and s.optional]
    found = [s.name for s in piped if s not in drawn]
    return [*found, names.MASK] if drawn or lays_in(operator) else found


def lays_in(operator: Operator) -> bool:
    """Whether the operator ends a pipeline: it gives a picture and the matte that it was laid in with."""
    outputs = {(out.name, out.type) for out in operator.outputs}
    return {("image", "Image"), ("matte", "Mask")} <= outputs


def gives(operator: Operator, kind: str) -> list[str]:
    return [out.name for out in operator.outputs if out.type == kind]


def operator_group(operator: Operator) -> GroupParts:
    """The group of one operator: its knobs, and natively what can be done live with its bake."""
    parts = GroupParts(operator.name, operator.label, group_inputs(operator))
    graph, inputs = parts.graph, add_inputs(parts)
    picture = inputs[0] if inputs else graph.add("Constant", "Nothing", channels="rgb")
    own = panels.operator_knobs(operator, "")
    views: tuple[str, ...] = ()
    parts.layers = operator.scope == "frame"
    if parts.layers:
        native.add_read(graph)
        if lays_in(operator):
            mask = len(inputs) - 1
            streams = native.live_composite(graph, picture, inputs[mask], mask, "matte_mode", "amount")
            views, own = COMPOSITE_VIEWS, own + panels.mode_knob()
        elif set(native.REGIONS) <= set(gives(operator, "Mask")):
            streams, views = native.live_mattes(graph, picture, inputs[-1], len(inputs) - 1), MATTE_VIEWS
            own += panels.region_knob(native.REGIONS)
        else:
            flows = gives(operator, "Flow")
            streams = native.generated_picture(graph, picture, bool(flows), REFERENCE_FLOW in flows)
            maps = REFERENCE_MAP_VIEWS if REFERENCE_FLOW in flows else MAP_VIEWS
            views = PICTURE_VIEWS + (maps if flows else ())
        native.finish(graph, streams, picture)
    else:
        graph.add("Output", "Output1", picture)
    parts.knobs = [
        *panels.identity(operator.name, f"Dub {operator.label}"), *own,
        *panels.live(views, composite=lays_in(operator), mattes="matte" in views),
        *(panels.tune() if operator.tunable else ()),
        *panels.bake(operator.scope, bool(inputs)), *panels.about(operator.label, operator.help),
    ]
    return parts


def whole_group(operators: Mapping[str, Operator]) -> GroupParts:
    """Dub: the whole pipeline in one node, with the knobs of all that its recipes use."""
    check_names()
    parts = GroupParts(names.WHOLE, "Dub", list(WHOLE_INPUTS), layers=True)
    inputs = add_inputs(parts)
    native.add_read(parts.graph)
    mode, amount = "mask_matte_mode", "composite_amount"
    streams = native.live_composite(parts.graph, inputs[0], inputs[-1], len(inputs) - 1, mode, amount)
    native.finish(parts.graph, streams, inputs[0])
    parts.knobs = [
        *panels.identity(names.WHOLE, "Dub"),
        *panels.recipe({name: said(made.__doc__) for name, made in RECIPES.items()}), *panels.performance(),
        *shared_knobs(operators), *recipe_tabs(operators),
        *panels.live(COMPOSITE_VIEWS, composite=True, mattes=True), *tune_tab(),
        *panels.bake("frame", True), *panels.about("Dub", panels.WHOLE_HELP),
    ]
    return parts


def add_inputs(parts: GroupParts) -> list[str]:
    """The inner Input nodes, numbered; Nuke does not write the number 0."""
    return [
        parts.graph.add("Input", name, **({"number": number} if number else {}))
        for number, name in enumerate(parts.inputs)
    ]


def text(parts: GroupParts) -> str:
    """The whole file: the selection goes to input 0, the other inputs stay open."""
    count = len(parts.inputs)
    body = _body(parts, "")
    digest = hashlib.sha256(body.encode()).hexdigest()[:12]
    opening = ["set cut_paste_input [stack 0]"]
    opening += ["push 0"] * (count - 1) + (["push $cut_paste_input"] if count else [])
    return "\n".join([*opening, _body(parts, digest), ""])


def _body(parts: GroupParts, digest: str) -> str:
    name = "Dub" if parts.name == names.WHOLE else f"Dub{''.join(parts.name.title().split('_'))}"
    lines = ["Group {", f" inputs {len(parts.inputs)}", f" name {name}1", f" tile_color {names.TILE:#010x}"]
    lines += [f" label {word('')}", *parts.knobs, *hidden(names.MADE, digest), "}"]
    if parts.layers:
        lines += [_layer_line(name) for name in names.LAYERS]
    return "\n".join([*lines, parts.graph.text(), "end_group"])


def _layer_line(name: str) -> str:
    channels = " ".join(f"{name}.{names.CHANNELS[c]}" for c in names.LAYERS[name])
    return f"add_layer {{{name} {channels}}}"
