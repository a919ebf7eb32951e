"""Scenarios: frame numbers, rates, movie clips, sequencer strips. See session.py."""

import json
from pathlib import Path

import bpy
import numpy as np
import stage
from exr_file import layered, write_exr
from played_shot import SIZE, bake, module, shot, state

RATES = ((24, 1.001), (30, 1.001), (60, 1.001), (2997, 100.0), (25, 1.0), (25, 2.0))
"""The scene's fps and fps_base."""


def rates(folder, core):
    """The rate that the shot file names for each rate of the scene; each of them makes another bake."""
    scene, _, dub = shot(folder, core, frames=(1001, 1002))
    found = {}
    for fps, base in RATES:
        scene.render.fps, scene.render.fps_base = fps, base
        before = state(scene, dub)[0]
        done = bake(dub)
        written = json.loads((Path(folder) / "dubnodes/shot/Dub/shot.json").read_text())
        found[f"{fps}/{base}"] = [before, done, written["media"]["plate"]["fps"]]
    return found


def _numbered(folder, first, count):
    """A sequence whose pixels say which file they are of."""
    for number in range(first, first + count):
        plate = np.full((SIZE[1], SIZE[0], 4), number, np.float32)
        plate[..., 3] = 1
        write_exr(folder / f"clip.{number:04d}.exr", layered({"": plate}))
    return folder / f"clip.{first:04d}.exr"


def _plates(folder):
    """{version: {frame: what its pixels say}} of the plates that were rendered."""
    found = {}
    for path in sorted((Path(folder) / "dubnodes/shot/Dub/plate").glob("*/plate.*.exr")):
        seen = np.unique(stage.pixels(path)[..., :3])
        found.setdefault(path.parent.name, {})[int(path.name.split(".")[1])] = [float(one) for one in seen]
    return found


def _with_clip(folder, core):
    """A shot whose plate is a Movie Clip node over twenty numbered pictures, from frame 1001 on."""
    folder = Path(folder)
    scene, tree, dub = shot(folder, core, frames=(1001, 1003))
    clip = bpy.data.movieclips.load(str(_numbered(folder / "clip", 1, 20)))
    clip.frame_start = 1001
    node = tree.nodes.new("CompositorNodeMovieClip")
    node.clip = clip
    tree.links.new(node.outputs["Image"], dub.inputs["Image"])
    return scene, dub, clip


def clip_offsets(folder, core):
    """A movie clip's start and offset are part of the plate, and a change of them is seen."""
    scene, dub, clip = _with_clip(folder, core)
    found = {"bake": bake(dub), "states": [state(scene, dub)[0]]}
    clip.frame_offset = 5
    found["states"].append(state(scene, dub)[0])
    found["moved"] = bake(dub)
    clip.frame_start = 1000
    found["states"].append(state(scene, dub)[0])
    clip.frame_start = 1001
    found["states"].append(state(scene, dub)[0])
    found["note"] = _note_of_a_stabilised_clip(scene, dub, clip)
    found["plates"] = _plates(folder)
    found["read_as"] = json.loads(
        (Path(folder) / "dubnodes/shot/Dub/shot.json").read_text())["media"]["plate"]
    return found


def _note_of_a_stabilised_clip(scene, dub, clip):
    reader = dub.inputs["Image"].links[0].from_node
    tree = reader.id_data
    node = tree.nodes.new("CompositorNodeStabilize")
    node.clip = clip
    tree.links.new(reader.outputs["Image"], node.inputs["Image"])
    tree.links.new(node.outputs["Image"], dub.inputs["Image"])
    bake(dub)
    return module("status").status_of(scene, dub, stage.preferences().cache_folder).note


def keyed_mask(folder, core):
    """A keyed mask in the plate's own nodes: the bake stays fresh at every frame."""
    scene, tree, dub = shot(folder, core, frames=(1001, 1003))
    reader = dub.inputs["Image"].links[0].from_node
    square = [[10, 20], [10, 15], [10, 10], [15, 10], [20, 10], [20, 15], [20, 20], [15, 20]]
    outlines = {frame: [[x + 3 * (frame - 1001), y] for x, y in square] for frame in (1001, 1002, 1003)}
    mask = module("mask_operators").write_mask(bpy.context, "moving", outlines, list(SIZE), 0.5)
    shape, cut = tree.nodes.new("CompositorNodeMask"), tree.nodes.new("CompositorNodeSetAlpha")
    shape.mask = mask
    tree.links.new(reader.outputs["Image"], cut.inputs["Image"])
    tree.links.new(shape.outputs["Mask"], cut.inputs["Alpha"])
    tree.links.new(cut.outputs["Image"], dub.inputs["Image"])
    found = {"bake": bake(dub), "states": [], "points": []}
    for frame in (1001, 1002, 1003):
        scene.frame_set(frame)
        found["states"].append(state(scene, dub)[0])
        found["points"].append(list(mask.layers[0].splines[0].points[0].co))
    found["note"] = module("status").status_of(scene, dub, stage.preferences().cache_folder).note
    found["again"] = [bake(dub), sorted(_plates(folder))]
    return found


