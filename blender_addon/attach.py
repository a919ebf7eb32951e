"""Put baked frames into a group: one native Image node, its layers connected to the group's passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from . import kinds
from .recipe_slots import slots
from .shared_core.spec.frames import FrameRange
from .versions import Version

COVERED = "Covered"
"""The value that is 1 where frames are baked and 0 before and after them: there the plate passes."""


def attach(group: Any, version: Version, frames: FrameRange) -> bool:
    """Let `group` read the frames of `version`; False where not one is on disk yet.

    A group of an operator that its Dub's recipe does not make shows nothing: the passes are another's.
    """
    if not is_made(group):
        detach(group)
        return False
    there = version.frames()
    wanted = [frame for frame in frames if frame in there]
    if not wanted:
        return False
    node = group.nodes.get(kinds.BAKED_NODE) or group.nodes.new("CompositorNodeImage")
    node.name = node.label = kinds.BAKED_NODE
    node.location = (-900, -680)
    image = _image(node, group, there[wanted[0]])
    if node.image is not image:
        node.image = image
    node.frame_start, node.frame_offset = frames.first, frames.first - 1
    node.frame_duration = frames.last - frames.first + 1
    _connect(group, node)
    _cover(group, frames)
    return True


def is_made(group: Any) -> bool:
    """Whether the Dub that `group` shows makes what it shows."""
    kind, owner = kinds.kind_of(group), kinds.owner_of(group)
    if kind == kinds.WHOLE or owner is None:
        return True
    return kind in {operator for _, operator in slots(owner.dubnodes.recipe).values()}


def detach(group: Any) -> None:
    """Take the frames out of the group: the plate passes through. Files on disk stay."""
    node = group.nodes.get(kinds.BAKED_NODE)
    if node is None:
        return
    image = node.image
    group.nodes.remove(node)
    if image is not None and image.users == 0:
        bpy.data.images.remove(image)
    for reroute in _reroutes(group):
        _empty(group, reroute)


def shown_folder(group: Any) -> Path | None:
    """The folder of the frames that the group reads, or None."""
    node = group.nodes.get(kinds.BAKED_NODE)
    if node is None or node.image is None:
        return None
    return Path(bpy.path.abspath(node.image.filepath, library=node.image.library)).parent


def refresh(group: Any) -> None:
    """Read the frames anew: files that were missing or other may be there now."""
    node = group.nodes.get(kinds.BAKED_NODE)
    if node is not None and node.image is not None:
        node.image.reload()
        node.mute = node.mute  # an edit that makes the compositor run again


def _image(node: Any, group: Any, first: Path) -> Any:
    """The sequence; the node's own data-block where it reads that folder already."""
    path = str(first)
    if bpy.data.filepath:
        try:
            path = bpy.path.relpath(path)
        except ValueError:  # another drive
            path = str(first)
    old = node.image
    if old is not None and old.users == 1 and shown_folder(group) == first.parent:
        if old.filepath != path:
            old.filepath = path
        old.reload()
        return old
    # A data-block of its own for each version, so that undo finds the one before.
    image = bpy.data.images.load(str(first), check_existing=False)
    image.name = f"{group.name} {first.parent.name}"
    image.source = "SEQUENCE"
    image.filepath = path
    return image


def _connect(group: Any, node: Any) -> None:
    """Connect the layers that the frames have; not every recipe writes all of them."""
    for reroute in _reroutes(group):
        output = node.outputs.get(_layer(reroute))
        if output is not None and output.enabled:  # Blender keeps a layer that went, shut
            group.links.new(output, reroute.inputs[0])
        else:
            _empty(group, reroute)


def _empty(group: Any, reroute: Any) -> None:
    empty = group.nodes.get(f"empty {_layer(reroute)}")
    if empty is not None:
        group.links.new(empty.outputs[0], reroute.inputs[0])


def _reroutes(group: Any) -> list[Any]:
    return [node for node in group.nodes if node.name.startswith(kinds.PASS_PREFIX)]


def _layer(reroute: Any) -> str:
    return reroute.name[len(kinds.PASS_PREFIX):]


def _cover(group: Any, frames: FrameRange) -> None:
    """Let COVERED be 1 from the first frame to the last, 0 beside them, where Blender holds the last.

    A driver of the plain kind, which Blender evaluates without Python and whatever scripts may do.
    """
    node = group.nodes.get(COVERED)
    if node is None:
        return
    value = node.outputs[0]
    value.driver_remove("default_value")
    driver = value.driver_add("default_value").driver
    driver.type = "SCRIPTED"
    driver.expression = f"1.0 if frame >= {frames.first} and frame <= {frames.last} else 0.0"
