"""What is connected to a Dub node's Image: a file that the core can read itself, or nodes to render.

An EXR sequence that goes straight into the node is read by the core as it is. Everything else is
rendered by Blender (see plate_render), so that what is dubbed is what Blender shows: its movie
decoder, its colour conversion, its frame offsets.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from . import kinds
from .frame_curves import curves_of, driven_paths
from .sequences import numbered, pattern_of
from .shared_core.spec.errors import BadInput

_LAYOUT = {
    "location", "location_absolute", "width", "width_hidden", "height", "dimensions", "select", "label",
    "name", "hide", "show_options", "show_preview", "show_texture", "color", "use_custom_color",
    "color_tag", "parent", "warning_propagation", "bl_icon", "bl_label", "bl_description",
    "bl_static_type", "bl_width_default", "bl_width_min", "bl_width_max", "bl_height_default",
    "bl_height_min", "bl_height_max",
}
_PLAIN = (bool, int, float, str)


@dataclass(frozen=True)
class PlateFile:
    """An EXR sequence that the core reads. path: name.####.exr. first: plate frame of its first file."""

    path: str
    first: int


@dataclass(frozen=True)
class PlateNodes:
    """Nodes to render. digest: changes when they do. untracked: what it cannot see, for the panel."""

    digest: str
    untracked: str = ""


def plate_of(node: Any) -> PlateFile | PlateNodes | None:
    """What is connected to the Image input of a Dub node; None where nothing is."""
    socket = node.inputs.get("Image")
    source = _source(socket)
    if source is None:
        return None
    return _as_file(source) or _as_nodes(source)


def _source(socket: Any) -> Any:
    """The output that feeds `socket`, seen through reroutes; None where there is none."""
    while socket is not None and socket.is_linked:
        output = socket.links[0].from_socket
        if output.node.type != "REROUTE":
            return output
        socket = output.node.inputs[0]
    return None


def _as_file(output: Any) -> PlateFile | None:
    node = output.node
    image = getattr(node, "image", None)
    if node.type != "IMAGE" or node.mute or image is None or output.name not in ("Image", "Combined"):
        return None
    path = Path(bpy.path.abspath(image.filepath, library=image.library))
    if image.source != "SEQUENCE" or path.suffix.lower() != ".exr" or image.packed_file:
        return None
    if image.colorspace_settings.name != scene_linear() or node.use_cyclic or image.alpha_mode == "STRAIGHT":
        return None
    if _curves(node.id_data, node) or _drivers(node.id_data, node):
        return None  # the frame that it shows may be animated
    files = numbered(path)
    if not files:
        return None
    # Blender shows, at frame f, the file of number f - frame_start + 1 + frame_offset.
    shift = node.frame_offset + 1 - node.frame_start
    return PlateFile(pattern_of(path), min(files) - shift)


def scene_linear() -> str:
    """Blender's name for the space that the compositor works in; "" where a config of one's own rules."""
    if os.environ.get("OCIO"):
        return ""
    colours = getattr(bpy.data, "colorspace", None)  # since 5.0 a file may choose its working space
    return colours.working_space if colours is not None else "Linear Rec.709"


def _as_nodes(output: Any) -> PlateNodes:
    if isinstance(output.node, bpy.types.NodeGroupInput):
        raise BadInput("this Dub node lies inside a group: move it to the scene's own node tree, where its"
                       " plate can be rendered, or give it an EXR sequence")
    seen = _Seen()
    text = json.dumps([output.identifier, seen.node(output.node)], sort_keys=True, default=str)
    return PlateNodes(hashlib.sha256(text.encode()).hexdigest(), ", ".join(sorted(seen.untracked)))


class _Seen:
    """Walks up from a node and tells everything that its picture depends on, as plain data."""

    def __init__(self) -> None:
        self._nodes: dict[str, Any] = {}
        self.untracked: set[str] = set()

    def node(self, node: Any) -> Any:
        key = f"{node.id_data.name}/{node.name}"
        if key in self._nodes:
            return key
        self._nodes[key] = None
        if node.type == "R_LAYERS":
            self.untracked.add(f"3D scene {node.scene.name if node.scene else '?'}")
        inputs = {}
        for index, socket in enumerate(node.inputs):
            source = _source(socket)
            inputs[f"{index} {socket.identifier}"] = (
                [source.identifier, self.node(source.node)] if source else _plain(socket, "default_value"))
        tree = getattr(node, "node_tree", None)
        inside = [self.node(one) for one in tree.nodes] if tree else None
        moved = [_curves(node.id_data, node), _drivers(node.id_data, node)]
        self._nodes[key] = [node.bl_idname, _properties(node), inputs, inside, moved]
        return self._nodes[key]


def _properties(owner: Any) -> dict[str, Any]:
    """Every setting of a node but its looks; pictures and masks by what is in them."""
    found: dict[str, Any] = {}
    for rule in owner.bl_rna.properties:
        name = rule.identifier
        if name in _LAYOUT or name == "rna_type" or (rule.is_readonly and rule.type != "POINTER"):
            continue
        if name in ("layer", "view") and not getattr(owner, f"has_{name}s", False):
            continue  # a choice among none
        value = getattr(owner, name, None)
        if isinstance(value, (bpy.types.Image, bpy.types.MovieClip)):
            found[name] = _picture(value)
        elif isinstance(value, bpy.types.Mask):
            found[name] = _mask(value)
        elif isinstance(value, bpy.types.ID):
            found[name] = value.name
        else:
            found[name] = _plain(owner, name)
    return found


def _picture(image: Any) -> list:
    path = Path(bpy.path.abspath(image.filepath, library=image.library))
    files = list(numbered(path).values()) if image.source == "SEQUENCE" else [path]
    stats = [file.stat() for file in files if file.is_file()]
    return [str(path), image.source, getattr(image.colorspace_settings, "name", ""), len(stats),
            sum(one.st_size for one in stats), max((one.st_mtime_ns for one in stats), default=0)]


def _mask(mask: Any) -> list:
    points = [
        [list(point.co), list(point.handle_left), list(point.handle_right)]
        for layer in mask.layers for spline in layer.splines for point in spline.points
    ]
    return [mask.name, mask.frame_start, mask.frame_end, points]


def _curves(tree: Any, node: Any) -> dict[str, Any]:
    """The keys of what is animated on `node`."""
    mine = _path_of(node)
    return {
        path: [[list(key.co), list(key.handle_left), list(key.handle_right), key.interpolation]
               for key in curve.keyframe_points]
        for path, curve in curves_of(tree).items() if path.startswith(mine)
    }


def _drivers(tree: Any, node: Any) -> list[str]:
    """What drivers rule of `node`."""
    return sorted(path for path in driven_paths(tree) if path.startswith(_path_of(node)))


def _path_of(node: Any) -> str:
    return f'nodes["{bpy.utils.escape_identifier(node.name)}"]'


def _plain(owner: Any, name: str) -> Any:
    value = getattr(owner, name, None)
    if value is None or isinstance(value, _PLAIN):
        return value
    try:
        return [item for item in value if isinstance(item, _PLAIN)]
    except TypeError:
        return None


def dubs_above(node: Any) -> list[Any]:
    """The Dub nodes that lie upstream of `node`: their bakes have to be there before its plate renders."""
    found, waiting = [], [_source(socket) for socket in node.inputs]
    seen = set()
    while waiting:
        output = waiting.pop()
        if output is None or output.node.name in seen:
            continue
        seen.add(output.node.name)
        if kinds.group_of(output.node):
            found.append(output.node)
        waiting += [_source(socket) for socket in output.node.inputs]
    return found
