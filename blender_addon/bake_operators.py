"""Bake, Bake Frame, Bake Missing, Clear, Delete Unused Versions: the buttons of the panel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from . import attach, kinds, status, versions
from .bake_task import POLL_SECONDS, Said, run
from .baking import Baking, active_of, find_node, running
from .preferences import preferences
from .read_order import order_of
from .shared_core.spec.errors import BadInput, DubError

MODES = (
    ("ALL", "Bake", "Bake all frames; those that are up to date are kept"),
    ("FRAME", "Bake Frame", "Bake the current frame"),
    ("MISSING", "Bake Missing", "Bake the frames that are not on disk"),
)


def say(said: Said) -> None:
    print("Dubnodes:", said.note or said, flush=True)


class DUBNODES_OT_bake(bpy.types.Operator):
    bl_idname = "dubnodes.bake"
    bl_label = "Bake"
    bl_options = {"UNDO"}

    mode: bpy.props.EnumProperty(items=MODES, options={"SKIP_SAVE"})
    group: bpy.props.StringProperty(
        options={"SKIP_SAVE"}, description="The Dubnodes group's name; without, the active node's")

    @classmethod
    def description(cls, _context, properties) -> str:
        return next(text for name, _, text in MODES if name == properties.mode)

    @classmethod
    def poll(cls, context) -> bool:
        return not running and kinds.compositor_of(context.scene) is not None

    def execute(self, context) -> set[str]:
        """Bake and wait: what a script and a background session call."""
        try:
            run(self._begin(context).steps(), say)
        except DubError as error:
            return self._failed(error)
        finally:
            running.clear()
        return self._done()

    def invoke(self, context, _event) -> set[str]:
        if bpy.app.background:
            return self.execute(context)
        try:
            self._steps = self._begin(context).steps()
        except DubError as error:
            running.clear()
            return self._failed(error)
        self._timer = context.window_manager.event_timer_add(POLL_SECONDS, window=context.window)
        context.window_manager.progress_begin(0, 1000)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event) -> set[str]:
        if event.type == "ESC":
            self._end(context)
            self.report({"WARNING"}, "Bake stopped; the frames that are finished stay")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            self._show(context, next(self._steps))
        except StopIteration:
            self._end(context)
            return self._done()
        except DubError as error:
            self._end(context)
            return self._failed(error)
        except Exception:
            self._end(context)
            raise
        return {"PASS_THROUGH"}

    def cancel(self, context) -> None:
        """Blender ends the operator itself: another file is opened, the window is closed."""
        self._end(context)

    def _begin(self, context) -> Baking:
        active = active_of(context)
        group = bpy.data.node_groups.get(self.group) if self.group else kinds.group_of(active)
        if group is None or not kinds.kind_of(group):
            raise BadInput("no Dubnodes node is chosen: select one, or name its group")
        tree, node = find_node(context.scene, group, active)
        self._name = kinds.group_of(node).name
        kinds.group_of(node).dubnodes.last_error = ""
        baking = Baking(context.scene, tree, node, self.mode)
        self._name = baking.name
        return baking

    def _show(self, context, said: Said) -> None:
        context.window_manager.progress_update(int(said.share * 1000))
        context.workspace.status_text_set(f"Dubnodes: {said}    Esc stops")
        _redraw(context, ("NODE_EDITOR", "IMAGE_EDITOR"))

    def _end(self, context) -> None:
        self._steps.close()
        running.clear()
        context.window_manager.event_timer_remove(self._timer)
        context.window_manager.progress_end()
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        _redraw(context)

    def _done(self) -> set[str]:
        self.report({"INFO"}, f"{self._name}: baked")
        return {"FINISHED"}

    def _failed(self, error: DubError) -> set[str]:
        group = bpy.data.node_groups.get(getattr(self, "_name", self.group))
        if kinds.kind_of(group):
            group.dubnodes.last_error = str(error)
        status.forget()
        self.report({"ERROR"}, str(error))
        return {"CANCELLED"}


def _redraw(context: Any, kinds_of_area: tuple[str, ...] = ()) -> None:
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if not kinds_of_area or area.type in kinds_of_area:
                area.tag_redraw()


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


CLASSES = (DUBNODES_OT_bake, DUBNODES_OT_clear, DUBNODES_OT_prune)
