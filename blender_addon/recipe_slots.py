"""Which nodes each recipe makes of what an artist picks, and where their knobs are kept. Imports no bpy."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from typing import Any

from .knob_properties import shown_knobs
from .shared_core.spec.errors import ShotError
from .shared_core.spec.frames import FrameRange
from .shared_core.spec.knob import KnobSpec
from .shared_core.spec.recipes import RECIPES, Ingredients, make
from .shared_core.spec.shot import Media, Shot

DEFAULT = "geometric"
"""The recipe of a group that says none, as those of files from before there was a choice."""
_LABELS = {"iptalker": "IPTalker"}
_NEEDED = ("plate", "driver", "audio")
_VOICE = ("plate", "audio", "takes", "own_sound", "weights")
_ALL_OF_VOICE = {"own_sound": True, "seen_voice": True}
_EVERYTHING = (
    (("plate", "driver", "takes", "weights"), {"sound": True}),
    (_VOICE, {**_ALL_OF_VOICE, "transcript": "a"}),
    (_VOICE, _ALL_OF_VOICE),
)

Slots = dict[str, tuple[str, str]]
"""Property name -> (the recipe's node, its operator)."""


def choices() -> list[tuple[str, str, str]]:
    """(name, label, help) of the recipes, the default one first."""
    return [(name, _LABELS.get(name, name.title()), (recipe.__doc__ or "").strip().rstrip("."))
            for name, recipe in sorted(RECIPES.items(), key=lambda item: item[0] != DEFAULT)]


@functools.cache
def slots(recipe: str = "") -> Slots:
    """Those of every node that `recipe` may have; of all recipes where none is named."""
    if not recipe:
        return {slot: where for name, _, _ in choices() for slot, where in slots(name).items()}
    found: Slots = {}
    for media, flags in _EVERYTHING:
        try:
            made = slots_of(recipe, media, flags)
        except ShotError:  # an operator that this recipe can use and this catalogue does not have
            continue
        for slot, where in made.items():
            found.setdefault(slot, where)
    return found


def slots_of(recipe: str, media: Iterable[str], flags: Mapping[str, Any]) -> Slots:
    """Those of the nodes that `recipe` makes of these media; what it has no use for is left out."""
    used = [name for name in media if name in _NEEDED or has_use_for(recipe, name)]
    return {slot_name(node, value.operator): (node, value.operator)
            for node, value in _example(recipe, used, flags).nodes.items()}


def slot_name(node: str, operator: str) -> str:
    """One operator may stand at several nodes, and one node be of several operators."""
    return f"{node}__{operator}"


@functools.cache
def has_use_for(recipe: str, medium: str) -> bool:
    """Whether `recipe` does anything with a medium beside plate and performance, as takes or weights."""
    for performance in ("driver", "audio"):
        try:
            shot = _example(recipe, ("plate", performance, medium), {"own_sound": medium == "own_sound"})
        except ShotError:  # it refuses the medium
            continue
        if any(f"@{medium}" in node.inputs.values() for node in shot.nodes.values()):
            return True
    return False


def knobs_of(recipe: str, operator: str) -> list[tuple[str, KnobSpec]]:
    """(property, knob) of all that the panel shows of an operator, with the defaults that `recipe` gives it.

    A knob whose default is the recipe's own has a property of its own, so that a recipe that is taken
    later, or left again, finds its value; all other knobs keep theirs from one recipe to the next.
    """
    own = _own_defaults(recipe)
    return [
        (f"{spec.name}_{recipe}", dataclasses.replace(spec, default=own[operator, spec.name]))
        if (operator, spec.name) in own else (spec.name, spec)
        for spec in shown_knobs(operator)
    ]


@functools.cache
def _own_defaults(recipe: str) -> dict[tuple[str, str], Any]:
    """{(operator, knob): value} of what the recipe sets by itself."""
    return {
        (node.operator, knob): value
        for performance in ("driver", "audio")
        for node in _example(recipe, ("plate", performance), {}).nodes.values()
        for knob, value in node.knobs.items()
    }


def _example(recipe: str, media: Iterable[str], flags: Mapping[str, Any]) -> Shot:
    given = Ingredients("all", FrameRange.parse("1"), {name: Media(name) for name in media}, **flags)
    return make(recipe, given)
