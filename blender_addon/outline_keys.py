"""At which frames an outline has to be keyed, so that straight motion between keys stays close. No bpy."""

from __future__ import annotations

import math

Outlines = dict[int, list[list[float]]]


def chosen_frames(outlines: Outlines, tolerance: float) -> list[int]:
    """The fewest frames that halving finds: first, last, and wherever a point strays over `tolerance` px.

    The rule of Douglas and Peucker, with time for its line and the farthest point for its distance.
    """
    frames = sorted(outlines)
    kept = {frames[0], frames[-1]}
    waiting = [(0, len(frames) - 1)]
    while waiting:
        first, last = waiting.pop()
        worst, where = 0.0, None
        for index in range(first + 1, last):
            off = _stray(outlines, frames[first], frames[last], frames[index])
            if off > worst:
                worst, where = off, index
        if where is not None and worst > tolerance:
            kept.add(frames[where])
            waiting += [(first, where), (where, last)]
    return sorted(kept)


def _stray(outlines: Outlines, first: int, last: int, frame: int) -> float:
    """How far the farthest point at `frame` lies beside the line between two keys, px."""
    share = (frame - first) / (last - first)
    return max(
        math.hypot(x - (ax + (bx - ax) * share), y - (ay + (by - ay) * share))
        for (ax, ay), (bx, by), (x, y) in zip(outlines[first], outlines[last], outlines[frame], strict=True)
    )
