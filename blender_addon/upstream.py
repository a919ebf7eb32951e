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
from .node_digest import Walk, moved_of, source_of
from .sequences import numbered, pattern_of
from .shared_core.spec.errors import BadInput


@dataclass(frozen=True)
class PlateFile:
    """An EXR sequence that the core reads. path: name.####.exr. first: plate frame of its first file."""

    path: str
    first: int
    first_file: Path


@dataclass(frozen=True)
class PlateNodes:
    """Nodes to render. digest: changes when they do. untracked: what it cannot see, for the panel."""

    digest: str
    untracked: str = ""


def plate_of(node: Any) -> PlateFile | PlateNodes | None:
    """What is connected to the Image input of a Dub node; None where nothing is."""
    socket = node.inputs.get("Image")
    source = source_of(socket)
    if source is None:
        return None
    return _as_file(source) or _as_nodes(source)


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
    if moved_of(node):
        return None  # the frame that it shows may be animated
    files = numbered(path)
    if not files:
        return None
    # Blender shows, at frame f, the file of number f - frame_start + 1 + frame_offset.
    shift = node.frame_offset + 1 - node.frame_start
    return PlateFile(pattern_of(path), min(files) - shift, files[min(files)])


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
    seen = Walk()
    text = json.dumps([output.identifier, seen.node(output.node)], sort_keys=True, default=str)
    return PlateNodes(hashlib.sha256(text.encode()).hexdigest(), ", ".join(sorted(seen.untracked)))


def dubs_above(node: Any) -> list[Any]:
    """The Dub nodes that lie upstream of `node`: their bakes have to be there before its plate renders."""
    found, waiting = [], [source_of(socket) for socket in node.inputs]
    seen = set()
    while waiting:
        output = waiting.pop()
        if output is None or output.node.name in seen:
            continue
        seen.add(output.node.name)
        if kinds.group_of(output.node):
            found.append(output.node)
        waiting += [source_of(socket) for socket in output.node.inputs]
    return found
