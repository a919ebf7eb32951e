"""What every knob does, for docs/nuke.md, from the declarations and from what every node has."""

from __future__ import annotations

from collections.abc import Mapping

from shared_core.spec.knob import KnobSpec
from shared_core.spec.operator import Operator

from ..dub_nuke.names import FILE_SOCKETS, LIVE_KNOBS
from .groups import group_inputs


def tables(operators: Mapping[str, Operator]) -> str:
    """A section for each node: its inputs, and a row for each knob."""
    return "\n".join(_section(operators[name]) for name in sorted(operators))


def _section(operator: Operator) -> str:
    inputs = group_inputs(operator)
    files = [socket.name for socket in operator.sockets if socket.type in FILE_SOCKETS]
    lines = [f"### Dub {operator.label}", "", operator.help.split("\n\n")[0].replace("\n", " "), ""]
    if inputs:
        lines.append(f"Inputs: {', '.join(f'`{name}`' for name in inputs)}.")
    if files:
        lines.append(f"File knobs: {', '.join(f'`{name}`' for name in files)}.")
    if operator.knobs:
        lines += ["", "| knob | what it does | default | allowed | |", "|---|---|---|---|---|"]
    lines += [_row(operator, spec) for spec in operator.knobs]
    return "\n".join([*lines, ""])


def _row(operator: Operator, spec: KnobSpec) -> str:
    knob = spec.knob
    unit = f" {knob.unit}" if knob.unit else ""
    allowed = f"{knob.hard[0]:g} to {knob.hard[1]:g}{unit}" if knob.hard else ", ".join(knob.choices)
    default = f"{spec.default:g}{unit}" if spec.kind in ("float", "int") else str(spec.default or "empty")
    if spec.kind == "bool":
        default = "on" if spec.default else "off"
    live = spec.name in LIVE_KNOBS.get(operator.name, ())
    how = ", ".join(word for word in ("live" if live else "", "keyed" if knob.keyable else "") if word)
    return f"| {knob.label} `{spec.name}` | {knob.help} | {default} | {allowed} | {how} |"
