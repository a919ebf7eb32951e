"""What every knob does, for docs/nuke.md, from the declarations and from the groups.

Each is explained once: the operators' knobs under the operator, those that many nodes have under the Dub
node. Elsewhere stand their names, as a script has them, and what they begin with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby

from shared_core.spec.knob import KnobSpec
from shared_core.spec.operator import Operator
from shared_core.spec.recipes import RECIPES

from ..dub_nuke.names import FILE_SOCKETS, LIVE_KNOBS, STATUS, recipe_tab
from ..dub_nuke.recipe_knobs import knobs_of
from .groups import group_inputs
from .shown_knobs import Shown, shown_knobs

_UNTOLD = {
    STATUS: "What became of the bake, or what is wrong: see [Bakes and their state](#bakes-and-their-state).",
    "info_text": "What the node is for.",
    **{f"{recipe_tab(recipe)}_text": "What the recipe says of itself." for recipe in RECIPES},
}
_NATIVE = "Grade of the patch, live: a knob of the native node inside."


def tables(operators: Mapping[str, Operator], groups: Mapping[str, str], whole: str) -> str:
    """A section for each node, and one for what only some have. groups: their texts, the Dub node's apart."""
    explained = {knob.name for knob in shown_knobs(whole)}
    further = {name: _undeclared(operators[name], groups[name]) for name in sorted(operators)}
    sections = [_section(operators[name], knobs) for name, knobs in further.items()]
    alone = {operators[name].label: [knob for knob in knobs if knob.name not in explained]
             for name, knobs in further.items()}
    return "\n".join([_some(alone), *sections])


def whole_table(group: str, operators: Mapping[str, Operator]) -> str:
    """A table for each tab of the Dub node, and in it a head for each fold of an operator's knobs."""
    lines: list[str] = []
    for tab, knobs in groupby(shown_knobs(group), lambda knob: knob.tab):
        lines += [f"#### Tab {tab}", "", "| knob | default | what it does |", "|---|---|---|"]
        for fold, within in groupby(knobs, lambda knob: knob.fold):
            lines += _fold(fold, list(within), operators)
        lines.append("")
    return "\n".join(lines)


def _fold(fold: str, knobs: list[Shown], operators: Mapping[str, Operator]) -> Iterator[str]:
    """The rows of a fold, or of what stands in none; those of an operator are explained in its section."""
    owners = {one.name: operators[one.operator].label for recipe in RECIPES for one in knobs_of(recipe)}
    label = owners.get(knobs[0].name)
    if fold:
        anchor = re.sub(r"[^\w -]", "", f"Dub {label}".lower()).replace(" ", "-")
        yield f"| **{fold}** | | {f'as on [Dub {label}](#{anchor})' if label else ''} |"
    for knob in knobs:
        yield f"| {_named(knob)} | {_cell(knob.default)} | {'' if label else _told(knob)} |"


def _undeclared(operator: Operator, group: str) -> list[Shown]:
    declared = {spec.name for spec in operator.knobs}
    return [knob for knob in shown_knobs(group) if knob.name not in declared]


def _some(alone: Mapping[str, list[Shown]]) -> str:
    """A row for each knob that the Dub node does not have and no operator declares, with who has it."""
    owners: dict[tuple[str, ...], list[str]] = {}
    for label, knobs in alone.items():
        for knob in knobs:
            row = (_named(knob), _cell(knob.default), _told(knob))
            owners.setdefault(row, []).append(label)
    rows = [f"| {knob} | {', '.join(labels)} | {default} | {told} |"
            for (knob, default, told), labels in owners.items()]
    heads = ["| knob | on | default | what it does |", "|---|---|---|---|"]
    return "\n".join(["### On some nodes alone", "", *heads, *rows, ""])


def _section(operator: Operator, further: list[Shown]) -> str:
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
    common = groupby((knob for knob in further if knob.name not in files), lambda knob: knob.tab)
    by_tab = [f"*{tab}* {', '.join(f'`{knob.name}`' for knob in knobs)}" for tab, knobs in common]
    return "\n".join([*lines, "", f"Further: {'; '.join(by_tab)}.", ""])


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


def _named(knob: Shown) -> str:
    return f"{knob.label} `{knob.name}`".strip()


def _told(knob: Shown) -> str:
    return _cell(knob.tip or _UNTOLD.get(knob.name, _NATIVE))


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
