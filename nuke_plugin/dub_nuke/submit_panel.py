"""What Submit asks: where to, which frames, and what to render afterwards."""

from __future__ import annotations

import shlex
from typing import List, Optional

import nuke

from shared_core.spec.errors import BadInput
from shared_core.spec.frames import FrameRange

from . import names
from .dub_nodes import text_of
from .submit import ENGINES, Choices

CHUNK = 50
"""Frames a task; docs/scale.md derives it."""
NONE, SEND, PLAN = "none", "send", "plan-only"
_ENGINE, _FRAMES, _CHUNK = "Engine", "Frames", "Frames a task"
_WRITE, _DO, _FURTHER = "Render afterwards", "Do", "Further options"


def ask(node: nuke.Node) -> Optional[Choices]:
    """Show the panel and return what was chosen; None where it was cancelled.

    Raises BadInput and FrameRangeError for what cannot be read, and where there is no GUI to ask in.
    """
    if not nuke.GUI:
        raise BadInput(
            "Submit asks in a panel; without Nuke's GUI call dub_nuke.submit.submit, or `dub submit`")
    panel = nuke.Panel(f"Submit {node.name()}")
    panel.addEnumerationPulldown(_ENGINE, " ".join(ENGINES))
    panel.addSingleLineInput(_FRAMES, text_of(node, names.FRAMES))
    panel.addSingleLineInput(_CHUNK, str(CHUNK))
    panel.addEnumerationPulldown(_WRITE, " ".join([NONE, *writes()]))
    panel.addEnumerationPulldown(_DO, f"{SEND} {PLAN}")
    panel.addSingleLineInput(_FURTHER, "")
    if not panel.show():
        return None
    write = str(panel.value(_WRITE) or NONE)
    return Choices(
        engine=str(panel.value(_ENGINE)),
        frames=FrameRange.parse(str(panel.value(_FRAMES) or ""), _FRAMES),
        chunk=_number(str(panel.value(_CHUNK) or "")),
        write="" if write == NONE else write,
        plan_only=panel.value(_DO) == PLAN,
        further=_words(str(panel.value(_FURTHER) or "")),
    )


def writes() -> List[str]:
    """The Write nodes of the script that are on, outside groups: those that `nuke -X` can name."""
    with nuke.root():
        found = [one for one in nuke.allNodes() if one.Class() == "Write" and not one["disable"].value()]
    return sorted(str(one.name()) for one in found)


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadInput(f"{_CHUNK} {text!r}: expected a whole number, as {CHUNK}") from None


def _words(text: str) -> List[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise BadInput(
            f"{_FURTHER} {text!r}: {error}; write them as for `dub submit` in a terminal") from None
