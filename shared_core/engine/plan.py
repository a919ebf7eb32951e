"""What has to be made, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..spec.operator import REGISTRY, Operator
from ..spec.shot_graph import topological_order, upstream
from ..spec.shot_values import Node, Shot


@dataclass(frozen=True)
class Step:
    """One node with its operator; knobs: all of them, the defaults filled in."""

    name: str
    node: Node
    operator: Operator
    knobs: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """Nodes by scope, each after all that it is connected to.

    shot_steps: every shot-scope node. frame_steps: the frame-scope nodes that the output needs.
    needed: names of all nodes, of both scopes, that the output needs.
    """

    shot_steps: tuple[Step, ...]
    frame_steps: tuple[Step, ...]
    needed: frozenset[str]

    def step(self, name: str) -> Step:
        return next(step for step in self.shot_steps + self.frame_steps if step.name == name)


def live_operators() -> dict[str, Operator]:
    """All operators with their bodies."""
    from .. import operators  # noqa: F401  importing it declares them

    return REGISTRY


def make_plan(shot: Shot, operators: dict[str, Operator]) -> Plan:
    """The plan of a shot that `read_shot` accepted."""
    needed = _needed(shot)
    steps = [_step(shot, name, operators) for name in topological_order(shot.nodes)]
    return Plan(
        tuple(step for step in steps if step.operator.scope == "shot"),
        tuple(step for step in steps if step.operator.scope == "frame" and step.name in needed),
        frozenset(needed),
    )


def _step(shot: Shot, name: str, operators: dict[str, Operator]) -> Step:
    node = shot.nodes[name]
    operator = operators[node.operator]
    knobs = {spec.name: node.knobs.get(spec.name, spec.default) for spec in operator.knobs}
    return Step(name, node, operator, knobs)


def output_references(shot: Shot) -> dict[str, str]:
    """What the output names: its image, its matte and each pass."""
    return {"image": shot.output.image, "matte": shot.output.matte, **shot.output.passes}


def _needed(shot: Shot) -> set[str]:
    waiting = [reference.partition(".")[0] for reference in output_references(shot).values()]
    needed: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += upstream(shot.nodes[name])
    return needed
