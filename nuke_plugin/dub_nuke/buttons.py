"""What the buttons of a Dub node call. Every fault becomes a message, and the node stays as it was."""

from __future__ import annotations

from typing import Any, Callable

import nuke

from shared_core.spec.errors import DubError
from shared_core.spec.frames import FrameRange

from . import bake as baking
from . import callbacks, create, names, status
from .dub_nodes import frame_range
from .request import look


def _said(action: Callable[[nuke.Node], Any]) -> Callable[[nuke.Node], Any]:
    """The action with its errors shown: on the node, and as a message where there is a GUI."""

    def run(node: nuke.Node) -> Any:
        try:
            return action(node)
        except (DubError, ValueError, OSError) as error:
            baking.fail(str(node.fullName()), error)
            if not nuke.GUI:
                raise
        except Exception as error:
            baking.fail(str(node.fullName()), baking.fault(error))
            if not nuke.GUI:
                raise
        return None

    return run


def _ask(text: str) -> bool:
    return bool(nuke.ask(text)) if nuke.GUI else True


@_said
def bake(node: nuke.Node) -> Any:
    """Bake the node's Frames."""
    return baking.bake(node, frame_range(node), _ask)


@_said
def bake_frame(node: nuke.Node) -> Any:
    """Bake the current frame alone."""
    return baking.bake(node, FrameRange.of([int(nuke.frame())]))


@_said
def bake_missing(node: nuke.Node) -> Any:
    """Bake those frames of Frames that are not there."""
    _, request = look(node, frame_range(node))
    record = request.record()
    missing = [f for f in request.frames if f not in record.states or record.missing([f])]
    if not missing:
        baking.apply(request, record)
        return None
    return baking.bake(node, FrameRange.of(missing), _ask)


@_said
def analyse(node: nuke.Node) -> Any:
    """Make the sidecars of a node that renders nothing, so that those below it find them."""
    return baking.analyse(node, frame_range(node))


@_said
def check(node: nuke.Node) -> str:
    """Look whether the bake is complete and still what the node asks for; say it on the node."""
    record = callbacks.record_of(node)
    if record is None:
        text, colour = names.NOT_BAKED, status.CHANGED
    else:
        frames = frame_range(node)
        _, request = look(node, frames)
        missing = record.missing(sorted({*record.frames, *frames}))
        stale = request.identity != record.identity
        text = status.STALE if stale else status.of_record(record, missing)
        colour = status.CHANGED if stale or missing else status.PLAIN
    status.show(node, text, colour)
    return text


@_said
def upgrade(node: nuke.Node) -> Any:
    """Replace the node by this version's."""
    return create.upgrade(node)
