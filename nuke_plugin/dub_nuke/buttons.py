"""What the buttons of a Dub node call. Every fault becomes a message, and the node stays as it was."""

from __future__ import annotations

from typing import Any, Callable

import nuke

from shared_core.spec.errors import DubError
from shared_core.spec.frames import FrameRange

from . import background, callbacks, create, names, status, submit_panel
from . import bake as baking
from . import submit as submitting
from . import tune as tuning
from .dub_nodes import frame_range
from .request import look


def _said(action: Callable[[nuke.Node], Any]) -> Callable[[nuke.Node], Any]:
    """The action with its errors shown: on the node, and as a message where there is a GUI."""

    def run(node: nuke.Node) -> Any:
        name = str(node.fullName())
        try:
            return action(node)
        except (DubError, ValueError, OSError) as error:
            baking.fail(node, name, error)
            if not nuke.GUI:
                raise
        except Exception as error:
            baking.fail(node, name, background.fault(error))
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
    record = request.arrived()
    missing = record.wanting(request.frames)
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
    """Look whether the bake is complete and still what the node asks for; say it on the node.

    Frames of this state that a farm made are taken over: the node shows them from now on.
    """
    frames = frame_range(node)
    _, request = look(node, frames)
    record, shown = request.arrived(), callbacks.record_of(node)
    if record.states:
        baking.apply(request, record)
    elif shown is not None and shown.identity == request.identity:
        record = shown  # of the script that the node was copied from
    wanting = record.wanting(sorted({*record.frames, *frames}))
    if record.states:
        text = status.of_record(record, wanting)
    elif record.frames:
        text = status.sent(record)
    else:
        text = status.STALE if shown is not None else _without_record(node)
    status.show(node, text, status.CHANGED if wanting else status.PLAIN)
    return text


def _without_record(node: nuke.Node) -> str:
    return status.GONE if callbacks.is_baked(node) else names.NOT_BAKED


@_said
def submit(node: nuke.Node) -> Any:
    """Send the node's bake to a farm, as a panel asks."""
    choices = submit_panel.ask(node)
    return None if choices is None else submitting.submit(node, choices)


@_said
def tune(node: nuke.Node) -> Any:
    """Fit the node's network to the shot."""
    return tuning.tune(node)


@_said
def upgrade(node: nuke.Node) -> Any:
    """Replace the node by this version's."""
    return create.upgrade(node)
