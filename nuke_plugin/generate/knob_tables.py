"""What every knob does, for docs/nuke.md, from the declarations and from what every node has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from shared_core.spec.knob import KnobSpec
from shared_core.spec.operator import Operator

from ..dub_nuke.names import FILE_SOCKETS, LIVE_KNOBS
from .groups import group_inputs


def tables(operators: Mapping[str, Operator]) -> str:
    """A section for each node: its inputs, and a row for each knob."""
    return "\n".join(_section(operators[name]) for name in sorted(operators))


def whole_table(group: str) -> str:
    """A row for each knob that the text of the Dub group has beside those of its operators."""
    rows = [f"| {label} `{name}` | {_help(tip) or _NATIVE} |" for name, label, tip in _own_knobs(group)]
    return "\n".join(["| knob | what it does |", "|---|---|", *rows, ""])


_KNOB = re.compile(r"^ addUserKnob \{(\d+) (\w+)(.*)\}$", re.MULTILINE)
_WORD = r'(?:"((?:[^"\\]|\\.)*)"|(\S+))'
_TAB, _TEXT = "20", "26"
_NATIVE = "Grade of the patch, live: a knob of the native node inside."


def _own_knobs(group: str) -> Iterator[tuple[str, str, str]]:
    """(name, label, tooltip) of the visible knobs that stand outside the operators' folds."""
    within = ""
    for kind, name, rest in _KNOB.findall(group):
        if kind == _TAB and name.startswith("fold_"):
            within = name
        elif name == f"end_{within}":
            within = ""
        elif not within and kind not in (_TAB, _TEXT) and "+INVISIBLE" not in rest:
            yield name, _word("l", rest) or name, _word("t", rest)


def _word(key: str, rest: str) -> str:
    found = re.search(rf"(?:^| ){key} {_WORD}", rest)
    return (found[1] if found[1] is not None else found[2]) if found else ""


def _help(tip: str) -> str:
    return re.sub(r"\\(.)", r"\1", tip.replace(r"\n", " ")).replace("|", r"\|")


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
