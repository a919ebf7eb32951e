"""The Dub node: one node, a whole recipe."""

from __future__ import annotations

from typing import Dict, List

import nuke

from shared_core.spec.catalogue import load_catalogue
from shared_core.spec.errors import ShotError
from shared_core.spec.frames import FrameRange
from shared_core.spec.recipes import Ingredients, make
from shared_core.spec.shot import Media, Shot

from . import names
from .dub_nodes import connected, text_of
from .knob_values import shot_knobs
from .recipe_knobs import group_names, possible_nodes, takes_weights
from .wiring import PLATE, Picture, Wired, picture_above

_FILES = {"audio": "voice_file", "own_sound": "own_voice_file"}


def wire_whole(node: nuke.Node, frames: List[int]) -> Wired:
    """What the node's recipe is made of: its pictures and files. ShotError where something is missing."""
    plate = picture_above(node)
    if plate is None:
        raise ShotError(f"{node.name()}: no picture is connected; connect the plate to its first input")
    found = Wired(target="composite", dub_nodes=[node], pictures={PLATE: Picture(plate, "Clip", True)})
    if text_of(node, names.PERFORMANCE) == "voice":
        _add_voice(node, found)
    else:
        _add_driver(node, found)
    takes = connected(node, "takes")
    if takes is not None:
        found.pictures["takes"] = Picture(takes, "Clip", True)
    curves = text_of(node, "curves_file")
    if curves:
        found.files["curves"] = curves
    weights = text_of(node, names.WEIGHTS)
    if weights and takes_weights(text_of(node, names.RECIPE)):
        found.files["weights"] = weights
    shot = make_shot(node, found, FrameRange.of(frames), {
        name: Media("p.exr") for name in (*found.pictures, *found.files)})
    found.nodes, found.passes = shot.nodes, sorted(shot.output.passes)
    return found


def _add_driver(node: nuke.Node, found: Wired) -> None:
    driver, path = connected(node, "driver"), text_of(node, "driver_file")
    if driver is not None:
        found.pictures["driver"] = Picture(driver, "Clip")
    elif path:
        found.files["driver"] = path
    else:
        raise ShotError(
            f"{node.name()}: there is no performance; connect the dubber to `driver`, or choose a movie"
            " in Driver"
        )
    sound = text_of(node, "driver_sound")
    if sound:
        found.files["driver_sound"] = sound


def _add_voice(node: nuke.Node, found: Wired) -> None:
    for media, knob in _FILES.items():
        path = text_of(node, knob)
        if path:
            found.files[media] = path
    if "audio" not in found.files:
        raise ShotError(f"{node.name()}: there is no performance; choose a sound file or a movie in Voice")


def make_shot(node: nuke.Node, found: Wired, frames: FrameRange, media: Dict[str, Media]) -> Shot:
    """The recipe's shot, with the node's knobs; media: those of `found`, by name.

    ShotError for what the recipe has no use for.
    """
    given = Ingredients(
        name=node.name(), frames=frames, media=media, own_sound="own_sound" in media,
        seen_voice="audio" in media and bool(node["voice_seen"].value()),
        transcript=text_of(node, names.TRANSCRIPT) if "audio" in media else "",
    )
    recipe = text_of(node, names.RECIPE)
    try:
        shot = make(recipe, given)
    except ShotError as error:
        raise ShotError(f"{node.name()}: {error}") from None
    nodes = dict(shot.nodes)
    operators, possible = load_catalogue(), possible_nodes(recipe)
    for name, made in shot.nodes.items():
        operator = operators[made.operator]
        named = group_names(recipe, name, operator.name)
        live = name in ("composite", "mask")
        # What the recipe sets by itself is the default of a knob here, which has the last word.
        asked = {knob for knob in possible[name, operator.name] if named[knob] in node.knobs()}
        own = {knob: value for knob, value in made.knobs.items() if knob not in asked}
        knobs = {**own, **shot_knobs(node, operator, list(frames), live, named)}
        inputs = dict(made.inputs)
        for socket, extra in (("sound", "driver_sound"), ("curves", "curves")):
            if name == "drive" and extra in media and operator.socket(socket) is not None:
                inputs[socket] = f"@{extra}"
        nodes[name] = type(made)(made.operator, made.version, inputs, knobs)
    return Shot(shot.name, shot.frames, shot.media, nodes, shot.output)
