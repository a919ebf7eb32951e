"""Mattes by hand: a mask of Blender's own into the node, and the generated outline as a keyed mask."""

from __future__ import annotations

import math
from typing import Any

import bpy

from . import attach, core, kinds
from .baking import active_of, find_node
from .outline_keys import chosen_frames
from .preferences import preferences
from .shared_core.spec.errors import BadInput, DubError
from .versions import Version

MODES = (
    ("IGNORE", "Ignore", "The connected matte does nothing"),
    ("REPLACE", "Replace", "The connected matte takes the generated one's place"),
    ("ADD", "Add", "The sum of both"),
    ("SUBTRACT", "Subtract", "The generated matte less the connected one"),
    ("MULTIPLY", "Multiply", "Only where both are"),
)
LAYER = "Lower Face"
EDGE = 0.5
"""Px that Blender's mask renderer adds around a curve, for its soft edge (measured in 4.2, 4.5 and 5.0)."""


class _DubOperator(bpy.types.Operator):
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context) -> bool:
        return kinds.kind_of(kinds.group_of(active_of(context))) == kinds.WHOLE


class DUBNODES_OT_matte_mode(_DubOperator):
    bl_idname = "dubnodes.matte_mode"
    bl_label = "Matte Mode"

    mode: bpy.props.EnumProperty(items=MODES, options={"SKIP_SAVE"})

    @classmethod
    def description(cls, _context, properties) -> str:
        return next(text for name, _, text in MODES if name == properties.mode)

    def execute(self, context) -> set[str]:
        index = [name for name, _, _ in MODES].index(self.mode)
        active_of(context).inputs["Matte Mode"].default_value = index
        return {"FINISHED"}


class DUBNODES_OT_use_mask(_DubOperator):
    bl_idname = "dubnodes.use_mask"
    bl_label = "Connect Mask"
    bl_description = "Put the mask before the node's Matte, at the plate's own size"

    def execute(self, context) -> set[str]:
        node = active_of(context)
        mask = node.node_tree.dubnodes.mask
        if mask is None:
            self.report({"ERROR"}, "no mask is chosen: pick one, draw one, or make one with Matte to Mask")
            return {"CANCELLED"}
        connect_mask(node, mask, picture_size(context.scene, node))
        return {"FINISHED"}


class DUBNODES_OT_matte_to_mask(_DubOperator):
    bl_idname = "dubnodes.matte_to_mask"
    bl_label = "Matte to Mask"
    bl_description = "Write the baked lower face's outline as an editable mask, keyed where its shape changes"

    def execute(self, context) -> set[str]:
        try:
            mask = self._make(context)
        except DubError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"{mask.name}: edit it in the image editor's mask mode, then Connect Mask")
        return {"FINISHED"}

    def _make(self, context) -> Any:
        node = active_of(context) or find_node(context.scene, kinds.group_of(active_of(context)))[1]
        settings = node.node_tree.dubnodes
        folder = attach.shown_folder(node.node_tree)
        frames = Version(folder).frames() if folder is not None else {}
        if not frames:
            raise BadInput("nothing is baked, so there is no outline yet: Bake first")
        paths = {str(frame): str(path) for frame, path in sorted(frames.items())}
        job = core.worker(preferences().core_python).submit(
            "outline", paths=paths, points=settings.mask_points)
        found = job.wait(timeout=600.0)
        outlines = {int(frame): points for frame, points in found["outlines"].items() if points}
        if not outlines:
            raise BadInput("no baked frame holds a matte: no face was found in them")
        mask = write_mask(context, node.node_tree.name, outlines, found["size"], settings.mask_tolerance)
        settings.mask = mask
        return mask


def picture_size(scene: Any, node: Any) -> tuple[int, int]:
    """The size of what is dubbed, px: the baked frames', else the scene's."""
    baked = node.node_tree.nodes.get(kinds.BAKED_NODE)
    if baked is not None and baked.image is not None and baked.image.size[0]:
        return tuple(baked.image.size)
    share = scene.render.resolution_percentage / 100
    return int(scene.render.resolution_x * share), int(scene.render.resolution_y * share)


