"""A bake of one node, in steps: read the node, run the task, let the groups show the frames as they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from . import attach, core, kinds, status, versions
from .bake_order import BakeOrder
from .bake_task import Said, bake
from .plate_nodes import connect_plate
from .plate_render import PlateRender
from .preferences import preferences
from .read_order import order_of
from .shared_core.spec.errors import BadInput
from .shared_core.spec.frames import FrameRange
from .upstream import PlateNodes, plate_of

running: dict[str, Any] = {}
"""{"said": where the bake is} while there is one: one at a time. "tunes": whether it is a tuning."""


def active_of(context: Any) -> Any:
    """The active node; None where the context is no node editor."""
    return getattr(context, "active_node", None)


def find_node(scene: Any, group: Any, active: Any = None) -> tuple[Any, Any]:
    """The tree and the node that show the Dub group, the active one before others; BadInput without one."""
    owner = kinds.owner_of(group)
    if owner is None:
        raise BadInput(f"{group.name} shows the passes of a Dub: choose that Dub in the panel")
    found = [(tree, node) for tree, node in kinds.nodes_of(kinds.compositor_of(scene))
             if kinds.group_of(node) == owner]
    if found:
        return next((one for one in found if one[1] == active), found[0])
    raise BadInput(
        f"no node of the scene {scene.name!r} uses {owner.name}, or it is muted: add it to the compositor")


def make_own(node: Any) -> Any:
    """The node's group, editable: one that is linked, an asset or another node's too becomes its own copy."""
    group = kinds.group_of(node)
    trees = {kinds.compositor_of(one) for one in bpy.data.scenes}
    users = [one for tree in trees for _, one in kinds.nodes_of(tree) if kinds.group_of(one) == group]
    if group.library is not None or group.asset_data is not None or len(users) > 1:
        group = group.copy()
        node.node_tree = group
        if group.asset_data is not None:
            group.asset_clear()
        group.use_fake_user = False
    return group


def read_node(
    scene: Any, tree: Any, node: Any, whole: bool, saved_file: str = ""
) -> tuple[str, BakeOrder, PlateRender | None]:
    """The name of the node's own group, what it asks for, and what renders its plate where nodes make it.

    whole: all frames are wanted, so that a plate that cannot be watched is rendered anew.
    """
    name = make_own(node).name
    connect_plate(scene, tree, node)
    folder = preferences().cache_folder
    order = order_of(scene, node, folder)
    if whole and _has_to_render_anew(node, order):
        kinds.group_of(node).dubnodes.plate_take += 1
        order = order_of(scene, node, folder)
    autoexec = bpy.context.preferences.filepaths.use_scripts_auto_execute
    return name, order, PlateRender(scene, tree, node, saved_file, autoexec) if order.upstream else None


def _has_to_render_anew(node: Any, order: BakeOrder) -> bool:
    """Whether the plate is there already and comes from what cannot be watched, as a 3D scene."""
    plate = plate_of(node)
    untracked = plate.untracked if isinstance(plate, PlateNodes) else ""
    return bool(untracked) and versions.find(order.folder, order.upstream, "plate") is not None


class Baking:
    """One bake. mode: "ALL", "FRAME" (the scene's current) or "MISSING".

    Made in the main thread, as it reads Blender's data. saved_file: the .blend to render the plate from,
    "" to save a copy of the session. Raises BadInput, KnobError or FrameRangeError, saying what to do.
    """

    def __init__(self, scene: Any, tree: Any, node: Any, mode: str, saved_file: str = "") -> None:
        self.name, self._order, plate = read_node(scene, tree, node, mode == "ALL", saved_file)
        wanted = self._wanted(scene, mode)
        python = preferences().core_python
        self._made = bake(self._order, wanted, lambda: core.worker(python), plate)
        self._shown = -1
        running["said"] = Said("begins")

    def _wanted(self, scene: Any, mode: str) -> FrameRange:
        order: BakeOrder = self._order
        if mode == "FRAME":
            if scene.frame_current not in order.frames:
                raise BadInput(f"frame {scene.frame_current} is not one of the frames to dub, {order.frames}")
            return FrameRange.of([scene.frame_current])
        if mode == "MISSING":
            known = versions.find(order.folder, order.digest())
            missing = known.missing(order.frames) if known else list(order.frames)
            if not missing:
                raise BadInput(f"no frame of {order.frames} is missing")
            return FrameRange.of(missing)
        return order.frames

    def steps(self) -> Iterator[Said]:
        """Go on until the bake is done; closing it stops the bake. Frames that are whole stay."""
        try:
            for said in self._made:
                running["said"] = said
                if said.version is not None and (said.done != self._shown or said.stage == "done"):
                    self._shown = said.done if self._show(said.version, said.stage == "done") else -1
                yield said
        finally:
            self._made.close()
            running.clear()
            status.forget()

    def _show(self, version: versions.Version, last: bool) -> bool:
        """Let the group, and those that follow it, read what is there; False where no frame is yet.

        Blender's pointers do not outlive an undo: the group is looked up by its name each time.
        """
        owner = bpy.data.node_groups.get(self.name)
        if owner is None:
            raise BadInput(f"the group {self.name} was renamed or deleted while it was baked; bake it again")
        there = False
        for group in kinds.followers_of(owner, bpy.data.node_groups):
            if last or attach.shown_folder(group) != version.folder:
                there = attach.attach(group, version, self._order.frames) or there
            else:
                attach.refresh(group)
                there = True
        return there
