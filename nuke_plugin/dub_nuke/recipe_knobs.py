"""The knobs of the whole pipeline by recipe: shared by the generator and by the code that reads them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, Iterator, List, Tuple

from shared_core.spec.catalogue import load_catalogue
from shared_core.spec.errors import ShotError
from shared_core.spec.frames import FrameRange
from shared_core.spec.knob import KnobSpec
from shared_core.spec.recipes import RECIPES, Ingredients, make
from shared_core.spec.shot import Media, Shot

from . import names

FILLED_BY_HOST = {("align_transcript", "transcript")}
"""(operator, knob) that a knob of the node itself fills."""


@dataclass(frozen=True)
class RecipeKnob:
    """A knob `spec` of the shot node `node` under the group's `name`; default: what the recipe sets."""

    name: str
    node: str
    operator: str
    spec: KnobSpec
    default: Any


def variants() -> List[Tuple[Tuple[str, ...], Dict[str, Any]]]:
    """(media names, further ingredients) that between them reach every node of a recipe."""
    voice: Dict[str, Any] = {"own_sound": True, "seen_voice": True}
    with_takes: List[Tuple[Tuple[str, ...], Dict[str, Any]]] = [
        (("plate", "takes", "driver"), {"sound": True}),
        (("plate", "takes", "audio", "own_sound"), voice),
        (("plate", "takes", "audio", "own_sound"), {**voice, "transcript": "words"}),
    ]
    without = [(tuple(one for one in media if one != "takes"), further) for media, further in with_takes]
    return [*with_takes, *without]


def _shots(recipe: str) -> Iterator[Shot]:
    """The recipe with each of the variants that it has a use for."""
    for media, further in variants():
        given = Ingredients(
            "shot", FrameRange.parse("1"), {name: Media("p.exr") for name in media}, **further)
        try:
            yield make(recipe, given)
        except ShotError:  # it has no use for takes
            continue


@functools.lru_cache(maxsize=None)
def possible_nodes(recipe: str) -> Dict[Tuple[str, str], Dict[str, Any]]:
    """All (node, operator) that the recipe can use, in its order -> the knobs that it sets itself."""
    found: Dict[Tuple[str, str], Dict[str, Any]] = {}
    for shot in _shots(recipe):
        for name, made in shot.nodes.items():
            knobs = {k: v for k, v in made.knobs.items() if (made.operator, k) not in FILLED_BY_HOST}
            found.setdefault((name, made.operator), knobs)
    return found


@functools.lru_cache(maxsize=None)
def knobs_of(recipe: str) -> Tuple[RecipeKnob, ...]:
    """Every knob that the recipe's nodes have on the group, in the order of its nodes."""
    operators, found = load_catalogue(), []
    for (node, operator), own in possible_nodes(recipe).items():
        for spec in operators[operator].knobs:
            if (operator, spec.name) in FILLED_BY_HOST:
                continue
            name = f"{_prefix(recipe, node, operator)}_{spec.name}"
            if spec.name in own:
                name = f"{recipe}_{name}"
            found.append(RecipeKnob(name, node, operator, spec, own.get(spec.name, spec.default)))
    return tuple(found)


def _prefix(recipe: str, node: str, operator: str) -> str:
    """What stands before the knobs of `node`: the operator where the node can be one of several.

    Recipes share the knobs of a node that they make alike; where a later one makes another thing of
    it, that one's knobs stand under the operator, so that those of the earlier keep their names.
    """
    earlier = list(RECIPES)[:list(RECIPES).index(recipe)]
    there = {other for one in earlier for name, other in possible_nodes(one) if name == node}
    own = {other for name, other in possible_nodes(recipe) if name == node}
    return operator if len(own) > 1 or (there and operator not in there) else node


def group_names(recipe: str, node: str, operator: str) -> Dict[str, str]:
    """Knob -> its name on the group, for one node of the recipe."""
    of_node = (one for one in knobs_of(recipe) if (one.node, one.operator) == (node, operator))
    return {one.spec.name: one.name for one in of_node}


def takes_weights(recipe: str) -> bool:
    """Whether one of its nodes has a socket for a checkpoint."""
    operators = load_catalogue()
    return any(
        socket.type == "Checkpoint"
        for _, operator in possible_nodes(recipe) for socket in operators[operator].sockets
    )


def network(recipe: str) -> str:
    """The network that `dub tune` fits for this recipe; "" where it runs none."""
    found = {names.NETWORKS[operator] for _, operator in possible_nodes(recipe) if operator in names.NETWORKS}
    return next(iter(sorted(found)), "")


@functools.lru_cache(maxsize=None)
def of_other_recipes(recipe: str) -> FrozenSet[str]:
    """The group's knobs that no frame of this recipe depends on."""
    known = {one: _all_names(one) for one in RECIPES}
    return frozenset().union(*known.values()) - known.get(recipe, frozenset())


def _all_names(recipe: str) -> FrozenSet[str]:
    weights = [names.WEIGHTS] if takes_weights(recipe) else []
    return frozenset([*weights, *(one.name for one in knobs_of(recipe))])
