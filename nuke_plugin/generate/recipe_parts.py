"""The knobs of the whole pipeline: those of every operator that its recipes can use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared_core.spec.operator import Operator
from shared_core.spec.recipes import RECIPES

from ..dub_nuke import names
from ..dub_nuke.recipe_knobs import RecipeKnob, knobs_of, network, takes_weights
from . import panels
from .user_knobs import fold, hidden_tab, tab, text, unfold

DEFAULT = next(iter(RECIPES))
WHOLE_INPUTS = ("plate", "driver", "takes", names.MASK)


def shared_knobs(operators: Mapping[str, Operator]) -> list[str]:
    """Those that every recipe has, for the first tab."""
    common = set.intersection(*({one.name for one in knobs_of(recipe)} for recipe in RECIPES))
    return _folds(operators, (one for one in knobs_of(DEFAULT) if one.name in common))


def recipe_tabs(operators: Mapping[str, Operator]) -> list[str]:
    """A tab for each recipe with what it alone has; only that of the chosen one shows."""
    lines: list[str] = []
    for recipe, made in RECIPES.items():
        others = {one.name for other in RECIPES if other != recipe for one in knobs_of(other)}
        own = (one for one in knobs_of(recipe) if one.name not in others)
        name = names.recipe_tab(recipe)
        lines += tab(name, recipe) if recipe == DEFAULT else hidden_tab(name, recipe)
        lines += text(f"{name}_text", f"With Recipe {recipe}: {said(made.__doc__)}")
        if takes_weights(recipe):
            lines += panels.file_knob(names.WEIGHTS, "Weights", panels.FILES["Checkpoint"])
        lines += _folds(operators, own, f"{recipe}_")
    return lines


def tune_tab() -> list[str]:
    """Tune, where a recipe runs a network; it shows with that recipe."""
    if not any(network(recipe) for recipe in RECIPES):
        return []
    return panels.tune(shown=bool(network(DEFAULT)))


def said(docstring: str | None) -> str:
    """A recipe's own sentence on itself, without the marks of code."""
    return (docstring or "").strip().replace("`", "")


def _folds(
    operators: Mapping[str, Operator], knobs: Iterable[RecipeKnob], where: str = ""
) -> list[str]:
    """A closed group of knobs for each node, under names that say whose they are."""
    by_node: dict[tuple[str, str], list[RecipeKnob]] = {}
    for one in knobs:
        by_node.setdefault((one.node, one.operator), []).append(one)
    lines: list[str] = []
    for (node, operator), found in by_node.items():
        title = f"{operators[operator].label} ({node.replace('_', ' ')})"
        name = f"fold_{where}{node}_{operator}"
        lines += fold(name, title)
        for one in found:
            lines += panels.declared_knob(one.spec, one.name, one.default)
        lines += unfold(name)
    return lines


def check_names() -> None:
    """ValueError where two knobs of the recipes would have one name on the group."""
    owners: dict[str, tuple[str, str]] = {}
    for one in (one for recipe in RECIPES for one in knobs_of(recipe)):
        owner = (one.operator, one.spec.name)
        if owners.setdefault(one.name, owner) != owner:
            raise ValueError(f"knob {one.name!r} stands for {owners[one.name]} and for {owner}")

