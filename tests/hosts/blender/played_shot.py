"""The shot that scenarios play with: plate, Dub, driver; and how they ask after it."""

import contextlib
from pathlib import Path

import bpy
import numpy as np
import stage
from exr_file import layered, write_exr

SIZE = (64, 48)
MODULE = "bl_ext.user_default.dubnodes"


def module(name):
    import importlib

    return importlib.import_module(f"{MODULE}.{name}")


def plate_pixels(frame, size=SIZE):
    """A plate with what arithmetic would spoil: HDR, below 0, -0, infinity, NaN, an alpha of its own."""
    width, height = size
    random = np.random.default_rng(frame)
    pixels = random.normal(0.4, 0.5, (height, width, 4)).astype(np.float32)
    pixels[:4, :4] = 60000.0
    pixels[4:8, :4] = -0.0
    pixels[8:12, :4] = np.inf
    pixels[12:16, :4] = np.nan
    pixels[..., 3] = random.random((height, width))
    return pixels


def write_plate(folder, frames, size=SIZE):
    for frame in frames:
        write_exr(folder / f"plate.{frame:04d}.exr", layered({"": plate_pixels(frame, size)}))
    return folder / f"plate.{frames[0]:04d}.exr"


def shot(folder, core, frames=(1001, 1006), through_nodes=False):
    """A saved scene: an EXR plate, Dub, a driver; all by way of the stand-in core."""
    folder = Path(folder)
    chosen = stage.preferences()
    chosen.core_python = core
    scene, tree = stage.compositor(frames, SIZE)
    first = write_plate(folder / "plates", range(frames[0], frames[1] + 1))
    reader = stage.sequence(tree, first, frames[0], frames[1] - frames[0] + 1)
    reader.name = "Plate"
    dub = stage.add_dub(tree)
    before = reader.outputs["Image"]
    if through_nodes:
        exposure = tree.nodes.new("CompositorNodeExposure")
        exposure.name = "Exposure"
        exposure.inputs["Exposure"].default_value = 1.0
        tree.links.new(before, exposure.inputs["Image"])
        before = exposure.outputs["Image"]
    tree.links.new(before, dub.inputs["Image"])
    driver = folder / "driver.mov"
    driver.write_bytes(b"the stand-in core opens no media")
    dub.node_tree.dubnodes.driver = str(driver)
    stage.output(tree, dub.outputs["Image"])
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    return scene, tree, dub


def bake(dub, mode="ALL"):
    """What the operator says: FINISHED, or the error's text."""
    try:
        return next(iter(bpy.ops.dubnodes.bake(group=dub.node_tree.name, mode=mode)))
    except RuntimeError as error:
        return str(error).strip()


def state(scene, dub):
    seen = module("status").status_of(scene, dub, stage.preferences().cache_folder)
    return [seen.state, list(seen.missing), seen.text]


def bits(a, b):
    return np.ascontiguousarray(a).view(np.uint32) == np.ascontiguousarray(b).view(np.uint32)


def standing(given, came):
    """Whether the bits of `given` stand; -0 may become 0, as it does in any addition."""
    same = bits(given, came)
    zero = (given == 0) & (came == 0)
    return bool((same | zero).all())


@contextlib.contextmanager
def guard_off():
    guard = module("guard")
    guard.unregister()
    try:
        yield
    finally:
        guard.register()


def set_input(node, name, value):
    node.inputs[name].default_value = value


def baked_layers():
    import fake_core

    return fake_core.disc(1.0)
