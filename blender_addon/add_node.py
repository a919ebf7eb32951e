"""Add a node of the asset file: the panel's button, and what scripts call. The Add menu shows the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from . import kinds

ASSET_FILE = Path(__file__).with_name("assets") / "dubnodes.blend"


def append_group(kind: str = kinds.WHOLE) -> Any:
    """A fresh, local copy of the group of that kind; KeyError where the asset file has none."""
    before = set(bpy.data.node_groups)
    with bpy.data.libraries.load(str(ASSET_FILE), link=False) as (there, wanted):
        wanted.node_groups = list(there.node_groups)
    fresh = [group for group in bpy.data.node_groups if group not in before]
    found = None
    for group in fresh:
        if kinds.kind_of(group) == kind:
            found = group
            group.asset_clear()
            group.use_fake_user = False
        else:
            bpy.data.node_groups.remove(group)
    if found is None:
        raise KeyError(f"{ASSET_FILE} has no group of kind {kind!r}")
    return found


def compositor_made(scene: Any) -> Any:
    """The scene's compositor tree; made, with an output, where there is none."""
    if hasattr(scene, "compositing_node_group"):
        if scene.compositing_node_group is None:
            tree = bpy.data.node_groups.new(scene.name, "CompositorNodeTree")
            tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
            tree.nodes.new("NodeGroupOutput").location = (300, 0)
            scene.compositing_node_group = tree
        return scene.compositing_node_group
    scene.use_nodes = True
    return scene.node_tree


class DUBNODES_OT_add(bpy.types.Operator):
    bl_idname = "dubnodes.add"
    bl_label = "Add Dub"
    bl_description = "Add a Dub node to the compositor"
    bl_options = {"UNDO"}

    kind: bpy.props.StringProperty(default=kinds.WHOLE, options={"SKIP_SAVE"})

    def execute(self, context) -> set[str]:
        tree = compositor_made(context.scene)
        node = tree.nodes.new("CompositorNodeGroup")
        node.node_tree = append_group(self.kind)
        node.width = 200
        node.location = getattr(context.space_data, "cursor_location", (0, 0))
        for other in tree.nodes:
            other.select = other == node
        tree.nodes.active = node
        return {"FINISHED"}


CLASSES = (DUBNODES_OT_add,)
