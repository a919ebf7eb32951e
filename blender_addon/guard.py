"""No render with frames that are missing or stale: look before each frame, bake or stop.

Blender shows a missing file of a sequence as nothing, and swallows what a handler raises. So a
background render that cannot go on ends the process here, with the frames' numbers and the core's exit
codes: 2 where somebody has to do something, 75 where a retry may help. In a window nothing is ended:
the panel, the console and a message say what the frame lacks.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import bpy

from . import baking, core, kinds, status
from .bake_task import run
from .plate_render import BAKING
from .preferences import preferences
from .shared_core.spec.errors import EXIT_BAD_INPUT, DubError
from .shared_core.spec.frames import FrameRange

ALLOW = "DUBNODES_BAKE"
"""1 lets a background render bake, 0 forbids it; without, the preference says."""
_told: set[str] = set()


@bpy.app.handlers.persistent
def before_frame(scene: Any, *_: Any) -> None:
    """render_pre: fires for each frame, also where nothing but the compositor renders."""
    if os.environ.get(BAKING) or not scene.render.use_compositing:
        return
    try:
        faults = find_faults(scene)
        if not faults:
            return
        if bpy.app.background:
            if may_bake():
                _bake(scene, faults)
            faults = find_faults(scene)
            if faults:
                _stop(_text(scene, faults), EXIT_BAD_INPUT)
        else:
            _tell(scene, faults)
    except DubError as error:
        _fail(f"Dubnodes: {error}", error.exit_code)
    except Exception as error:  # Blender would swallow it, and render on without the dub
        _fail(f"Dubnodes: a fault of its own: {type(error).__name__}: {error}", 1)


@bpy.app.handlers.persistent
def before_render(*_: Any) -> None:
    """render_init: the next render tells anew."""
    _told.clear()


@bpy.app.handlers.persistent
def before_load(*_: Any) -> None:
    """load_pre: what is kept of the old file's groups is gone."""
    status.forget()
    baking.running.clear()


def find_faults(scene: Any) -> list[tuple[Any, status.Status]]:
    """The Dub nodes whose bake is not right for the scene's current frame."""
    found = []
    for _, node in kinds.nodes_of(kinds.compositor_of(scene)):
        group = kinds.group_of(node)
        if kinds.kind_of(group) != kinds.WHOLE or not any(socket.is_linked for socket in node.outputs):
            continue
        seen = status.status_of(scene, node, preferences().cache_folder)
        bad = seen.state in (status.STALE, status.EMPTY, status.FAULT)
        if bad or scene.frame_current in seen.missing:
            found.append((node, seen))
    return found


def may_bake() -> bool:
    """Whether a background render may bake what it lacks."""
    told = os.environ.get(ALLOW, "")
    return told == "1" if told in ("0", "1") else preferences().bake_in_background


def _bake(scene: Any, faults: list) -> None:
    for node, seen in faults:
        tree, node = baking.find_node(scene, kinds.group_of(node), node)
        saved = bpy.data.filepath  # in the background the file is what is open
        mode = "MISSING" if seen.state == status.MISSING else "ALL"
        steps = baking.Baking(scene, tree, node, mode, saved).steps()
        run(steps, lambda said: print("Dubnodes:", said.note or said, flush=True))


def _text(scene: Any, faults: list) -> str:
    lines = []
    for node, seen in faults:
        frames = f" (frames {FrameRange.of(seen.missing)})" if seen.missing else ""
        lines.append(f"Dubnodes: frame {scene.frame_current}: node {node.name!r}: {seen.text}{frames}")
    if bpy.app.background:
        lines.append(f"Dubnodes: bake in a session with a window, or let this render bake: {ALLOW}=1")
    return "\n".join(lines)


def _tell(scene: Any, faults: list) -> None:
    """In a window: say it once a render. This runs beside the main thread, which alone may draw."""
    text = _text(scene, faults)
    print(text, file=sys.stderr, flush=True)
    if _told:
        return
    _told.add(text)
    bpy.app.timers.register(lambda: _show(text), first_interval=0.1)


def _show(text: str) -> None:
    def draw(self, _context) -> None:
        for line in text.splitlines():
            self.layout.label(text=line)

    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window):
        bpy.context.window_manager.popup_menu(draw, title="Not dubbed", icon="ERROR")


def _fail(text: str, code: int) -> None:
    if bpy.app.background:
        _stop(text, code)
    print(text, file=sys.stderr, flush=True)


def _stop(text: str, code: int) -> None:
    """End the process: nothing else gives a background render an exit code."""
    print(text, file=sys.stderr, flush=True)
    core.close()
    sys.stdout.flush()
    os._exit(code)


_HANDLERS = (("render_pre", before_frame), ("render_init", before_render), ("load_pre", before_load))


def register() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    for name, handler in _HANDLERS:
        handlers = getattr(bpy.app.handlers, name)
        if handler in handlers:
            handlers.remove(handler)
