"""Native nodes that the extension puts before a Dub node: the picked plate, the picked mask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from .sequences import is_movie, numbered
from .shared_core.spec.errors import MissingFrame

GAP = 60


def connect_plate(scene: Any, tree: Any, node: Any) -> None:
    """Put an Image node with the picked plate before `node`, where nothing is connected to its Image.

    A sequence keeps its own frame numbers; a movie begins on the scene's first frame. Raises
    MissingFrame where the file is not there.
    """
    group = node.node_tree
    given = group.dubnodes.plate.strip()
    socket = node.inputs.get("Image")
    if socket is None or socket.is_linked or not given:
        return
    path = Path(bpy.path.abspath(given, library=group.library))
    if not path.is_file():
        raise MissingFrame(f"Plate: {str(path)!r} is not there; pick the file again")
    image = bpy.data.images.load(str(path), check_existing=True)
    reader = tree.nodes.new("CompositorNodeImage")
    reader.label = "Plate"
    reader.location = (node.location.x - 240 - GAP, node.location.y)
    reader.image = image
    set_range(reader, image, path, scene)
    tree.links.new(reader.outputs["Image" if "Image" in reader.outputs else "Combined"], socket)


def set_range(reader: Any, image: Any, path: Path, scene: Any) -> None:
    """The frames that an Image node shows: a sequence's own numbers, a movie from the scene's start on."""
    files = {} if is_movie(path) else numbered(path)
    if len(files) > 1:
        image.source = "SEQUENCE"
        reader.frame_start, reader.frame_offset = min(files), min(files) - 1
        reader.frame_duration = max(files) - min(files) + 1
    elif image.source == "MOVIE":
        reader.frame_start = scene.frame_start
        reader.frame_duration = image.frame_duration
    reader.use_auto_refresh = True
