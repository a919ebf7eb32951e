"""Everything that a node's picture depends on, as plain data, so that a change can be seen.

What Blender animates is told by its keys and drivers, never by the value that it has at this frame: a
bake is right or stale for all frames.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from .frame_curves import all_curves, drivers_of
from .sequences import numbered

_LAYOUT = {
    "location", "location_absolute", "width", "width_hidden", "height", "dimensions", "select", "label",
    "name", "hide", "show_options", "show_preview", "show_texture", "color", "use_custom_color",
    "color_tag", "parent", "warning_propagation", "bl_icon", "bl_label", "bl_description",
    "bl_static_type", "bl_width_default", "bl_width_min", "bl_width_max", "bl_height_default",
    "bl_height_min", "bl_height_max",
}
_PLAIN = (bool, int, float, str)


def source_of(socket: Any) -> Any:
    """The output that feeds `socket`, seen through reroutes; None where there is none."""
    while socket is not None and socket.is_linked:
        output = socket.links[0].from_socket
        if output.node.type != "REROUTE":
            return output
        socket = output.node.inputs[0]
    return None


class Walk:
    """Walks up from a node; `untracked`: what has a say in the picture and cannot be told."""

    def __init__(self) -> None:
        self._nodes: dict[str, Any] = {}
        self.untracked: set[str] = set()

    def node(self, node: Any) -> Any:
        """All that lies above `node`, and itself; its own key where it was told before."""
        key = f"{node.id_data.name}/{node.name}"
        if key in self._nodes:
            return key
        self._nodes[key] = None
        self._note_what_cannot_be_seen(node)
        moved = moved_of(node)
        inputs = {}
        for index, socket in enumerate(node.inputs):
            source = source_of(socket)
            inputs[f"{index} {socket.identifier}"] = (
                [source.identifier, self.node(source.node)] if source
                else _still(_plain(socket, "default_value"), moved.get(f"inputs[{index}].default_value")))
        tree = getattr(node, "node_tree", None)
        inside = [self.node(one) for one in tree.nodes] if tree else None
        motion = [[path, sorted(parts.items())] for path, parts in sorted(moved.items())]
        self._nodes[key] = [node.bl_idname, _properties(node, moved), inputs, inside, motion]
        return self._nodes[key]

    def _note_what_cannot_be_seen(self, node: Any) -> None:
        clip, mask = getattr(node, "clip", None), getattr(node, "mask", None)
        if node.type == "R_LAYERS":
            self.untracked.add(f"3D scene {node.scene.name if node.scene else '?'}")
        if clip is not None and node.type != "MOVIECLIP":
            self.untracked.add(f"tracks and lens of {clip.name}")
        if isinstance(mask, bpy.types.Mask):
            self.untracked.add(f"points of {mask.name}")
        if any(curve.driver.variables for curve in drivers_of(node.id_data) if _is_of(node, curve)):
            self.untracked.add(f"drivers of {node.label or node.name}")


def moved_of(node: Any) -> dict[str, dict[int, Any]]:
    """{path below the node: {index: keys or driver, as plain data}} of what is animated on it."""
    found: dict[str, dict[int, Any]] = {}
    curves = [(curve, _keys) for curve in all_curves(node.id_data)]
    for curve, told in [*curves, *((curve, _driver) for curve in drivers_of(node.id_data))]:
        if _is_of(node, curve):
            path = curve.data_path[len(_path_of(node)):].lstrip(".")
            found.setdefault(path, {})[curve.array_index] = told(curve)
    return found


def _keys(curve: Any) -> list:
    keys = [[list(key.co), list(key.handle_left), list(key.handle_right), key.interpolation]
            for key in curve.keyframe_points]
    return [keys, curve.extrapolation, [_settings(modifier) for modifier in curve.modifiers]]


def _driver(curve: Any) -> list:
    driver = curve.driver
    variables = [[one.name, one.type, [_target(to) for to in one.targets]] for one in driver.variables]
    return [driver.type, driver.expression, variables, *_keys(curve)]


def _target(target: Any) -> list:
    return [target.id.name if target.id else "", target.data_path]


def _settings(owner: Any) -> dict[str, Any]:
    return {rule.identifier: _plain(owner, rule.identifier) for rule in owner.bl_rna.properties
            if not rule.is_readonly}


def _still(value: Any, moved: dict[int, Any] | None) -> Any:
    """`value` without its parts that move."""
    if not moved:
        return value
    return [None if index in moved else part for index, part in enumerate(value)] if isinstance(
        value, list) else None


def _properties(owner: Any, moved: dict[str, dict[int, Any]]) -> dict[str, Any]:
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
        elif isinstance(value, (bpy.types.CurveMapping, bpy.types.ColorRamp)):
            is_moved = any(path.startswith(f"{name}.") for path in moved)
            found[name] = None if is_moved else _shape(value)
        else:
            found[name] = _still(_plain(owner, name), moved.get(name))
    return found


def _picture(image: Any) -> list:
    path = Path(bpy.path.abspath(image.filepath, library=image.library))
    files = list(numbered(path).values()) if image.source == "SEQUENCE" else [path]
    stats = [file.stat() for file in files if file.is_file()]
    begins = [image.frame_start, image.frame_offset] if isinstance(image, bpy.types.MovieClip) else []
    return [*begins, str(path), image.source, getattr(image.colorspace_settings, "name", ""), len(stats),
            sum(one.st_size for one in stats), max((one.st_mtime_ns for one in stats), default=0)]


def _shape(value: Any) -> list:
    """The points of a curve widget, or the stops of a ramp."""
    if isinstance(value, bpy.types.ColorRamp):
        return [_settings(value), [[one.position, list(one.color)] for one in value.elements]]
    points = [[[list(point.location), point.handle_type] for point in curve.points] for curve in value.curves]
    return [_settings(value), points]


def _mask(mask: Any) -> list:
    """What of a mask does not move with the frame: Blender keeps its keyed points to itself."""
    points = [len(spline.points) for layer in mask.layers for spline in layer.splines]
    return [mask.name, mask.frame_start, mask.frame_end, points]


def _is_of(node: Any, curve: Any) -> bool:
    return curve.data_path.startswith(_path_of(node))


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
