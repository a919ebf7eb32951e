"""What a Dub node says of itself: its state in words, and its colour in the node graph."""

from __future__ import annotations

from typing import List

import nuke

from shared_core.spec.frames import FrameRange

from . import names
from .cache import Record
from .undo import untraced

PLAIN, WORKING, CHANGED, FAILED = names.TILE, 0x7A6FC0FF, 0xC79A3AFF, 0xB23A3AFF
STALE = "Changed since the bake: press Bake."
GONE = "Its bake is not there: press Bake, or Check once its folder is back."
DUBBED = "dubbed"
RENDERING, BAKING, SENDING, TUNING = "Rendering what is connected.", "Baking.", "Sending to", "Tuning"
"""How what a node says begins while it is worked at."""


def show(node: nuke.Node, text: str, colour: int) -> None:
    """Set text and tint, outside the undo history: undo is for what the artist did."""
    if (node[names.STATUS].value(), node["tile_color"].value()) == (text, colour):
        return
    with untraced():
        node[names.STATUS].setValue(text)
        node["tile_color"].setValue(colour)


def of_record(record: Record, missing: List[int]) -> str:
    """`Baked 1001-1100: 96 dubbed; plate passed through at 1034-1037 (no_face).`"""
    there = sorted(record.states)
    if not there:
        return names.NOT_BAKED
    dubbed = sum(state == DUBBED for state in record.states.values())
    parts = [f"Baked {FrameRange.of(there)}: {dubbed} dubbed"]
    for reason in sorted(set(record.states.values()) - {DUBBED}):
        frames = [frame for frame, state in record.states.items() if state == reason]
        parts.append(f"plate passed through at {FrameRange.of(frames)} ({reason})")
    if missing:
        parts.append(f"not there: {FrameRange.of(missing)}")
    return "; ".join(parts) + "."


def sent(record: Record) -> str:
    """What is said of frames that a farm was asked for, before the first is there."""
    return f"Sent to a farm: none of {FrameRange.of(record.frames)} is there yet. Check looks again."


def at_frame(record: Record, frame: int) -> str:
    """What the node's label says at a frame; "" where all is well."""
    missing = bool(record.missing([frame]))
    if frame not in record.states:
        asked = frame in record.frames and not missing
        said = "was made by a farm; Check shows it" if asked else "not baked, the plate passes"
        return f"frame {frame}: {said}"
    if missing:
        return f"frame {frame}: its bake is missing"
    state = record.states[frame]
    return "" if state == DUBBED else f"frame {frame}: plate passed through ({state})"
