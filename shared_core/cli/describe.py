"""List the operators with their sockets, knobs and outputs."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("operator", nargs="?", help="one operator, in full")
    parser.add_argument("--json", action="store_true", help="everything, as operators.json holds it")


def run(arguments: argparse.Namespace) -> int:
    from ..engine.plan import live_operators
    from ..spec import catalogue
    from ..spec.errors import BadInput

    operators = live_operators()
    if arguments.operator:
        if arguments.operator not in operators:
            known = catalogue.nearest(arguments.operator, operators)
            raise BadInput(f"there is no operator {arguments.operator!r}{known}")
        operators = {arguments.operator: operators[arguments.operator]}
    if arguments.json:
        print(catalogue.to_text(operators), end="")
    elif arguments.operator:
        print("\n".join(_in_full(operators[arguments.operator])))
    else:
        for name, operator in sorted(operators.items()):
            print(f"{name:<20} {operator.scope:<6} {operator.help.splitlines()[0]}")
    return 0


def _in_full(operator) -> list[str]:
    lines = [f"{operator.label} ({operator.name} {operator.version}, {operator.scope}-scope)", ""]
    lines += [operator.help, "", "sockets"]
    lines += [f"  {s.name}: {s.type}{' (may stay open)' if s.optional else ''}" for s in operator.sockets]
    lines += ["outputs", *(f"  {out.name}: {out.type}" for out in operator.outputs), "knobs"]
    for spec in operator.knobs:
        knob = spec.knob
        limits = f", {knob.hard[0]:g} to {knob.hard[1]:g}" if knob.hard else ""
        unit = f" {knob.unit}" if knob.unit else ""
        choices = f", one of {', '.join(knob.choices)}" if knob.choices else ""
        keyed = ", keyable" if knob.keyable else ""
        lines.append(f"  {spec.name} = {spec.default!r}{unit} ({spec.kind}{limits}{choices}{keyed})")
        lines.append(f"      {knob.label}: {knob.help}")
    return lines