def animated_nodes(folder, core):
    """Keys, drivers, curves and ramps in the plate's nodes: fresh at every frame, stale after a change."""
    scene, tree, dub = shot(folder, core, frames=(1001, 1003), through_nodes=True)
    light = tree.nodes["Exposure"]
    for frame, value in ((1001, 0.0), (1003, 1.0)):
        light.inputs["Exposure"].default_value = value
        light.inputs["Exposure"].keyframe_insert("default_value", frame=frame)
    move, curves = tree.nodes.new("CompositorNodeTranslate"), tree.nodes.new("CompositorNodeCurveRGB")
    driver = move.inputs["X"].driver_add("default_value").driver
    driver.expression = "frame - 1001"
    tree.links.new(light.outputs["Image"], move.inputs["Image"])
    tree.links.new(move.outputs["Image"], curves.inputs["Image"])
    tree.links.new(curves.outputs["Image"], dub.inputs["Image"])
    found = {"bake": bake(dub), "states": [], "values": []}
    for frame in (1001, 1002, 1003):
        scene.frame_set(frame)
        found["states"].append(state(scene, dub)[0])
        found["values"].append([light.inputs["Exposure"].default_value, move.inputs["X"].default_value])
    found["changed"] = {}

    def change(name, do, undo):
        do()
        changed = state(scene, dub)[0]
        undo()
        found["changed"][name] = [changed, state(scene, dub)[0]]

    def say(text):
        return lambda: setattr(driver, "expression", text)

    point = curves.mapping.curves[3].points[0]
    key = module("frame_curves").all_curves(tree)[0].keyframe_points[1]
    change("driver", say("2 * frame"), say("frame - 1001"))
    change("curve", lambda: setattr(point, "location", (0.0, 0.2)),
           lambda: setattr(point, "location", (0.0, 0.0)))
    change("key", lambda: setattr(key, "interpolation", "LINEAR"),
           lambda: setattr(key, "interpolation", "BEZIER"))
    variable = driver.variables.new()
    found["unseen"] = [variable.name, module("upstream").plate_of(dub).untracked]
    return found


def image_offsets(folder, core):
    """An Image node's start, offset and hold: what the core reads of the file is what Blender shows."""
    folder = Path(folder)
    scene, tree, dub = shot(folder, core, frames=(1001, 1003))
    first = _numbered(folder / "clip", 1, 20)
    found = {}
    for start, offset in ((1001, 0), (1001, 4), (998, -2)):
        node = stage.sequence(tree, first, 1, 20)
        node.frame_start, node.frame_offset = start, offset
        tree.links.new(node.outputs["Image"], dub.inputs["Image"])
        done = bake(dub)
        written = json.loads((folder / "dubnodes/shot/Dub/shot.json").read_text())["media"]["plate"]
        seen = stage.pixels(stage.rendered(scene, tree, node.outputs["Image"], folder / "s.exr", 1002))
        # Plate frame f is file f - first + the first file's number.
        found[f"{start} {offset}"] = [done, float(seen[0, 0, 0]), 1002 - written["first"] + 1]
    return found


def sequencer_offset(folder, core):
    """A Scene strip that begins elsewhere and skips frames shows the comp's own frames, and is guarded."""
    scene, _, dub = shot(folder, core, frames=(1001, 1006))
    knobs = dub.node_tree.dubnodes.drive__drive_from_video
    for frame, value in ((1001, 1.0), (1006, 6.0)):
        knobs.opening_gain = value
        knobs.keyframe_insert("opening_gain", frame=frame)
    found = {"bake": bake(dub)}
    edit = bpy.data.scenes.new("Edit")
    edit.render.resolution_x, edit.render.resolution_y = SIZE
    edit.view_settings.view_transform = "Standard"
    editor = edit.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_scene("Comp", scene, channel=1, frame_start=51)
    strip.frame_offset_start = 2
    strip.scene_input = "CAMERA"
    edit.frame_start, edit.frame_end = 53, 56
    found["shown"] = {}
    for frame in (53, 55):
        ours = 1001 + frame - 51  # the strip's first frame is the comp's
        in_edit = _picture(edit, Path(folder) / f"edit.{frame}.exr", frame)
        found["shown"][ours] = [in_edit, _picture(scene, Path(folder) / "comp.exr", ours)]
    baked = Path(bpy.path.abspath(dub.node_tree.nodes["Baked Frames"].image.filepath))
    baked.with_name("Dub.1005.exr").unlink()
    found["stops"] = _stops(edit, Path(folder) / "edit.54.exr", 54), _stops(edit, Path(folder) / "e.exr", 55)
    return found


def _picture(scene, path, frame):
    """The red of the disc's middle in a render of `scene`."""
    bpy.context.window.scene = scene
    scene.frame_set(frame)
    stage.exr_output(scene, path)
    bpy.ops.render.render(write_still=True)
    return float(stage.pixels(path)[24, 36, 0])


def _stops(scene, path, frame):
    """What the guard would end a background render of that frame with; "" where it lets it pass."""
    guard, told = module("guard"), []

    def tell(text, code):
        told.append(f"{code}: {text}")

    stop, guard._stop = guard._stop, tell
    try:
        _picture(scene, path, frame)
    finally:
        guard._stop = stop
    return told[0] if told else ""
