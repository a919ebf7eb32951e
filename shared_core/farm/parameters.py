"""Job parameters made from the operators' declarations: what a wrangler may change at submission.

Only knobs of frame-scope nodes that hold one number, switch or choice: what they change is made anew at
render. A knob of a shot-scope node, and keys, belong to the shot file.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..engine.plan import Plan
from ..spec.catalogue import load_catalogue
from ..spec.errors import BadInput
from ..spec.keys import Keys
from ..spec.knob import KnobSpec
from ..spec.shot import Shot, shot_from_json, to_json

KINDS = {"float": "FLOAT", "int": "INT", "bool": "STRING", "choice": "STRING"}
LONGEST_NAME = 64
_CONTROLS = {"float": "SPIN_BOX", "int": "SPIN_BOX", "bool": "CHECK_BOX", "choice": "DROPDOWN_LIST"}


@dataclass(frozen=True)
class JobKnob:
    """One knob of one node, with the shot's value."""

    node: str
    spec: KnobSpec
    value: Any

    @property
    def name(self) -> str:
        """The job parameter's name."""
        return f"{self.node}_{self.spec.name}"

    @property
    def target(self) -> str:
        return f"{self.node}.{self.spec.name}"

    def definition(self) -> dict[str, Any]:
        """The OpenJD parameter definition."""
        knob, kind = self.spec.knob, self.spec.kind
        data: dict[str, Any] = {
            "name": self.name, "type": KINDS[kind],
            "description": knob.help + (f" [{knob.unit}]" if knob.unit else ""),
            "default": self.text() if kind in ("bool", "choice") else self.value,
            "userInterface": {
                "control": _CONTROLS[kind], "label": knob.label[:LONGEST_NAME], "groupLabel": self.node,
            },
        }
        if knob.hard and kind in ("float", "int"):
            data |= {"minValue": knob.hard[0], "maxValue": knob.hard[1]}
        if kind == "bool":
            data["allowedValues"] = ["true", "false"]
        elif kind == "choice":
            data["allowedValues"] = list(knob.choices)
        return data

    def text(self) -> str:
        """The value as a command line has it."""
        return self.value if self.spec.kind == "choice" else json.dumps(self.value)


def job_knobs(plan: Plan) -> tuple[JobKnob, ...]:
    """The knobs of the plan that become job parameters, in the plan's order."""
    knobs = (
        JobKnob(step.name, spec, step.knobs[spec.name])
        for step in plan.frame_steps for spec in step.operator.knobs
        if spec.kind in KINDS and not isinstance(step.knobs[spec.name], Keys)
    )
    return tuple(knob for knob in knobs if len(knob.name) <= LONGEST_NAME)


def with_knobs(shot: Shot, texts: Sequence[str]) -> Shot:
    """The shot with every `NODE.KNOB=VALUE` of `texts` set, checked.

    Raises BadInput for another spelling, node or knob, KnobError for a value out of range.
    """
    nodes, operators = dict(shot.nodes), load_catalogue()
    for target, text in map(_split, texts):
        node, _, knob = target.partition(".")
        if node not in nodes:
            raise BadInput(f"--knob {target}={text}: the shot has no node {node!r}")
        value = _value(operators[nodes[node].operator].knob(knob), target, text)
        nodes[node] = dataclasses.replace(nodes[node], knobs={**nodes[node].knobs, knob: value})
    changed = dataclasses.replace(shot, nodes=nodes)
    checked = shot_from_json(to_json(changed), str(shot.path))
    return dataclasses.replace(checked, path=shot.path)


def _split(text: str) -> tuple[str, str]:
    target, equals, value = text.partition("=")
    if not (equals and "." in target):
        raise BadInput(f"--knob {text!r}: expected NODE.KNOB=VALUE, as in composite.feather=12")
    return target, value


def _value(spec: KnobSpec | None, target: str, text: str) -> Any:
    """The value that a command line gives: a choice is a text, all else is JSON."""
    if spec is None:
        raise BadInput(f"--knob {target}={text}: the node has no such knob")
    if spec.kind not in KINDS:
        raise BadInput(f"--knob {target}={text}: cannot be set at submission; set it in the shot file")
    if spec.kind == "choice":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
