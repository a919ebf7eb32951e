"""Runs in a background Blender: write the frames of what is connected to one Dub node. See plate_render.

Stands alone: it imports nothing of the extension, which need not be there.
"""

import contextlib
import json
import os
import sys
from pathlib import Path

import bpy


def main(path):
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    bpy.ops.wm.open_mainfile(filepath=job["blend"], load_ui=False)
    scene = bpy.data.scenes[job["scene"]]
    tree = scene.node_tree if job["in_scene"] else bpy.data.node_groups[job["tree"]]
    socket = tree.nodes[job["node"]].inputs["Image"].links[0].from_socket
    parts = Path(job["folder"]) / f".part-{os.getpid()}"
    parts.mkdir(parents=True, exist_ok=True)
    try:
        write_only(scene, tree, socket, parts)
        for frame in job["frames"]:
            render(scene, frame, parts, Path(job["folder"]))
    finally:
        for left in parts.iterdir():
            left.unlink()
        parts.rmdir()


def write_only(scene, tree, socket, folder):
    """Leave one output in the scene: `socket`, as 32-bit EXR in the scene's own linear space."""
    for node in list(tree.nodes):
        if node.type in ("OUTPUT_FILE", "VIEWER", "COMPOSITE", "SPLITVIEWER"):
            tree.nodes.remove(node)
    node = tree.nodes.new("CompositorNodeOutputFile")
    form = node.format
    if hasattr(form, "media_type"):
        form.media_type = "IMAGE"
    form.file_format, form.color_depth, form.exr_codec, form.color_mode = "OPEN_EXR", "32", "ZIP", "RGBA"
    if hasattr(node, "directory"):
        node.directory, node.file_name = str(folder), ""
        node.file_output_items.clear()
        node.file_output_items.new("RGBA", "plate")
        if hasattr(node, "save_as_render"):
            node.save_as_render = False
    else:
        node.base_path = str(folder)
        node.file_slots.clear()
        node.file_slots.new("plate")
        node.file_slots[0].save_as_render = False
    tree.links.new(socket, node.inputs[0])
    settings = scene.render
    settings.use_compositing, settings.use_sequencer = True, False
    settings.use_render_cache = False
    if hasattr(settings, "compositor_precision"):
        settings.compositor_precision = "FULL"
    settings.use_overwrite, settings.use_placeholder = True, False


def render(scene, frame, parts, folder):
    """One frame, under its final name only when it is whole."""
    scene.frame_set(frame)
    bpy.ops.render.render(scene=scene.name, write_still=False)
    written = list(parts.glob("*.exr"))
    if len(written) != 1:
        raise RuntimeError(f"frame {frame}: Blender wrote {len(written)} files; expected one")
    os.replace(written[0], folder / f"plate.{frame:04d}.exr")
    tell(frame=frame)


def tell(**event):
    print("\nDUBNODES", json.dumps(event), flush=True)


if __name__ == "__main__":
    code = 0
    try:
        main(sys.argv[-1])
    except Exception as error:  # whatever it is, the session that waits has to hear of it
        code = 1
        tell(error=f"{type(error).__name__}: {error}", kind="OSError" if isinstance(error, OSError) else "")
    sys.stdout.flush()
    with contextlib.suppress(Exception):
        bpy.ops.wm.read_factory_settings(use_empty=True)
    os._exit(code)  # bpy may crash while it ends; all files are whole by now
