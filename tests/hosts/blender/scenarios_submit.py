"""Scenarios: the Submit button. See session.py."""

import os
import time
from pathlib import Path

import bpy
import numpy as np
import stage
from exr_file import layered, write_exr
from played_shot import SIZE, bake, guard_off, module, plate_pixels, shot, standing, state


def submitted(dub, **arguments):
    """What the operator says: FINISHED, or the error's text."""
    try:
        return next(iter(bpy.ops.dubnodes.submit(group=dub.node_tree.name, **arguments)))
    except RuntimeError as error:
        return str(error).strip()


def shot_files(folder):
    return sorted((Path(folder) / "dubnodes" / "shot" / "Dub").glob("shot.v*.json"))


def pixel(folder, scene, tree, dub, frame):
    """The red of the disc's middle, as the scene renders it."""
    path = stage.rendered(scene, tree, dub.outputs["Image"], Path(folder) / "seen.exr", frame)
    return float(stage.pixels(path)[24, 36, 0])


def submits(folder, core):
    """Nothing baked, sent, waiting; frames that come later; what is shown at each point."""
    import fake_core

    scene, tree, dub = shot(folder, core, through_nodes=True)
    settings = dub.node_tree.dubnodes
    found = {"sent": submitted(dub, engine="deadline"), "said": settings.last_submission}
    found["waiting"] = [*state(scene, dub), module("status").status_of(
        scene, dub, stage.preferences().cache_folder).note]
    found["image"] = dub.node_tree.nodes["Baked Frames"].image.filepath
    with guard_off():
        path = stage.rendered(scene, tree, dub.outputs["Image"], Path(folder) / "w.exr", 1001)
    found["plate_stands"] = standing(plate_pixels(1001) * np.float32([2, 2, 2, 1]), stage.pixels(path))
    path = str(Path(folder) / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    found["files"] = [one.name for one in shot_files(folder)]
    # The artist goes on before the farm has begun: what was sent is not touched.
    settings.drive__drive_from_video.opening_gain = 2.0
    found["meanwhile"] = [bake(dub), state(scene, dub)[0], pixel(folder, scene, tree, dub, 1002)]
    settings.drive__drive_from_video.opening_gain = 1.0
    found["files_after"] = [one.name for one in shot_files(folder)]
    fake_core.make_frames(shot_files(folder)[0])
    found["sent_again"] = [submitted(dub, engine="deadline"), state(scene, dub)]
    with bpy.context.temp_override(active_node=dub):
        found["refresh"] = next(iter(bpy.ops.dubnodes.refresh()))
    found["shown"] = [pixel(folder, scene, tree, dub, frame) for frame in (1001, 1006)]
    found["baked_after"] = [bake(dub), state(scene, dub)[0]]
    return found


def submits_here(folder, core):
    """On this machine: fresh at the end, without the artist's doing; a changed knob after it is stale."""
    scene, tree, dub = shot(folder, core)
    follower = stage.add_dub(tree, "landmark_mask")
    follower.node_tree.dubnodes.source = dub.node_tree
    found = {"sent": submitted(dub, engine="local", chunk=3), "fresh": state(scene, dub)}
    found["follower"] = follower.node_tree.nodes["Baked Frames"].image.filepath
    found["shown"] = pixel(folder, scene, tree, dub, 1001)
    scene.frame_end = 1008
    found["longer"] = state(scene, dub)[:2]
    found["sent_longer"] = [submitted(dub, engine="local"), state(scene, dub)[:2]]
    dub.node_tree.dubnodes.drive__drive_from_video.opening_gain = 2.0
    found["stale"] = state(scene, dub)[0]
    return found


def submission_fails(folder, core):
    """A farm that is down, a stopped submission, a scene that is not saved: what was shown is shown again."""
    scene, tree, dub = shot(folder, core)
    settings = dub.node_tree.dubnodes
    found = {"down": submitted(dub, engine="slurm"), "panel": settings.last_error,
             "empty": [state(scene, dub)[0], "Baked Frames" in dub.node_tree.nodes]}
    bake(dub)
    settings.drive__drive_from_video.opening_gain = 2.0
    found["down_again"] = submitted(dub, engine="slurm", render=True)
    found["kept"] = dub.node_tree.nodes["Baked Frames"].image.filepath
    root = Path(folder) / "dubnodes" / "shot" / "Dub" / "frames"
    found["left"] = sorted(path.name for path in (root / "v002").iterdir() if path.suffix == ".exr")
    os.environ["FAKE_DELAY"] = "0"
    found["stopped"] = _stopped(scene, tree, dub)
    stage.preferences().core_python = str(Path(folder) / "nothing")
    found["no_core"] = submitted(dub)
    stage.preferences().core_python = core
    bpy.ops.wm.read_factory_settings(use_empty=True)
    module_again = __import__("addon_utils").enable("bl_ext.user_default.dubnodes", default_set=True)
    assert module_again is not None
    return {**found, "unsaved": _never_saved(core)}


def _stopped(scene, tree, dub):
    """Stopped before its first step: nothing of it stays."""
    submission = module("submission").Submission("local")
    steps = module("submitting").Submitting(scene, tree, dub, submission).steps()
    shown = dub.node_tree.nodes["Baked Frames"].image.filepath
    steps.close()
    time.sleep(0.1)
    return [shown, dub.node_tree.nodes["Baked Frames"].image.filepath, dict(module("baking").running)]


def _never_saved(core):
    stage.preferences().core_python = core
    scene, tree = stage.compositor((1, 2), SIZE)
    return submitted(stage.add_dub(tree), render=True)


def real_submission(folder, core, plate, driver, program):
    """The real core's job on this machine, over a movie, with the scene's own render as its last step."""
    folder = Path(folder)
    scene, tree, _, dub = stage.movie_with_dub(core, plate, (1, 4))
    dub.node_tree.dubnodes.driver = driver
    stage.exr_output(scene, folder / "final" / "final.####")
    stage.output(tree, dub.outputs["Image"])
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    found = {"sent": submitted(dub, engine="local", chunk=2, render=True, program=program),
             "said": dub.node_tree.dubnodes.last_submission, "state": state(scene, dub)}
    found["baked"] = bpy.path.abspath(dub.node_tree.nodes["Baked Frames"].image.filepath)
    stage.rendered(scene, tree, dub.outputs["Image"], folder / "here.exr", 3)
    # The job of a driver without a face fails in its first step.
    silent = folder / "nobody.exr"
    write_exr(silent, layered({"": np.zeros((64, 64, 4))}))
    dub.node_tree.dubnodes.driver = str(silent)
    found["fails"] = submitted(dub, engine="local")
    return found
