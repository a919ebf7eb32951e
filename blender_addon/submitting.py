"""A submission of one node, in steps: read the node, let it point at the frames to come, send the shot."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from . import attach, core, kinds, status, versions
from .bake_task import Said
from .baking import read_node, running
from .blank_frame import is_blank, write_blank
from .exr_glance import glance
from .preferences import preferences
from .shared_core.spec.errors import DiskError
from .submission import Submission, layers_of, shot_to_send, submit
from .upstream import PlateFile, plate_of


def plate_size(scene: Any, node: Any) -> tuple[int, int]:
    """Width and height of the plate that is connected to `node`, px."""
    plate = plate_of(node)
    seen = glance(plate.first_file) if isinstance(plate, PlateFile) else None
    if seen is not None:
        return seen.width, seen.height
    share = scene.render.resolution_percentage / 100
    return int(scene.render.resolution_x * share), int(scene.render.resolution_y * share)


class Submitting:
    """One submission. Made in the main thread, as it reads Blender's data and points the node at the frames.

    With a scene to render, the file, which has to be saved (see require_saved), is saved again once the
    node points at them. Raises BadInput, KnobError, FrameRangeError or DiskError, saying what to do.
    """

    def __init__(self, scene: Any, tree: Any, node: Any, submission: Submission) -> None:
        python = core.find_python(preferences().core_python)
        self.name, self._order, plate = read_node(scene, tree, node, whole=True)
        self._order.require_media()
        self._submission = submission
        self._before = {group.name: attach.shown_folder(group) for group in self._groups()}
        self._version = versions.find_or_make(self._order.folder, self._order.digest())
        self._first = self._first_path()
        self._size = plate_size(scene, node)
        try:
            self._point_at_the_frames()
        except Exception:
            self._point_back()
            raise
        self._made = submit(self._order, self._version, submission, python, plate)
        self._steps = self._go()
        next(self._steps)  # from here on, closing it points the groups back

    def steps(self) -> Iterator[Said]:
        """Go on until the command has ended; closing it ends the command."""
        return self._steps

    def _go(self) -> Iterator[Said]:
        is_sent = False
        running["said"] = Said("begins")
        try:
            yield running["said"]
            for said in self._made:
                running["said"] = said
                if said.stage == "done":
                    is_sent = True
                    self._keep(said.note)
                yield said
        finally:
            self._made.close()
            running.clear()
            if is_sent:
                self._show()
            else:
                self._point_back()
            status.forget()

    def _groups(self) -> list[Any]:
        """The Dub group and those that follow it, looked up anew: pointers do not outlive an undo."""
        owner = bpy.data.node_groups.get(self.name)
        return kinds.followers_of(owner, bpy.data.node_groups) if owner is not None else []

    def _first_path(self) -> Path:
        """Where the farm writes the first frame."""
        return shot_to_send(self._order, self._version).frame_path(self._order.frames.first)

    def _point_at_the_frames(self) -> None:
        """Let the groups read the version's frames, the first of them blank where there is none yet."""
        if not any(frame in self._version.frames() for frame in self._order.frames):
            write_blank(self._first, self._size, layers_of(shot_to_send(self._order, self._version)))
        self._show()
        if self._submission.scene:
            _save()

    def _show(self) -> None:
        for group in self._groups():
            attach.attach(group, self._version, self._order.frames)

    def _point_back(self) -> None:
        """Nothing was sent, or it was stopped: show what there is, else what was shown before."""
        if is_blank(self._first):
            self._first.unlink()
        if self._version.frames():
            self._show()
            return
        # Without a window Blender calls every file changed.
        is_saved = bool(self._submission.scene) and (bpy.app.background or not bpy.data.is_dirty)
        for group in self._groups():
            before = self._before.get(group.name)
            if before is None or not attach.attach(group, versions.Version(before), self._order.frames):
                attach.detach(group)
        if is_saved:
            _save()

    def _keep(self, said: str) -> None:
        owner = bpy.data.node_groups.get(self.name)
        if owner is not None:
            owner.dubnodes.last_submission = said


def _save() -> None:
    """Save the open file where it lies; DiskError where that fails."""
    path = bpy.data.filepath
    try:
        bpy.ops.wm.save_mainfile(filepath=path, check_existing=False)
    except RuntimeError as error:
        raise DiskError(f"{path}: cannot be saved: {str(error).strip()}") from None
    if not os.path.exists(path):
        raise DiskError(f"{path}: was not saved; free or unlock the disk")
