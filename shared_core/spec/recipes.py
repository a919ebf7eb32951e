"""Recipes: the graphs that `dub new` writes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from .catalogue import Catalogue, load_catalogue, nearest
from .errors import ShotError
from .frames import FrameRange
from .keys import Keys
from .shot_values import Media, Node, Output, Shot

Wiring = List[Tuple[str, str, Dict[str, str]]]

TOUCHES_FRAMES = ("frames", "nudges")
"""Kinds of knobs whose values name frames or pixels of one shot, and say nothing of another."""


IPTALKER_EDGE = 15.0
"""spade_inpaint's Edge, % of mouth width: at the jaw the plate's own skin, moved there, is sharper than
anything that a network paints."""


@dataclass(frozen=True)
class Ingredients:
    """What a recipe is made from.

    media: "plate" and "driver", or "audio" in the driver's place; where the artist gives them also
    "takes" (the actor's other takes), "matte", "flow" and "reference_flow" (overrides by hand), "weights" (a
    checkpoint). sound: whether the driver has a sound track. own_sound: whether the plate has, or
    "own_sound" is among the media. seen_voice: whether "audio" is a movie that shows who speaks.
    transcript: what the voice says. knobs: {node: {knob: value}} to set beside the defaults.
    """

    name: str
    frames: FrameRange
    media: Mapping[str, Media]
    sound: bool = False
    own_sound: bool = False
    seen_voice: bool = False
    transcript: str = ""
    knobs: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)


def geometric(given: Ingredients, operators: Catalogue) -> Shot:
    """Trains nothing: the plate's own skin and the actor's own mouths, moved by the driver or a voice."""
    media = given.media
    if "weights" in media:
        raise ShotError("the recipe geometric has no use for 'weights'; leave it out, or take iptalker")
    optional = _optional
    takes = "takes" in media
    wiring: Wiring = [("track", "track_face", {"plate": "@plate"})]
    wiring += _by_voice(given) if "audio" in media else _by_video(given)
    if takes:
        wiring.append(("takes_track", "track_face", {"plate": "@takes"}))
    wiring += [
        ("references", "references", {
            "plate": "@plate", "track": "track", "drive": "drive",
            **optional("takes", "@takes", takes), **optional("takes_track", "takes_track", takes)}),
        ("mask", "landmark_mask", {
            "track": "track", "drive": "drive", **optional("matte", "@matte", "matte" in media)}),
        ("warp", "warp_flow_mesh", {
            "plate": "@plate", "track": "track", "drive": "drive", "references": "references",
            "clip": "@plate", **optional("takes", "@takes", takes),
            **optional("flow", "@flow", "flow" in media),
            **optional("reference_flow", "@reference_flow", "reference_flow" in media)}),
        ("composite", "composite", {
            "plate": "@plate", "face": "warp.face", "matte": "mask.lower_face", "track": "track"}),
    ]
    passes = {
        "dub": "composite.dub", "dub_raw": "warp.face", "dub_matte": "mask", "dub_st": "warp.flow",
        "dub_flow": "warp.flow", "dub_ref_st": "warp.reference_flow",
    }
    return _shot(given, operators, wiring, passes)


def iptalker(given: Ingredients, operators: Catalogue) -> Shot:
    """A network moves and paints the lower face, from the actor's own faces; `dub tune` fits it."""
    media = given.media
    for name in ("takes", "reference_flow"):
        if name in media:
            raise ShotError(f"the recipe iptalker has no use for {name!r}; leave it out, or take geometric")
    weights = _optional("weights", "@weights", "weights" in media)
    wiring: Wiring = [("track", "track_face", {"plate": "@plate"})]
    wiring += _by_voice(given) if "audio" in media else _by_video(given)
    wiring += [
        ("faces", "reference_faces", {"plate": "@plate", "track": "track"}),
        ("align", "align", {
            "track": "track", "references": "faces", "drive": "drive",
            **_optional("speech", "speech", "audio" in media), **weights}),
        ("mask", "landmark_mask", {
            "track": "track", "drive": "drive", **_optional("matte", "@matte", "matte" in media)}),
        ("jaw", "warp_plate", {"plate": "@plate", "track": "track", "drive": "drive"}),
        ("warp", "warp_flow_learned", {
            "plate": "jaw.plate", "matte": "mask.drive_face", "references": "faces", "alignment": "align",
            "drive": "drive", **weights}),
        ("inpaint", "spade_inpaint", {
            "plate": "jaw.plate", "matte": "mask.drive_face", "references": "faces", "motion": "warp.motion",
            **_optional("flow", "@flow", "flow" in media), **weights}),
        ("composite", "composite", {
            "plate": "@plate", "face": "inpaint", "matte": "mask.lower_face", "track": "track"}),
    ]
    passes = {
        "dub": "composite.dub", "dub_raw": "inpaint", "dub_matte": "mask", "dub_st": "warp.flow",
        "dub_flow": "warp.flow",
    }
    own = {"inpaint": {"edge": IPTALKER_EDGE, **given.knobs.get("inpaint", {})}}
    return _shot(dataclasses.replace(given, knobs={**given.knobs, **own}), operators, wiring, passes)


