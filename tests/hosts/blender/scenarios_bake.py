"""Scenarios: bakes, and what goes wrong with them. See session.py."""

import contextlib
import json
import os
import time
from pathlib import Path

import bpy
import numpy as np
import stage
from played_shot import SIZE, bake, guard_off, module, plate_pixels, shot, standing, state, write_plate


def bakes(folder, core):
    """Bake, change a knob, go back, key it; what is made, kept and shown."""
    scene, tree, dub = shot(folder, core)
    knobs = dub.node_tree.dubnodes.drive__drive_from_video
    found = {"empty": state(scene, dub), "start": knobs.start, "bake": bake(dub), "fresh": state(scene, dub)}
    found["image"] = dub.node_tree.nodes["Baked Frames"].image.filepath
    follower = stage.add_dub(tree, "landmark_mask")
    follower.node_tree.dubnodes.source = dub.node_tree
    knobs.opening_gain = 2.0
    found["stale"] = state(scene, dub)
    scene.frame_set(1003)
    found["frame"] = [bake(dub, "FRAME"), state(scene, dub)]
    found["follower"] = follower.node_tree.nodes["Baked Frames"].image.filepath
    found["missing"] = [bake(dub, "MISSING"), state(scene, dub)]
    found["nothing_missing"] = bake(dub, "MISSING")
    knobs.opening_gain = 1.0
    found["back"] = [bake(dub), state(scene, dub)]
    root = Path(folder) / "dubnodes" / "shot" / "Dub"
    found["versions"] = sorted(path.name for path in (root / "frames").iterdir())
    for frame, value in ((1001, 1.0), (1003, 1.0), (1006, 4.0)):
        knobs.opening_gain = value
        knobs.keyframe_insert("opening_gain", frame=frame)
    found["keyed"] = [bake(dub), state(scene, dub)]
    written = json.loads((root / "shot.json").read_text())
    found["keys"] = written["nodes"]["drive"]["knobs"]
    found["plate"] = written["media"]["plate"]
    version = Path(bpy.path.abspath(dub.node_tree.nodes["Baked Frames"].image.filepath)).parent
    found["linked"] = sorted(p.name for p in version.glob("*.exr") if p.stat().st_nlink > 1)
    found["values"] = {
        frame: float(stage.pixels(stage.rendered(
            scene, tree, dub.outputs["Image"], Path(folder) / "v.exr", frame))[24, 36, 0])
        for frame in (1001, 1006)
    }
    with bpy.context.temp_override(active_node=dub):
        bpy.ops.dubnodes.clear()
    found["cleared"] = [state(scene, dub), "Baked Frames" in dub.node_tree.nodes]
    with guard_off():
        came = stage.pixels(stage.rendered(scene, tree, dub.outputs["Image"], Path(folder) / "c.exr", 1004))
    found["cleared_plate"] = standing(plate_pixels(1004), came)
    return found


def plate_of_nodes(folder, core):
    """A plate that nodes make: rendered as Blender shows it, noticed when it changes."""
    scene, tree, dub = shot(folder, core, through_nodes=True)
    found = {"bake": bake(dub), "fresh": state(scene, dub)[0]}
    root = Path(folder) / "dubnodes" / "shot" / "Dub"
    brighter = np.float32([2, 2, 2, 1])
    found["bits"] = [
        standing(plate_pixels(frame) * brighter, stage.pixels(root / f"plate/v001/plate.{frame}.exr"))
        for frame in (1001, 1006)
    ]
    exposure = tree.nodes["Exposure"]
    exposure.location.x += 500
    exposure.label = "moved"
    found["moved"] = state(scene, dub)[0]
    exposure.inputs["Exposure"].default_value = 0.5
    found["changed"] = state(scene, dub)[0]
    exposure.inputs["Exposure"].default_value = 1.0
    found["back"] = state(scene, dub)[0]
    exposure.inputs["Exposure"].keyframe_insert("default_value", frame=1001)
    found["keyed"] = state(scene, dub)[0]
    found["dirty"] = bpy.data.is_dirty
    found["again"] = [bake(dub), state(scene, dub)[0], sorted(p.name for p in (root / "plate").iterdir())]
    return found


def plate_of_a_3d_scene(folder, core):
    """A render of Cycles as the plate: what changes in it cannot be watched, so each Bake takes it anew."""
    scene, tree, dub = shot(folder, core, frames=(1, 2))
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    scene.world = bpy.data.worlds.new("World")
    layers = tree.nodes.new("CompositorNodeRLayers")
    tree.links.new(layers.outputs["Image"], dub.inputs["Image"])
    root = Path(folder) / "dubnodes" / "shot" / "Dub" / "plate"
    found = {"first": [bake(dub), sorted(path.name for path in root.iterdir())]}
    found["note"] = module("status").status_of(scene, dub, stage.preferences().cache_folder).note
    (root / "v001" / "plate.0002.exr").unlink()
    found["missing"] = [bake(dub, "FRAME"), sorted(path.name for path in root.iterdir())]
    found["again"] = [bake(dub), sorted(path.name for path in root.iterdir())]
    found["size"] = list(stage.pixels(root / "v001" / "plate.0002.exr").shape)
    return found


