"""Where a frame's time goes: read, each operator, encode, flush."""

from __future__ import annotations

import dataclasses
import os
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ...engine.plan import live_operators
from ...engine.progress import Silent
from ...engine.rendering import Renderer
from ...engine.session import Session
from ...media import exr_write
from ...spec.frames import FrameRange
from ...spec.operator import Operator


class Stopwatch:
    """Seconds by stage, summed over calls."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def around(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call`, its time counted to `stage`."""

        def timed(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*given, **named)
            finally:
                self.seconds[stage] += time.perf_counter() - began

        return timed


def timed_operators(watch: Stopwatch) -> dict[str, Operator]:
    """The live operators, each counted under its own name."""
    return {
        name: dataclasses.replace(operator, body=watch.around(name, operator.body))
        for name, operator in live_operators().items()
    }


def profile(shot: Path, frames: FrameRange) -> dict[str, float]:
    """Seconds a frame by stage, one stage after the other as if nothing overlapped.

    Changes what `exr_write` and `os.fsync` are in this process: call it in one that ends afterwards.
    """
    watch = Stopwatch()
    exr_write.encode_exr = watch.around("encode", exr_write.encode_exr)
    os.fsync = watch.around("flush", os.fsync)
    session = Session(shot, timed_operators(watch))
    clip = session.media.clip("plate")
    clip.image = watch.around("lender", clip.image)
    renderer = Renderer(session, frames, True, Silent())
    jobs = renderer.read()
    read, work = watch.around("read", lambda: next(jobs, None)), watch.around("work", renderer.work)
    write = watch.around("write", renderer.write)
    first = read()
    write(work(first))  # the first frame opens and imports
    watch.seconds.clear()
    while (job := read()) is not None:
        write(work(job))
    return split({stage: seconds / (len(frames) - 1) for stage, seconds in watch.seconds.items()})


def split(seconds: Mapping[str, float]) -> dict[str, float]:
    """Nested stages as stages that add up to the whole, in the order of work."""
    took = defaultdict(float, seconds)
    operators = {
        "mask": took["landmark_mask"],
        "warp": took["warp_flow_mesh"] - took["lender"],
        "composite": took["composite"],
    }
    return {
        "read the plate": took["read"],
        "mask": operators["mask"],
        "read the lenders": took["lender"],
        "warp": operators["warp"],
        "composite": operators["composite"],
        "other work": took["work"] - sum(operators.values()) - took["lender"],
        "planes of the passes": took["write"] - took["encode"] - took["flush"],
        "encode and write": took["encode"],
        "flush to disk": took["flush"],
    }
