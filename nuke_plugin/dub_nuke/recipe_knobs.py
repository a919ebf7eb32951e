"""How the knobs of the whole pipeline are named: shared by the generator and by the code that reads them."""

from __future__ import annotations

from typing import Any, Collection, Dict, List, Optional, Tuple

from shared_core.spec.catalogue import Catalogue
from shared_core.spec.errors import ShotError
from shared_core.spec.frames import FrameRange
from shared_core.spec.recipes import Ingredients, make
from shared_core.spec.shot import Media

FILLED_BY_HOST = {("align_transcript", "transcript")}
"""(operator, knob) that a knob of the node itself fills."""


def knob_name(node: str, operator: str, knob: str, nodes: Collection[Tuple[str, str]]) -> str:
    """The group's knob for `knob` of `node`: under the operator's name where a node can be one of several.

    nodes: all (node, operator) that the recipe can use.
    """
    several = len({other for name, other in nodes if name == node}) > 1
    return f"{operator if several else node}_{knob}"


def variants() -> List[Tuple[Tuple[str, ...], Dict[str, Any]]]:
    """(media names, further ingredients) that between them reach every node of a recipe."""
    voice: Dict[str, Any] = {"own_sound": True, "seen_voice": True}
    return [
        (("plate", "driver", "takes"), {"sound": True}),
        (("plate", "audio", "takes", "own_sound"), voice),
        (("plate", "audio", "takes", "own_sound"), {**voice, "transcript": "words"}),
    ]


def possible_nodes(recipe: str, operators: Optional[Catalogue] = None) -> List[Tuple[str, str]]:
    """All (node, operator) that the recipe can use with the operators that there are, in its order."""
    found: Dict[Tuple[str, str], None] = {}
    for media, further in variants():
        files = {name: Media("p.exr") for name in media}
        given = Ingredients("shot", FrameRange.parse("1"), files, **further)
        try:
            shot = make(recipe, given, operators)
        except ShotError:  # it needs an operator that is not there yet
            continue
        found.update({(name, made.operator): None for name, made in shot.nodes.items()})
    return list(found)