def bad_input(folder, core):
    """What the panel says, for what artists do."""
    folder = Path(folder)
    scene, tree = stage.compositor((1001, 1004), SIZE)
    dub = stage.add_dub(tree)
    settings = dub.node_tree.dubnodes
    found = {"unsaved": bake(dub)}
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "ein Bild – 1.blend"))
    stage.preferences().core_python = str(folder / "nothing")
    found["no_plate"] = bake(dub)
    found["panel"] = settings.last_error
    settings.plate = str(folder / "nowhere.exr")
    found["plate_gone"] = bake(dub)
    first = write_plate(folder / "mit Leerzeichen – é", range(1001, 1005))
    settings.plate = bpy.path.relpath(str(first))
    found["no_driver"] = bake(dub)
    reader = dub.inputs["Image"].links[0].from_node
    found["reader"] = [reader.frame_start, reader.frame_offset, reader.frame_duration, reader.image.source]
    settings.driver = str(folder / "gone.mov")
    found["driver_gone"] = bake(dub)
    driver = folder / "Sprecher – 1.mov"
    driver.write_bytes(b"x")
    settings.driver = bpy.path.relpath(str(driver))
    found["core_gone"] = bake(dub)
    stage.preferences().core_python = core
    for text in ("1001-", "5:9", "-4-3"):
        settings.frames = text
        found[f"frames {text}"] = bake(dub)
    settings.frames = ""
    settings.mask__landmark_mask.nudges = "[{"
    found["nudges"] = bake(dub)
    settings.mask__landmark_mask.nudges = "[]"
    dub.node_tree.driver_add("dubnodes.mask__landmark_mask.grow").driver.expression = "frame"
    found["driven"] = bake(dub)
    dub.node_tree.driver_remove("dubnodes.mask__landmark_mask.grow")
    dub.mute = True
    found["muted"] = bake(dub)
    dub.mute = False
    found["in_order"] = bake(dub)
    silent = folder / "nobody.mov"
    silent.write_bytes(b"x")
    settings.driver = str(silent)
    found["from_the_core"] = bake(dub)
    found["kept"] = dub.node_tree.nodes["Baked Frames"].image.filepath
    settings.driver = bpy.path.relpath(str(driver))
    copied = scene.copy()
    other = copied.compositing_node_group if hasattr(copied, "compositing_node_group") else copied.node_tree
    found["scene_copy"] = [node.node_tree.name for node in other.nodes if getattr(node, "node_tree", None)]
    twin = tree.nodes.new("CompositorNodeGroup")
    twin.node_tree = dub.node_tree
    tree.links.new(reader.outputs[0], twin.inputs["Image"])
    with bpy.context.temp_override(active_node=twin):
        found["twin"] = [next(iter(bpy.ops.dubnodes.bake())), twin.node_tree.name, dub.node_tree.name]
    return found


def worker_dies(folder, core):
    """The core is killed in mid-bake; the next bake starts another and keeps what was finished."""
    os.environ["FAKE_DELAY"] = "0.3"
    scene, tree, dub = shot(folder, core)
    steps = module("baking").Baking(scene, tree, dub, "ALL").steps()
    found = {}
    try:
        for said in steps:
            if said.stage == "render" and said.done >= 2:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(next(iter(module("core")._held.values())).greeting["pid"], 9)
            time.sleep(0.05)
    except Exception as error:
        found["error"] = f"{type(error).__name__}: {error}"
    found["after"] = state(scene, dub)
    found["again"] = [bake(dub), state(scene, dub)]
    dub.node_tree.dubnodes.drive__drive_from_video.opening_gain = 3.0
    steps = module("baking").Baking(scene, tree, dub, "ALL").steps()
    for said in steps:
        if said.stage == "render" and said.done >= 2:
            break
    steps.close()
    found["stopped"] = state(scene, dub)
    found["running"] = dict(module("baking").running)
    os.environ["FAKE_DELAY"] = "0"
    found["finished"] = [bake(dub, "MISSING"), state(scene, dub)]
    return found


def real_bake(folder, core, plate, driver):
    """The real core on real footage: a movie plate, eight frames."""
    folder = Path(folder)
    scene, tree, reader, dub = stage.movie_with_dub(core, plate, (1, 8))
    dub.node_tree.dubnodes.driver = driver
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    found = {"check": next(iter(bpy.ops.dubnodes.check())), "bake": bake(dub), "state": state(scene, dub)}
    stage.rendered(scene, tree, reader.outputs["Image"], folder / "plate.exr", 4)
    stage.rendered(scene, tree, dub.outputs["Image"], folder / "out.exr", 4)
    found["baked"] = bpy.path.abspath(dub.node_tree.nodes["Baked Frames"].image.filepath)
    return found
