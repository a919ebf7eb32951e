"""`blender -b FILE -f FRAMES` by bpy as a module, which has no command line, with the extension installed.

    <python with bpy> command_line.py STAGED -b FILE -f 1..4,7
"""

import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from session import enable, install  # noqa: E402


def frames_of(text):
    """Blender's notation: `1..4,7`."""
    for part in text.split(","):
        first, _, last = part.partition("..")
        yield from range(int(first), int(last or first) + 1)


def main(staged, background, file, render, frames):
    assert (background, render) == ("-b", "-f")
    resources = install(staged)
    import bpy

    enable()
    bpy.ops.wm.open_mainfile(filepath=file)
    scene = bpy.context.scene
    pattern = scene.render.filepath
    for frame in frames_of(frames):
        scene.frame_set(frame)
        scene.render.filepath = scene.render.frame_path(frame=frame)
        bpy.ops.render.render(write_still=True)
        scene.render.filepath = pattern
    shutil.rmtree(resources, ignore_errors=True)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
