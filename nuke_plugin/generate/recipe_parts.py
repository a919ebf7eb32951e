"""The knobs of the whole pipeline: those of every operator that its recipe can use."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from shared_core.spec.operator import Operator

from ..dub_nuke.names import MASK
from ..dub_nuke.recipe_knobs import FILLED_BY_HOST, knob_name, possible_nodes
from . import panels
from .user_knobs import fold, unfold

RECIPE = "geometric"
WHOLE_INPUTS = ("plate", "driver", "takes", MASK)


def recipe_nodes(operators: Mapping[str, Operator]) -> dict[tuple[str, str], Operator]:
    """(node, operator name) -> operator, for all that the recipe can use, in its order."""
    return {(node, name): operators[name] for node, name in possible_nodes(RECIPE, operators)}


def recipe_knobs(operators: Mapping[str, Operator]) -> list[str]:
    """A closed group of knobs for each node, under names that say whose they are."""
    nodes = recipe_nodes(operators)
    lines: list[str] = []
    for (node, _), operator in nodes.items():
        specs = [spec for spec in operator.knobs if (operator.name, spec.name) not in FILLED_BY_HOST]
        if not specs:
            continue
        title = f"{operator.label} ({node.replace('_', ' ')})"
        prefix = knob_name(node, operator.name, "", nodes)
        drawn = (panels.declared_knob(spec, prefix + spec.name) for spec in specs)
        lines += [*fold(f"fold_{prefix}", title), *chain.from_iterable(drawn), *unfold(f"fold_{prefix}")]
    return lines
