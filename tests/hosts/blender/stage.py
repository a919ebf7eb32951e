"""What scenarios set up in Blender: a scene, pictures, nodes, a render as an array."""

import os
from pathlib import Path

import bpy
import numpy as np

FIVE = (5, 0)

DEMO_SIZE = (768, 480)


def preferences():
    return bpy.context.preferences.addons["bl_ext.user_default.dubnodes"].preferences


def compositor(frames, size):
    """An empty compositor over `frames` (first, last) at `size` (width, height), and its scene."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = frames
    scene.frame_set(frames[0])
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    if not os.environ.get("OCIO"):  # a config of one's own has other names
        scene.view_settings.view_transform = "Standard"
    if bpy.app.version < FIVE:
        scene.use_nodes = True
        tree = scene.node_tree
    else:
        tree = bpy.data.node_groups.new("Comp", "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        scene.compositing_node_group = tree
    tree.nodes.clear()
    scene.render.compositor_device = "CPU"
    scene.render.compositor_precision = "FULL"
    return scene, tree


def sequence(tree, path, first, count):
    """An Image node that shows the files of `path`, numbered from `first`, at the frames of that number."""
    image = bpy.data.images.load(str(path))
    image.source = "SEQUENCE"
    node = tree.nodes.new("CompositorNodeImage")
    node.image = image
    node.frame_start, node.frame_offset, node.frame_duration = first, first - 1, count
    return node


def movie(tree, path, first=1):
    image = bpy.data.images.load(str(path))
    node = tree.nodes.new("CompositorNodeImage")
    node.image = image
    node.frame_start, node.frame_duration = first, max(image.frame_duration, 1)
    return node


def add_dub(tree, kind="dub"):
    """A Dub node, added as the panel's button does."""
    bpy.ops.dubnodes.add(kind=kind)
    return next(node for node in reversed(tree.nodes) if getattr(node, "node_tree", None)
                and node.node_tree.get("dubnodes_kind") == kind)


def movie_with_dub(core, plate, frames):
    """The real core, and the demo's movie `plate` before a Dub node whose performance is still to be picked.

    Returns scene, tree, the plate's reader, and the node.
    """
    preferences().core_python = core
    scene, tree = compositor(frames, DEMO_SIZE)
    reader, dub = movie(tree, plate, frames[0]), add_dub(tree)
    tree.links.new(reader.outputs["Image"], dub.inputs["Image"])
    return scene, tree, reader, dub


def output(tree, socket):
    """Make `socket` what the scene renders."""
    if bpy.app.version < FIVE:
        node = tree.nodes.get("Composite") or tree.nodes.new("CompositorNodeComposite")
    else:
        node = tree.nodes.get("Group Output") or tree.nodes.new("NodeGroupOutput")
    tree.links.new(socket, node.inputs[0])


def rendered(scene, tree, socket, path, frame=None):
    """Render `frame` of `socket` into a 32-bit EXR at `path`."""
    output(tree, socket)
    if frame is not None:
        scene.frame_set(frame)
    exr_output(scene, path)
    bpy.ops.render.render(write_still=True)
    return path


def exr_output(scene, path):
    """Let the scene's renders be 32-bit EXRs at `path`."""
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_depth = "OPEN_EXR", "32"
    settings.color_mode, settings.exr_codec = "RGBA", "NONE"
    scene.render.filepath = str(path)


def pixels(path):
    """float32 (height, width, 4), y down."""
    image = bpy.data.images.load(str(Path(path)))
    flat = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(flat)
    shape = (image.size[1], image.size[0], 4)
    bpy.data.images.remove(image)
    return flat.reshape(shape)[::-1]
