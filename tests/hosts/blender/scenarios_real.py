"""Scenarios: the real core on real footage, in the circumstances that artists work in. See session.py."""

import os
import shutil
from pathlib import Path

import bpy
import stage
from played_shot import bake, module, state


def scene_with_dub(folder, core, plate, frames):
    """A saved scene with the movie `plate` and a Dub, whose performance is still to be picked."""
    scene, tree, reader, dub = stage.movie_with_dub(core, plate, frames)
    stage.output(tree, dub.outputs["Image"])
    bpy.ops.wm.save_as_mainfile(filepath=str(Path(folder) / "shot.blend"))
    return scene, tree, reader, dub


def baked_file(dub, frame):
    """The file that the node reads at `frame`."""
    first = Path(bpy.path.abspath(dub.node_tree.nodes["Baked Frames"].image.filepath))
    return str(first.with_name(f"{first.name.split('.')[0]}.{frame:04d}.exr"))


def voice(folder, core, plate, sound, start):
    """A voice picked from the panel, at 29.97 frames a second, from frame `start` on."""
    frames = (start, start + 7)
    scene, tree, _, dub = scene_with_dub(folder, core, plate, frames)
    scene.render.fps, scene.render.fps_base = 30, 1.001
    settings = dub.node_tree.dubnodes
    settings.performance = "VOICE"
    settings.voice = sound
    found = {"bake": bake(dub), "state": state(scene, dub), "shot": str(
        Path(folder) / "dubnodes" / "shot" / "Dub" / "shot.json")}
    found["baked"] = baked_file(dub, start + 4)
    stage.rendered(scene, tree, dub.outputs["Image"], Path(folder) / "out.exr", start + 4)
    return found


def looks(folder, core, plate, driver):
    """The same bake under each view transform, with exposure, gamma and a look of the artist's."""
    scene, tree, _, dub = scene_with_dub(folder, core, plate, (1, 2))
    dub.node_tree.dubnodes.driver = driver
    found = {"first": bake(dub), "views": {}}
    shutil.copy(baked_file(dub, 2), Path(folder) / "first.exr")
    plates = Path(folder) / "dubnodes" / "shot" / "Dub"
    for view in ("AgX", "Filmic", "Raw"):
        settings = scene.view_settings
        settings.view_transform, settings.exposure, settings.gamma = view, 1.5, 1.7
        kept = state(scene, dub)[0]
        for kind in ("plate", "frames"):
            shutil.rmtree(plates / kind)
        found["views"][view] = [kept, bake(dub)]
        shutil.copy(baked_file(dub, 2), Path(folder) / f"{view}.exr")
    return found


def own_config(folder, core, plate, driver):
    """$OCIO names a config of the artist's: what comes out around the matte, in the scene-linear buffer."""
    folder = Path(folder)
    scene, tree, reader, dub = scene_with_dub(folder, core, plate, (1, 4))
    scene.view_settings.view_transform = "Un-tone-mapped"
    reader.image.colorspace_settings.name = "sRGB - Texture"
    dub.node_tree.dubnodes.driver = driver
    found = {"bake": bake(dub), "state": state(scene, dub), "space": reader.image.colorspace_settings.name,
             "config": os.environ["OCIO"]}
    stage.rendered(scene, tree, reader.outputs["Image"], folder / "plate.exr", 3)
    stage.rendered(scene, tree, dub.outputs["Image"], folder / "out.exr", 3)
    found["baked"] = baked_file(dub, 3)
    return found


def full_disk(folder, core, plate, driver, disk):
    """The cache's disk fills in mid-bake, while frames are made; then while the plate is rendered."""
    stage.preferences().cache_folder = disk
    scene, _, _, dub = scene_with_dub(folder, core, plate, (1, 4))
    settings = dub.node_tree.dubnodes
    settings.driver = driver
    found = {"frame": bake(dub, "FRAME"), "first": state(scene, dub)}
    size = Path(baked_file(dub, 1)).stat().st_size
    ballast = Path(disk) / "ballast"
    _fill(ballast, size * 3 // 2)
    found["full"] = [bake(dub), state(scene, dub), settings.last_error, *_left(disk)]
    ballast.unlink()
    found["freed"] = [bake(dub), state(scene, dub), *_left(disk)]
    scene.frame_end = 6
    plate_size = next(Path(disk).rglob("plate.0001.exr")).stat().st_size
    _fill(ballast, plate_size * 3 // 2)
    found["plate"] = [bake(dub), state(scene, dub)[:2], settings.last_error, *_left(disk)]
    ballast.unlink()
    found["freed_again"] = [bake(dub), state(scene, dub), *_left(disk)]
    return found


def _fill(ballast, free):
    """Leave `free` bytes of the disk."""
    left = shutil.disk_usage(ballast.parent).free - free
    ballast.write_bytes(bytes(left))


def _left(disk):
    """What is half: hidden files, and pictures that are cut off."""
    hidden = sorted(path.name for path in Path(disk).rglob(".*") if path.is_file())
    glance = module("exr_glance").glance
    cut_off = sorted(path.name for path in Path(disk).rglob("*.exr") if glance(path) is None)
    return [hidden, cut_off]
