"""Frame ranges as each program on a farm spells them. They are read in spec/frames.py alone.

OpenJD writes a step with a colon, `1-10:3`; Nuke takes one `-F 1-10x3` a run; Blender takes `1..10,15`.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..spec.frames import FrameRange, to_text


def to_openjd(frames: Iterable[int]) -> str:
    """`1-10:3,15`."""
    return to_text(frames).replace("x", ":")


def from_openjd(text: str, where: str = "--frames") -> FrameRange:
    """Read what OpenJD gives a task as its chunk; FrameRangeError where it is no range."""
    return FrameRange.parse(text.replace(":", "x"), where)


def to_nuke(frames: Iterable[int]) -> list[str]:
    """`-F 1-10x3 -F 15`, as arguments."""
    return [word for part in to_text(frames).split(",") for word in ("-F", part)]


def to_blender(frames: Iterable[int]) -> str:
    """`1..10,15`: runs, and single frames where there is a step."""
    parts = []
    for text in to_text(frames).split(","):
        part = FrameRange.parse(text)
        dense = len(part) == part.last - part.first + 1
        parts += [f"{part.first}..{part.last}"] if dense and len(part) > 1 else [str(f) for f in part]
    return ",".join(parts)
