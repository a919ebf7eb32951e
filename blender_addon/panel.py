"""The sidebar of the compositor: everything that belongs to the active Dubnodes node."""

from __future__ import annotations

from typing import Any

import bpy

from . import attach, baking, kinds, status
from .knob_properties import label_of
from .preferences import preferences
from .read_order import flags_of, picked_media
from .recipe_slots import knobs_of, slots_of
from .shared_core.spec.catalogue import load_catalogue

ICONS = {
    status.FRESH: "CHECKMARK", status.STALE: "FILE_REFRESH", status.MISSING: "ERROR",
    status.EMPTY: "LAYER_USED", status.FAULT: "ERROR",
}
# Which slots a performance uses, and what stands over their knobs.
_TITLES = {
    "track": "Track (Actor)", "driver_track": "Track (Driver)", "takes_track": "Track (Other Takes)",
    "voice_track": "Track (Voice's Speaker)", "speech": "Speech (Voice)", "own_speech": "Speech (Actor)",
}
_EMPTY = {"weights": "Shipped base"}
"""What an empty picker means."""
_LINE = 38


class _Panel:
    bl_space_type = "NODE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Dubnodes"

    @classmethod
    def poll(cls, context) -> bool:
        return context.space_data.tree_type == "CompositorNodeTree"


class NodePanel(_Panel):
    bl_parent_id = "DUBNODES_PT_dub"

    @classmethod
    def poll(cls, context) -> bool:
        return kinds.group_of(context.active_node) is not None


def owner_of_active(context) -> Any:
    """The Dub group that the active node is or shows; None without."""
    group = kinds.group_of(context.active_node)
    return kinds.owner_of(group) if group is not None else None


class DUBNODES_PT_dub(_Panel, bpy.types.Panel):
    bl_label = "Dubnodes"

    def draw(self, context) -> None:
        layout = self.layout
        group = kinds.group_of(context.active_node)
        if group is None:
            layout.label(text="Select a Dubnodes node, or add one")
            layout.operator("dubnodes.add", icon="ADD")
            return
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = group.dubnodes
        if kinds.kind_of(group) != kinds.WHOLE:
            layout.prop(settings, "source")
            return
        image = context.active_node.inputs.get("Image")
        row = layout.column()
        if image is not None and image.is_linked:
            source = image.links[0].from_node
            row.label(text=f"Plate: {source.label or source.name}", icon="LINKED")
        else:
            row.prop(settings, "plate")
        layout.prop(settings, "recipe")
        layout.prop(settings, "performance", expand=True)
        for name in _pickers(settings):
            layout.prop(settings, name, placeholder=_EMPTY.get(name, ""))
        layout.prop(settings, "frames")
        layout.prop(settings, "consent")


def _pickers(settings: Any) -> list[str]:
    """The media's pickers, each with the switches that belong to it."""
    beside = {"driver": ["driver_sound"], "voice": ["voice_shows_speaker"], "own_sound": ["transcript"]}
    return [one for name in picked_media(settings) for one in (name, *beside.get(name, ()))]


class DUBNODES_PT_bake(NodePanel, bpy.types.Panel):
    bl_label = "Bake"
    bl_order = 0

    def draw(self, context) -> None:
        layout = self.layout
        owner = owner_of_active(context)
        if owner is None:
            layout.label(text="Choose the Dub whose passes are shown", icon="INFO")
            return
        group = kinds.group_of(context.active_node)
        if not attach.is_made(group):
            draw_text(layout, f"{owner.name} makes the recipe {owner.dubnodes.recipe}, which has no"
                      f" {load_catalogue()[kinds.kind_of(group)].label}: this node shows nothing", "INFO")
        if baking.running and not baking.running.get("tunes"):
            draw_running(layout, "Esc stops; finished frames stay")
        else:
            _draw_buttons(layout)
            _draw_status(layout, context, owner)
        if owner.dubnodes.last_error:
            box = layout.box()
            box.alert = True
            draw_text(box, owner.dubnodes.last_error, "ERROR")
        elif owner.dubnodes.last_submission and not baking.running:
            box = layout.box()
            for line in owner.dubnodes.last_submission.splitlines():
                draw_text(box, line, "BLANK1")


def draw_running(layout: Any, stop: str) -> None:
    """Where the work is, and what `stop`ping it means."""
    said = baking.running.get("said")
    if said is None:
        return
    layout.progress(factor=said.share, text=str(said).capitalize())
    layout.label(text=stop, icon="INFO")


