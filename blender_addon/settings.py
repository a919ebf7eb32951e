"""What a Dub group keeps: media, knobs, and where its bake lies. Generated from operators.json."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from . import kinds
from .knob_properties import property_of
from .recipe_slots import DEFAULT, choices, knobs_of, slots
from .shared_core.spec.tune_defaults import HOLD_OUT_HELP, STEPS, STEPS_HELP

PERFORMANCES = (
    ("VIDEO", "Video", "A dubber's performance on video"),
    ("VOICE", "Voice", "A voice: a sound file, or a movie with sound"),
)
_made: list[type] = []


def _is_whole(_self, group) -> bool:
    return kinds.kind_of(group) == kinds.WHOLE


def _start_with_the_scene(self, context) -> None:
    """A performance that was just picked begins on the scene's first frame, unless it was told otherwise."""
    for name, (node, _) in slots().items():
        knobs = getattr(self, name)
        if node == "drive" and "start" in knobs.bl_rna.properties and not knobs.is_property_set("start"):
            knobs.start = context.scene.frame_start


def _knob_class(operator: str) -> type:
    """A PropertyGroup with one property a knob of `operator`; see recipe_slots.knobs_of."""
    annotations = {}
    for recipe, _, _ in choices():
        for name, spec in knobs_of(recipe, operator):
            function, arguments = property_of(spec)
            annotations[name] = getattr(bpy.props, function)(**arguments)
    name = f"DUBNODES_knobs_{operator}"
    return type(name, (bpy.types.PropertyGroup,), {"__annotations__": annotations})


def _pickers() -> dict:
    """Which media a Dub is made of."""
    # Since 4.5 a path says that it may begin with // for the .blend's folder; before, every path might.
    relative = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5) else set()
    path = {"subtype": "FILE_PATH", "options": relative}
    return {
        "plate": StringProperty(
            name="Plate", description="The actor: a movie, or one picture of a sequence. It is put before"
            " the node where nothing is connected to Image", **path),
        "recipe": EnumProperty(
            name="Recipe", items=choices(), default=DEFAULT, options=set(),
            description="How the mouth is made. Other recipes keep their knobs and their baked frames"),
        "performance": EnumProperty(
            name="Performance", items=PERFORMANCES, options=set(), description="What moves the mouth"),
        "driver": StringProperty(
            name="Driver", description="The dubber: a movie, or one picture of a sequence",
            update=_start_with_the_scene, **path),
        "driver_sound": BoolProperty(
            name="Driver's Sound", options=set(), default=False,
            description="The driver's movie has sound, and the silence gate may listen to it"),
        "voice": StringProperty(
            name="Voice", description="A sound file, or a movie with sound",
            update=_start_with_the_scene, **path),
        "voice_shows_speaker": BoolProperty(
            name="Shows the Speaker", options=set(), default=False,
            description="The voice's movie shows who speaks"),
        "own_sound": StringProperty(
            name="Actor's Sound", description="What the actor says in the plate; the drive learns from it",
            **path),
        "transcript": PointerProperty(
            name="Transcript", type=bpy.types.Text, description="What the voice says (English)"),
        "takes": StringProperty(
            name="Other Takes", description="Other takes of the actor, to borrow mouths from", **path),
        "weights": StringProperty(
            name="Weights", description="What the network has learnt: a checkpoint of Tune, `dub tune` or"
            " `dub train` (.safetensors). Empty for the base that ships with Dubnodes", **path),
        "frames": StringProperty(
            name="Frames", options=set(),
            description="Frames to dub, as 1001-1100; empty for the scene's range"),
        "consent": StringProperty(
            name="Consent", options=set(),
            description="Reference of the performers' consent; it goes into every frame's header"),
    }


def _settings_class(knob_classes: dict[str, type]) -> type:
    """All that a group keeps; what is hidden is the extension's own."""
    hidden = {"options": {"HIDDEN"}}
    annotations = {
        **_pickers(),
        "source": PointerProperty(
            name="Dub", type=bpy.types.NodeTree, poll=_is_whole,
            description="The Dub group whose baked passes this node shows"),
        "mask": PointerProperty(
            name="Mask", type=bpy.types.Mask, description="A mask of Blender's mask editor, for the matte"),
        "mask_points": IntProperty(
            name="Points", default=16, min=6, max=64, options=set(),
            description="Points of the mask that Matte to Mask makes"),
        "mask_tolerance": FloatProperty(
            name="Tolerance (px)", default=1.0, min=0.1, max=20.0, options=set(),
            description="How far the keyed mask may lie beside the matte's outline between its keys"),
        "tune_steps": IntProperty(
            name="Steps", default=STEPS, min=1, soft_max=1000, options=set(),
            description=STEPS_HELP),
        "tune_holdout": StringProperty(
            name="Hold Out", options=set(), description=HOLD_OUT_HELP),
        "plate_take": IntProperty(
            description="Counts the renders of a plate whose changes cannot be seen", **hidden),
        "last_error": StringProperty(**hidden),
        "last_submission": StringProperty(description="What `dub submit` said", **hidden),
    }
    for name, (_, operator) in slots().items():
        annotations[name] = PointerProperty(type=knob_classes[operator])
        annotations[f"show_{name}"] = BoolProperty(default=False, options=set())
    return type("DUBNODES_settings", (bpy.types.PropertyGroup,), {"__annotations__": annotations})


def register() -> None:
    """Make the classes from the catalogue and hang them on node trees."""
    knob_classes = {operator: _knob_class(operator) for _, operator in slots().values()}
    for made in (*knob_classes.values(), _settings_class(knob_classes)):
        bpy.utils.register_class(made)
        _made.append(made)
    bpy.types.NodeTree.dubnodes = PointerProperty(type=_made[-1], name="Dubnodes")


def unregister() -> None:
    del bpy.types.NodeTree.dubnodes
    while _made:
        bpy.utils.unregister_class(_made.pop())
