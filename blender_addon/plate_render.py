"""Render what is upstream of a Dub node, in a Blender of its own: nothing in the artist's session is touched.

The session is saved as a copy, a background Blender opens it and writes the plate's frames (see
plate_render_script), and the bake goes on with them. So the interface stays alive, Esc works, and an
unsaved change is part of what is dubbed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import bpy

from . import versions
from .bake_order import BakeOrder
from .bake_task import Said
from .exr_glance import glance
from .shared_core.client.worker import scrubbed_environment
from .shared_core.spec.errors import BadInput, DiskError
from .shared_core.spec.frames import FrameRange

SCRIPT = Path(__file__).with_name("plate_render_script.py")
BAKING = "DUBNODES_RENDERS_A_PLATE"
"""Set in the background Blender, so that no Dubnodes there bakes in turn."""
_LINES_KEPT = 30


def plate_version(order: BakeOrder) -> versions.Version:
    """The version of the plate that the upstream nodes make as they are now."""
    return versions.find_or_make(order.folder, order.upstream, "plate")


class PlateRender:
    """Makes plate frames for one node. Prepared in the main thread, where Blender's data may be read."""

    def __init__(
        self, scene: Any, tree: Any, node: Any, saved_file: str = "", autoexec: bool = False
    ) -> None:
        self._job = {"scene": scene.name, "tree": tree.name, "in_scene": tree == _own_tree(scene),
                     "node": node.name}
        self._autoexec = autoexec
        self._saved_file = saved_file
        self._folder = ""

    def __call__(self, order: BakeOrder, frames: FrameRange) -> Iterator[Said]:
        """Render the frames that are missing; DiskError or BadInput with what Blender said."""
        version = plate_version(order)
        missing = _not_whole(version, frames)
        if not missing:
            return
        self._folder = tempfile.mkdtemp(prefix="dubnodes-")
        try:
            yield from self._render(version, missing)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
        # Blender says nothing of a picture that it could not write to its end.
        cut_off = _not_whole(version, missing)
        if cut_off:
            raise DiskError(f"the plate was not rendered: {version.folder}: {FrameRange.of(cut_off)} cut off;"
                            " free or unlock the disk")

    def _render(self, version: versions.Version, missing: list[int]) -> Iterator[Said]:
        yield Said("saving a copy for the plate", 0, len(missing))
        blend = self._saved_file or self._save_copy()
        job = Path(self._folder) / "job.json"
        job.write_text(json.dumps({
            **self._job, "blend": blend, "frames": missing, "folder": str(version.folder)}), encoding="utf-8")
        process = _start(job, blend, self._autoexec)
        reader = _Reader(process)
        try:
            while process.poll() is None or reader.is_reading:
                yield Said("render the plate", min(reader.made, len(missing)), len(missing))
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
        if process.returncode or reader.made < len(missing):
            raise reader.error(process.returncode)

    def _save_copy(self) -> str:
        path = str(Path(self._folder) / "plate.blend")
        bpy.ops.wm.save_as_mainfile(filepath=path, copy=True, check_existing=False, compress=False)
        return path


def _not_whole(version: versions.Version, frames: Iterable[int]) -> list[int]:
    """The frames that are not there; those that are cut off are deleted."""
    there, missing = version.frames(), []
    for frame in frames:
        if frame in there and glance(there[frame]) is not None:
            continue
        missing.append(frame)
        if frame in there:
            there[frame].unlink(missing_ok=True)
    return missing


def _own_tree(scene: Any) -> Any:
    return None if hasattr(scene, "compositing_node_group") else scene.node_tree


def blender_command(*arguments: str, autoexec: bool = False) -> list[str]:
    """The command line of a background Blender; bpy as a module has none, and its Python does instead."""
    if not bpy.app.binary_path:
        return [sys.executable, str(SCRIPT), *arguments]
    may_run = ["--enable-autoexec"] if autoexec else []
    return [bpy.app.binary_path, "--background", "--factory-startup", *may_run,
            "--python-exit-code", "1", "--python", str(SCRIPT), "--", *arguments]


def _start(job: Path, blend: str, autoexec: bool) -> subprocess.Popen:
    environment = {**os.environ, BAKING: "1"}
    if not bpy.app.binary_path:  # bpy as a module: its own Python has to keep its path
        environment = {**scrubbed_environment(environment), BAKING: "1"}
    command = blender_command(str(job), autoexec=autoexec)
    try:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=environment, text=True, encoding="utf-8", errors="replace")
    except OSError as error:
        raise BadInput(f"{command[0]}: cannot be started to render the plate: {error.strerror}") from None


class _Reader(threading.Thread):
    """Reads what the background Blender prints; counts the frames that it says it has made."""

    def __init__(self, process: subprocess.Popen) -> None:
        super().__init__(daemon=True, name="dubnodes-plate")
        self._stream = process.stdout
        self._lines: list[str] = []
        self._fault: dict[str, str] = {}
        self.made = 0
        self.start()

    @property
    def is_reading(self) -> bool:
        return self.is_alive()

    def run(self) -> None:
        with self._stream:
            for line in self._stream:
                if not line.startswith("DUBNODES "):
                    self._lines = [*self._lines[-_LINES_KEPT:], line.rstrip()]
                    continue
                event = json.loads(line.partition(" ")[2])
                self.made += "frame" in event
                self._fault = event if "error" in event else self._fault

    def error(self, code: int) -> Exception:
        """What went wrong, in the background Blender's words."""
        if self._fault:
            kind = DiskError if self._fault["kind"] == "OSError" else BadInput
            return kind(f"the plate was not rendered: {self._fault['error']}")
        said = "\n".join(self._lines[-8:])
        return BadInput(f"the plate was not rendered; Blender ended with code {code}:\n{said}")
