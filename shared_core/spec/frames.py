"""Frame ranges: the one place that reads and writes them.

`1001-1100`, `1-100x2` (every second), `1,5,9-12`, negatives as `-5--1`. A colon is refused: it is a
step to OpenJD (`1-10:3` gives 4 frames) and an interleave to fileseq and OpenCue (10 frames).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable, Iterator, List, Tuple

from .errors import FrameRangeError

MOST_FRAMES = 10_000_000
FARTHEST = 2**40

_PART = re.compile(r"(-?[0-9]{1,12})(?:-(-?[0-9]{1,12})(?:x([0-9]{1,12}))?)?\Z", re.ASCII)
_FORMS = "write it as 1001-1100, 1-100x2 or 1,5,9-12"


@dataclass(frozen=True)
class FrameRange:
    """Frame numbers, ascending, each once."""

    frames: Tuple[int, ...]

    @classmethod
    def parse(cls, text: str, where: str = "frames") -> "FrameRange":
        """Read a range; a frame that the text names twice is there once, and order does not matter.

        Raises FrameRangeError, naming `where`, for any other spelling, an empty text, a range that
        runs backwards, a step of 0, or more than MOST_FRAMES frames.
        """
        if not isinstance(text, str) or not text.strip():
            raise FrameRangeError(f"{where}: {text!r} names no frame; {_FORMS}")
        if ":" in text:
            raise FrameRangeError(
                f"{where}: {text!r} holds ':', which OpenJD reads as a step and fileseq as an"
                " interleave; write every third frame as 1-10x3"
            )
        frames = set()
        for part in text.split(","):
            frames.update(_read_part(part.strip(), text, where))
            if len(frames) > MOST_FRAMES:
                raise FrameRangeError(f"{where}: {text!r} names more than {MOST_FRAMES} frames")
        return cls(tuple(sorted(frames)))

    @classmethod
    def of(cls, frames: Iterable[int]) -> "FrameRange":
        """The range of any frame numbers; FrameRangeError where there are none."""
        ordered = tuple(sorted({int(frame) for frame in frames}))
        if not ordered:
            raise FrameRangeError(f"no frame is left in the range; {_FORMS}")
        return cls(ordered)

    @property
    def first(self) -> int:
        return self.frames[0]

    @property
    def last(self) -> int:
        return self.frames[-1]

    def __iter__(self) -> Iterator[int]:
        return iter(self.frames)

    def __len__(self) -> int:
        return len(self.frames)

    def __contains__(self, frame: object) -> bool:
        return frame in self.frames

    def __str__(self) -> str:
        return to_text(self.frames)

    def chunks(self, size: int) -> List["FrameRange"]:
        """Consecutive parts of at most `size` frames, for a farm."""
        if size < 1:
            raise FrameRangeError(f"a chunk of {size} frames; expected 1 or more")
        return [FrameRange(self.frames[i : i + size]) for i in range(0, len(self.frames), size)]


def _read_part(part: str, text: str, where: str) -> Iterable[int]:
    match = _PART.match(part)
    if match is None:
        raise FrameRangeError(f"{where}: {part!r} in {text!r} is not a frame range; {_FORMS}")
    first = int(match.group(1))
    last = first if match.group(2) is None else int(match.group(2))
    step = 1 if match.group(3) is None else int(match.group(3))
    if max(abs(first), abs(last)) > FARTHEST:
        raise FrameRangeError(f"{where}: {part!r} lies beyond frame {FARTHEST}")
    if step == 0:
        raise FrameRangeError(f"{where}: {part!r} has a step of 0; expected 1 or more")
    if last < first:
        raise FrameRangeError(f"{where}: {part!r} runs backwards; write {last}-{first}")
    if (last - first) // step >= MOST_FRAMES:
        raise FrameRangeError(f"{where}: {part!r} names more than {MOST_FRAMES} frames")
    return range(first, last + 1, step)


def to_text(frames: Iterable[int]) -> str:
    """The shortest plain spelling: runs of two or more as `a-b`, of an even step from three on as `a-bxN`."""
    ordered = sorted(set(frames))
    parts, start = [], 0
    while start < len(ordered):
        end, step = _run(ordered, start)
        if end == start:
            parts.append(str(ordered[start]))
        else:
            parts.append(f"{ordered[start]}-{ordered[end]}" + (f"x{step}" if step > 1 else ""))
        start = end + 1
    return ",".join(parts)


def _run(ordered: List[int], start: int) -> Tuple[int, int]:
    """The last index of the even run that begins at `start`, and its step; a run of one for none."""
    if start + 1 >= len(ordered):
        return start, 1
    step = ordered[start + 1] - ordered[start]
    end = start + 1
    while end + 1 < len(ordered) and ordered[end + 1] - ordered[end] == step:
        end += 1
    if step > 1 and end - start < 2:
        return start, 1
    return end, step
