"""Scenarios: masks by hand. See session.py."""

from pathlib import Path

import bpy
import numpy as np
import stage
from played_shot import SIZE, bake, baked_layers, module, shot


def masks(folder, core):
    """The baked outline as a keyed mask, back through the Mask node, against the matte it came from."""
    folder = Path(folder)
    scene, tree, dub = shot(folder, core)
    found = {"bake": bake(dub)}
    dub.node_tree.dubnodes.mask_points = 24
    with bpy.context.temp_override(active_node=dub):
        found["made"] = next(iter(bpy.ops.dubnodes.matte_to_mask()))
        found["connected"] = next(iter(bpy.ops.dubnodes.use_mask()))
    mask = dub.node_tree.dubnodes.mask
    found["points"] = [len(curve.points) for layer in mask.layers for curve in layer.splines]
    reader = dub.inputs["Matte"].links[0].from_node

    def seen(socket):
        return stage.pixels(stage.rendered(scene, tree, socket, folder / "seen.exr", 1004))[..., 0]

    came = seen(reader.outputs["Mask"])
    want = baked_layers()["dub_matte"][..., 0]
    both, either = np.minimum(came, want).sum(), np.maximum(came, want).sum()
    found["overlap"] = float(both / either)
    found["area"] = [float(came.sum()), float(want.sum())]
    matte = seen(dub.outputs["Matte"])
    found["live"] = float(np.abs(matte - came * baked_layers()["dub_raw"][..., 3]).max())
    found["areas"] = [area.ui_type for area in bpy.context.window_manager.windows[0].screen.areas]
    found["centroids"] = _moving_mask(folder, scene, tree)
    return found


def _moving_mask(folder, scene, tree):
    """A keyed mask that goes right: the centroid of what the Mask node renders, at three frames."""
    square = [[10, 20], [10, 15], [10, 10], [15, 10], [20, 10], [20, 15], [20, 20], [15, 20]]
    outlines = {frame: [[x + 3 * (frame - 1001), y] for x, y in square] for frame in range(1001, 1007)}
    mask = module("mask_operators").write_mask(bpy.context, "moving", outlines, list(SIZE), 0.5)
    node = tree.nodes.new("CompositorNodeMask")
    node.mask = mask
    found = {}
    for frame in (1001, 1003, 1006):
        path = stage.rendered(scene, tree, node.outputs["Mask"], folder / "moving.exr", frame)
        found[frame] = _centroid(stage.pixels(path)[..., 0])
    return found


def _centroid(alpha):
    y, x = np.mgrid[: alpha.shape[0], : alpha.shape[1]] + 0.5
    return [float((alpha * x).sum() / alpha.sum()), float((alpha * y).sum() / alpha.sum())]
