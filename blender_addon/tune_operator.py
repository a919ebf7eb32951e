"""Tune, the choice of a checkpoint, and the sheet of before and after: the buttons of the Tune panel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from . import core, kinds, status
from .bake_task import Said
from .baking import active_of, read_node, running
from .preferences import preferences
from .shared_core.spec.errors import BadInput, DubError
from .step_operator import GROUP_HELP, StepOperator
from .tuning import Tuning, network_of, sheet_of, tune


def as_picked(path: str) -> str:
    """A path as a picker keeps it: from the .blend's folder where that can be."""
    if bpy.data.filepath:
        try:
            return bpy.path.relpath(path)
        except ValueError:  # another drive
            return path
    return path


def weights_of(owner: Any) -> Path | None:
    """The checkpoint that a Dub group has picked; None for the shipped base."""
    given = owner.dubnodes.weights.strip()
    return Path(bpy.path.abspath(given, library=owner.library)) if given else None


class TuningOfNode:
    """One tuning. Made in the main thread, as it reads Blender's data; raises what is wrong with them."""

    def __init__(self, scene: Any, tree: Any, node: Any) -> None:
        settings = kinds.group_of(node).dubnodes
        tuning = Tuning(network_of(settings.recipe), settings.tune_steps, settings.tune_holdout.strip())
        if not tuning.network:
            raise BadInput(f"the recipe {settings.recipe} has no network to tune; choose another recipe")
        python = core.find_python(preferences().core_python)
        self.name, order, plate = read_node(scene, tree, node, whole=False)
        self._made = tune(order, tuning, python, lambda: core.worker(python), plate)
        running.update(said=Said("begins"), tunes=True)

    def steps(self) -> Iterator[Said]:
        """Go on until the checkpoint is there and picked; closing it stops after the step at work."""
        try:
            for said in self._made:
                running["said"] = said
                if said.stage == "done":
                    self._pick(said.note)
                yield said
        finally:
            self._made.close()
            running.clear()
            status.forget()

    def _pick(self, checkpoint: str) -> None:
        """Let the Dub group run it; looked up anew, as pointers do not outlive an undo."""
        owner = bpy.data.node_groups.get(self.name)
        if owner is None:
            raise BadInput(f"the group {self.name} was renamed or deleted while it was tuned; pick"
                           f" {checkpoint} under Weights")
        if not checkpoint:
            raise DubError("`dub tune` named no checkpoint; tune again, or run it by hand")
        owner.dubnodes.weights = as_picked(checkpoint)


class DUBNODES_OT_tune(StepOperator, bpy.types.Operator):
    bl_idname = "dubnodes.tune"
    bl_label = "Tune"
    bl_description = (
        "Fit the network to this shot, beside you. Then bake, to see it. Stopped, it goes on from there when"
        " it is pressed again")
    bl_options = {"UNDO"}
    stopped = "Tuning stopped; Tune goes on from there"

    group: bpy.props.StringProperty(options={"SKIP_SAVE"}, description=GROUP_HELP)

    def begin(self, context) -> TuningOfNode:
        tree, node = self.chosen_node(context)
        tuning = TuningOfNode(context.scene, tree, node)
        self.name_of_group = tuning.name
        return tuning

    def done(self) -> set[str]:
        owner = bpy.data.node_groups[self.name_of_group]
        self.report({"INFO"}, f"{self.name_of_group}: tuned, {weights_of(owner).name}. Bake, to see it")
        return {"FINISHED"}


class _OwnerOperator(bpy.types.Operator):
    """For the Dub group that the active node is or shows."""

    @classmethod
    def poll(cls, context) -> bool:
        group = kinds.group_of(active_of(context))
        return not running and group is not None and kinds.owner_of(group) is not None

    def owner(self, context: Any) -> Any:
        return kinds.owner_of(kinds.group_of(active_of(context)))


class DUBNODES_OT_use_weights(_OwnerOperator):
    bl_idname = "dubnodes.use_weights"
    bl_label = "Use Checkpoint"
    bl_description = "Let the network run with this checkpoint"
    bl_options = {"UNDO"}

    path: bpy.props.StringProperty(options={"SKIP_SAVE"}, description="Empty for the shipped base")

    def execute(self, context) -> set[str]:
        self.owner(context).dubnodes.weights = as_picked(self.path) if self.path else ""
        status.forget()
        return {"FINISHED"}


class DUBNODES_OT_show_sheet(_OwnerOperator):
    bl_idname = "dubnodes.show_sheet"
    bl_label = "Before and After"
    bl_description = "Show the frames that were kept apart: hidden, before, after, and as they are"

    def execute(self, context) -> set[str]:
        """Load the sheet, and show it in an image editor; in a window of its own where none is open."""
        checkpoint = weights_of(self.owner(context))
        sheet = sheet_of(checkpoint) if checkpoint is not None else None
        if sheet is None:
            self.report({"ERROR"}, "there is no sheet beside these weights: Tune makes one")
            return {"CANCELLED"}
        image = bpy.data.images.load(str(sheet), check_existing=True)
        image.reload()
        if not bpy.app.background:
            _show(context, image)
        return {"FINISHED"}


def _show(context: Any, image: Any) -> None:
    areas = [area for area in context.window.screen.areas if area.type == "IMAGE_EDITOR"]
    if not areas:
        bpy.ops.wm.window_new()
        window = context.window_manager.windows[-1]
        areas = [window.screen.areas[0]]
        areas[0].ui_type = "IMAGE_EDITOR"
    area = max(areas, key=lambda one: one.width * one.height)
    area.spaces.active.mode = "VIEW"
    area.spaces.active.image = image


CLASSES = (DUBNODES_OT_tune, DUBNODES_OT_use_weights, DUBNODES_OT_show_sheet)