def _draw_buttons(layout: Any) -> None:
    column = layout.column(align=True)
    row = column.row(align=True)
    row.scale_y = 1.4
    row.operator("dubnodes.bake", text="Bake", icon="RENDER_ANIMATION").mode = "ALL"
    row = column.row(align=True)
    row.operator("dubnodes.bake", text="Frame").mode = "FRAME"
    row.operator("dubnodes.bake", text="Missing").mode = "MISSING"
    row.operator("dubnodes.clear", text="Clear")
    row = column.row(align=True)
    row.operator("dubnodes.submit", text="Submit...")
    row.operator("dubnodes.refresh", text="Refresh")
    layout.operator("dubnodes.prune", icon="TRASH")


def _draw_status(layout: Any, context: Any, owner: Any) -> None:
    tree = kinds.compositor_of(context.scene)
    node = next((node for _, node in kinds.nodes_of(tree) if kinds.group_of(node) == owner), None)
    if node is None:
        layout.label(text=f"{owner.name} is not in this scene's compositor, or muted", icon="ERROR")
        return
    found = status.kept_status(context.scene, node, preferences().cache_folder)
    draw_text(layout, found.text, ICONS[found.state])
    if found.note:
        draw_text(layout, found.note, "INFO")


def draw_text(layout: Any, text: str, icon: str) -> None:
    """A text over as many lines as it takes: labels do not wrap."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    line = ""
    for word in [*text.split(), ""]:
        if line and (not word or len(line) + len(word) >= _LINE):
            column.label(text=line, icon=icon)
            icon, line = "BLANK1", ""
        line = f"{line} {word}".strip()


class DUBNODES_PT_matte(NodePanel, bpy.types.Panel):
    bl_label = "Matte by Hand"
    bl_order = 1
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context) -> bool:
        return kinds.kind_of(kinds.group_of(context.active_node)) == kinds.WHOLE

    def draw(self, context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        node = context.active_node
        settings = node.node_tree.dubnodes
        layout.prop(settings, "mask")
        layout.operator("dubnodes.use_mask", icon="MOD_MASK")
        row = layout.row(align=True)
        from .mask_operators import MODES

        now = round(node.inputs["Matte Mode"].default_value)
        for index, (mode, label, _) in enumerate(MODES):
            row.operator("dubnodes.matte_mode", text=label, depress=index == now).mode = mode
        layout.separator()
        layout.prop(settings, "mask_points")
        layout.prop(settings, "mask_tolerance")
        layout.operator("dubnodes.matte_to_mask", icon="CURVE_BEZCURVE")


class DUBNODES_PT_knobs(NodePanel, bpy.types.Panel):
    bl_label = "Knobs"
    bl_order = 3

    def draw(self, context) -> None:
        layout = self.layout
        layout.use_property_split = True
        owner = owner_of_active(context)
        if owner is None:
            return
        kind = kinds.kind_of(kinds.group_of(context.active_node))
        for slot, (node, operator) in _used_slots(owner.dubnodes).items():
            if kind in (kinds.WHOLE, operator) and knobs_of(owner.dubnodes.recipe, operator):
                _draw_knobs(layout, owner.dubnodes, slot, node, operator)


def _draw_knobs(layout: Any, settings: Any, slot: str, node: str, operator: str) -> None:
    """A fold of one node's knobs."""
    shown = getattr(settings, f"show_{slot}")
    row = layout.row()
    row.use_property_split = False
    row.alignment = "LEFT"
    title = _TITLES.get(node, load_catalogue()[operator].label)
    row.prop(settings, f"show_{slot}", text=title, emboss=False,
             icon="DOWNARROW_HLT" if shown else "RIGHTARROW")
    if shown:
        column = layout.column()
        for name, spec in knobs_of(settings.recipe, operator):
            column.prop(getattr(settings, slot), name, text=label_of(spec))


def _used_slots(settings: Any) -> dict[str, tuple[str, str]]:
    """Those of the nodes that the recipe makes of what is picked."""
    optional = [name for name in picked_media(settings)[1:] if getattr(settings, name)]
    performance = "driver" if settings.performance == "VIDEO" else "audio"
    return slots_of(settings.recipe, ("plate", performance, *optional), flags_of(settings))


CLASSES = (
    DUBNODES_PT_dub, DUBNODES_PT_bake, DUBNODES_PT_matte, DUBNODES_PT_knobs,
)
