"""Scenarios: a saved file, rendered without a window. See session.py."""

import os
from pathlib import Path

import bpy
import stage
from played_shot import MODULE, bake, shot


def saved_shot(folder, core, keyed=False):
    """Bake and save, for the farm's scenarios."""
    scene, tree, dub = shot(folder, core)
    found = {"bake": bake(dub)}
    if keyed:
        dub.inputs["Amount"].default_value = 0.0
        dub.inputs["Amount"].keyframe_insert("default_value", frame=1001)
        dub.inputs["Amount"].default_value = 1.0
        dub.inputs["Amount"].keyframe_insert("default_value", frame=1005)
    stage.exr_output(scene, Path(folder) / "final" / "final.####")
    bpy.ops.wm.save_mainfile()
    return found


def farm(folder, frames, extension=True, cache_folder="//dubnodes"):
    """Open the saved file and render: as `blender -b shot.blend -s .. -e .. -a` does."""
    if not extension:
        import addon_utils

        addon_utils.disable(MODULE, default_set=True)
    bpy.ops.wm.open_mainfile(filepath=str(Path(folder) / "shot.blend"))
    if extension:
        stage.preferences().core_python = os.environ.get("FARM_CORE", "")
        stage.preferences().cache_folder = cache_folder
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = frames
    bpy.ops.render.render(animation=True)
    if not extension:
        import addon_utils

        addon_utils.enable(MODULE, default_set=True)
    return {"rendered": True}