def connect_mask(node: Any, mask: Any, size: tuple[int, int]) -> None:
    """A native Mask node before the Matte input; the one that is there is used again."""
    tree, socket = node.id_data, node.inputs["Matte"]
    linked = socket.links[0].from_node if socket.is_linked else None
    reader = linked if linked is not None and linked.type == "MASK" else tree.nodes.new("CompositorNodeMask")
    if reader is not linked:
        reader.location = (node.location.x - 240, node.location.y - 260)
    reader.mask = mask
    if hasattr(reader, "size_source"):
        reader.size_source = "FIXED"
    else:  # since 5.0 its options are sockets
        reader.inputs["Size Source"].default_value = "Fixed"
    for axis, value in zip(("x", "y"), size, strict=True):
        if f"Size {axis.upper()}" in reader.inputs:
            reader.inputs[f"Size {axis.upper()}"].default_value = value
        else:
            setattr(reader, f"size_{axis}", value)
    tree.links.new(reader.outputs["Mask"], socket)


def write_mask(
    context: Any, name: str, outlines: dict[int, list], size: list[int], tolerance: float
) -> Any:
    """A mask with one closed curve, keyed at the frames that it takes to stay within `tolerance` px.

    outlines: frame -> [[x, y], ...], px, y down. size: the picture's width and height, px.
    """
    mask = bpy.data.masks.new(f"{name} Lower Face")
    mask.frame_start, mask.frame_end = min(outlines), max(outlines)
    layer = mask.layers.new(name=LAYER)
    curve = layer.splines.new()
    curve.use_cyclic = True
    curve.points.add(len(next(iter(outlines.values()))) - len(curve.points))
    scene, before = context.scene, context.scene.frame_current
    try:
        for frame in chosen_frames(outlines, tolerance):
            scene.frame_set(frame)
            drawn = drawn_in(outlines[frame])
            for point, (x, y) in zip(curve.points, drawn, strict=True):
                point.handle_type = "AUTO"
                point.co = to_mask(x, y, size)
            _insert_key(context, mask)
    finally:
        scene.frame_set(before)
    return mask


def drawn_in(outline: list) -> list[tuple[float, float]]:
    """The outline, EDGE nearer to its centre, so that what the Mask node renders covers what it does."""
    centre_x = sum(x for x, _ in outline) / len(outline)
    centre_y = sum(y for _, y in outline) / len(outline)
    moved = []
    for x, y in outline:
        reach = math.hypot(x - centre_x, y - centre_y)
        share = max(0.0, 1.0 - EDGE / reach) if reach else 0.0
        moved.append((centre_x + (x - centre_x) * share, centre_y + (y - centre_y) * share))
    return moved


def to_mask(x: float, y: float, size: list[int]) -> tuple[float, float]:
    """A position in px, y down, as a mask has it: the longer side is 1, the centre .5, y up."""
    longer = max(size)
    return (x - size[0] / 2) / longer + 0.5, (size[1] / 2 - y) / longer + 0.5


def _insert_key(context: Any, mask: Any) -> None:
    """Key the mask's shape. Only an operator can, and it wants an image editor that shows the mask."""
    window = context.window or context.window_manager.windows[0]
    area = window.screen.areas[0]
    kind = area.ui_type
    area.ui_type = "IMAGE_EDITOR"
    space = area.spaces.active
    try:
        space.mode, space.mask = "MASK", mask
        region = next(region for region in area.regions if region.type == "WINDOW")
        with context.temp_override(window=window, screen=window.screen, area=area, region=region):
            for layer in mask.layers:
                layer.select = True
                mask.layers.active = layer
                for curve in layer.splines:
                    for point in curve.points:
                        point.select = True
            bpy.ops.mask.shape_key_insert()
    finally:
        space.mask, space.mode = None, "VIEW"
        area.ui_type = kind


CLASSES = (DUBNODES_OT_matte_mode, DUBNODES_OT_use_mask, DUBNODES_OT_matte_to_mask)