def _shot(given: Ingredients, operators: Catalogue, wiring: Wiring, passes: Dict[str, str]) -> Shot:
    output = Output(
        f"frames/{_file_name(given.name)}.####.exr", "composite.image", "composite.matte", passes=passes)
    nodes = {
        node: Node(name, operators[name].version, inputs, _knobs_of(node, given))
        for node, name, inputs in wiring
    }
    return Shot(given.name, given.frames, dict(given.media), nodes, output)


def _optional(socket: str, reference: str, wanted: bool) -> Dict[str, str]:
    return {socket: reference} if wanted else {}


def _by_video(given: Ingredients) -> Wiring:
    return [
        ("driver_track", "track_face", {"plate": "@driver"}),
        ("drive", "drive_from_video", {
            "actor": "track", "driver": "driver_track", "driver_clip": "@driver",
            **_optional("sound", "@driver", given.sound)}),
    ]


def _by_voice(given: Ingredients) -> Wiring:
    wiring: Wiring = [("speech", "speech_features", {"sound": "@audio"})]
    if given.own_sound:
        source = "@own_sound" if "own_sound" in given.media else "@plate"
        wiring.append(("own_speech", "speech_features", {"sound": source}))
    if given.seen_voice:
        wiring.append(("voice_track", "track_face", {"plate": "@audio"}))
    if given.transcript:
        wiring.append(("phones", "align_transcript", {"sound": "@audio"}))
    drive = {
        "actor": "track", "speech": "speech", "sound": "@audio",
        **_optional("own_speech", "own_speech", given.own_sound),
        **_optional("voice_track", "voice_track", given.seen_voice),
        **_optional("phones", "phones", bool(given.transcript)),
    }
    return [*wiring, ("drive", "drive_from_audio", drive)]


def _knobs_of(node: str, given: Ingredients) -> Dict[str, Any]:
    own = {"transcript": given.transcript} if node == "phones" else {}
    return {**own, **given.knobs.get(node, {})}


RECIPES: Dict[str, Callable[[Ingredients, Catalogue], Shot]] = {"geometric": geometric, "iptalker": iptalker}


def make(recipe: str, given: Ingredients, operators: Optional[Catalogue] = None) -> Shot:
    """The shot that `recipe` makes; ShotError for a recipe or an operator that is not there."""
    if recipe not in RECIPES:
        raise ShotError(f"there is no recipe {recipe!r}{nearest(recipe, RECIPES)}")
    catalogue = load_catalogue() if operators is None else operators
    try:
        shot = RECIPES[recipe](given, catalogue)
    except KeyError as error:
        raise ShotError(f"recipe {recipe!r} needs the operator {error}, which is not there") from None
    for node in given.knobs:
        if node not in shot.nodes:
            raise ShotError(f"recipe {recipe!r} has no node {node!r}{nearest(node, shot.nodes)}")
    return shot


def as_neighbour(
    shot: Shot, other: Shot, operators: Optional[Catalogue] = None
) -> Tuple[Shot, List[str]]:
    """`shot` with the knobs, colour and output form of `other`, and sentences on what was left out.

    Keys, nudges and frame lists belong to the other shot's frames; the consent to its performers.
    """
    catalogue = load_catalogue() if operators is None else operators
    left_out: List[str] = []
    nodes = {}
    for name, node in shot.nodes.items():
        nodes[name] = node
        theirs = other.nodes.get(name)
        if theirs is None or theirs.operator != node.operator:
            continue
        knobs = {}
        for knob, value in theirs.knobs.items():
            spec = catalogue[node.operator].knob(knob)
            if isinstance(value, Keys) or (spec is not None and spec.kind in TOUCHES_FRAMES):
                left_out.append(f"{name}.{knob}: belongs to the other shot's frames; set it here anew")
            else:
                knobs[knob] = value
        nodes[name] = dataclasses.replace(node, knobs={**knobs, **node.knobs})
    if other.consent:
        left_out.append("consent: belongs to the other shot's performance; name this one's")
    output = dataclasses.replace(other.output, path=shot.output.path)
    return dataclasses.replace(shot, nodes=nodes, output=output, colour=other.colour), left_out


def _file_name(name: str) -> str:
    """`name` without what a file pattern or a folder would read as its own."""
    kept = "".join("_" if char in '/\\#%:*?"<>|' or ord(char) < 32 else char for char in name)
    return kept.strip(" .") or "shot"
