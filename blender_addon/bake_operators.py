"""Bake, Bake Frame, Bake Missing, Clear, Refresh, Delete Unused Versions: the buttons of the panel."""

from __future__ import annotations

from pathlib import Path

import bpy

from . import attach, kinds, status, versions
from .baking import Baking, active_of, find_node, running
from .preferences import preferences
from .read_order import order_of
from .shared_core.spec.errors import DubError
from .step_operator import GROUP_HELP, StepOperator

MODES = (
    ("ALL", "Bake", "Bake all frames; those that are up to date are kept"),
    ("FRAME", "Bake Frame", "Bake the current frame"),
    ("MISSING", "Bake Missing", "Bake the frames that are not on disk"),
)


class DUBNODES_OT_bake(StepOperator, bpy.types.Operator):
    bl_idname = "dubnodes.bake"
    bl_label = "Bake"
    bl_options = {"UNDO"}
    stopped = "Bake stopped; the frames that are finished stay"

    mode: bpy.props.EnumProperty(items=MODES, options={"SKIP_SAVE"})
    group: bpy.props.StringProperty(options={"SKIP_SAVE"}, description=GROUP_HELP)

    @classmethod
    def description(cls, _context, properties) -> str:
        return next(text for name, _, text in MODES if name == properties.mode)

    def begin(self, context) -> Baking:
        tree, node = self.chosen_node(context)
        baking = Baking(context.scene, tree, node, self.mode)
        self.name_of_group = baking.name
        return baking

    def done(self) -> set[str]:
        self.report({"INFO"}, f"{self.name_of_group}: baked")
        return {"FINISHED"}


class DUBNODES_OT_clear(bpy.types.Operator):
    bl_idname = "dubnodes.clear"
    bl_label = "Clear"
    bl_description = "Take the baked frames out of the node: the plate passes through. The files stay"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context) -> bool:
        return not running and kinds.group_of(active_of(context)) is not None

    def execute(self, context) -> set[str]:
        owner = kinds.owner_of(kinds.group_of(active_of(context)))
        for group in kinds.followers_of(owner, bpy.data.node_groups) if owner else ():
            attach.detach(group)
        status.forget()
        return {"FINISHED"}


class DUBNODES_OT_refresh(bpy.types.Operator):
    bl_idname = "dubnodes.refresh"
    bl_label = "Refresh"
    bl_description = "Read the frames on disk anew: those that a farm has made since show"

    @classmethod
    def poll(cls, context) -> bool:
        return not running and kinds.group_of(active_of(context)) is not None

    def execute(self, context) -> set[str]:
        owner = kinds.owner_of(kinds.group_of(active_of(context)))
        for group in kinds.followers_of(owner, bpy.data.node_groups) if owner else ():
            attach.refresh(group)
        status.forget()
        return {"FINISHED"}


class DUBNODES_OT_prune(bpy.types.Operator):
    bl_idname = "dubnodes.prune"
    bl_label = "Delete Unused Versions"
    bl_description = (
        "Delete the baked versions of this node that no node in this file shows. Undo cannot bring them back")

    @classmethod
    def poll(cls, context) -> bool:
        return not running and kinds.group_of(active_of(context)) is not None

    def invoke(self, context, event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context) -> set[str]:
        try:
            _, node = find_node(context.scene, kinds.group_of(active_of(context)))
            order = order_of(context.scene, node, preferences().cache_folder)
        except DubError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        groups = [group for group in bpy.data.node_groups if kinds.kind_of(group)]
        shown = {attach.shown_folder(group) for group in groups} - {None}
        plates = {Path(one.path).parent for name, one in order.media.items() if name == "plate"}
        freed = versions.prune(order.folder, shown | plates)
        self.report({"INFO"}, f"{freed / 1e6:.1f} MB freed")
        return {"FINISHED"}


CLASSES = (DUBNODES_OT_bake, DUBNODES_OT_clear, DUBNODES_OT_refresh, DUBNODES_OT_prune)
