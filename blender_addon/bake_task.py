"""One bake from plate to last frame, in steps that a timer or a loop takes. Imports no bpy.

    for said in bake(order, wanted, worker, plates):    a Said every time that something is new
        ...

Closing the generator cancels: the frame that is at work is finished, and all frames that are whole stay.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from . import versions
from .bake_order import BakeOrder
from .shared_core.client.protocol import error_of
from .shared_core.spec.errors import Cancelled, DubError
from .shared_core.spec.frames import FrameRange
from .shared_core.spec.shot import write_shot

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Said:
    """Where a bake is. share: of the stage, 0 to 1. left: s, or None while unknown. percent: of the stage,
    where its steps are not known.
    """

    stage: str
    done: int = 0
    total: int = 0
    left: float | None = None
    note: str = ""
    version: versions.Version | None = None
    percent: int | None = None

    @property
    def share(self) -> float:
        if self.percent is not None:
            return self.percent / 100
        return self.done / self.total if self.total else 0.0

    def __str__(self) -> str:
        if self.percent is not None:
            return f"{self.stage} {self.percent} %"
        left = f", {clock(self.left)} left" if self.left is not None else ""
        return f"{self.stage} {self.done} of {self.total}{left}" if self.total else self.stage


def clock(seconds: float) -> str:
    """`1:05`."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def bake(
    order: BakeOrder, wanted: FrameRange, start_worker: Callable[[], Any],
    render_plate: Callable[[BakeOrder, FrameRange], Iterable[Said]] | None = None,
) -> Iterator[Said]:
    """Bake `wanted`, of the frames of `order`; the last Said has the version.

    start_worker: gives a client.Worker. render_plate: makes the plate's frames where the order's plate
    is upstream nodes. Raises what the core raises.
    """
    order.require_media()
    digest = order.digest()
    if render_plate is not None and order.upstream:
        yield from render_plate(order, order.plate_frames)
    earlier = versions.versions_of(order.folder)
    version = versions.find_or_make(order.folder, digest)
    version.note(content=order.digest(with_files=False))
    shot = write_shot(order.shot(f"{versions.FRAMES}/{version.name}"), order.folder / "shot.json")
    yield Said("starting the core", version=version)
    worker = start_worker()
    for said in follow_job(worker, "prepare", shot=str(shot.path), wait_seconds=600.0):
        yield _with(said, version)
    if earlier:
        version.seed(earlier[-1], wanted)
    began, done = time.monotonic(), 0
    try:
        for said in follow_job(worker, "render", shot=str(shot.path), frames=str(wanted)):
            done = max(done, said.done)
            yield _with(said, version)
    finally:  # the core makes frames in ascending order
        version.note_done(wanted.frames[:done])
        version.drop_what_is_not_done(wanted)
    if not earlier:  # later versions keep frames of earlier ones, which would look like speed
        version.note(seconds_a_frame=(time.monotonic() - began) / max(done, 1))
    yield Said("done", done, len(wanted), 0.0, version=version)


def _with(said: Said, version: versions.Version) -> Said:
    return Said(said.stage, said.done, said.total, said.left, said.note, version)


def follow_job(worker: Any, name: str, **arguments: Any) -> Iterator[Said]:
    """Where the job is, once a poll, and what it says; cancels it when the generator is closed."""
    job = worker.submit(name, **arguments)
    clockwork = _Clock()
    said = Said(name)
    try:
        while not job.finished:
            for event in job.events():
                if event.get("event") == "progress":
                    said = clockwork.said(event)
                elif event.get("event") == "say":
                    yield Said(said.stage, said.done, said.total, said.left, event["text"])
            yield said
    finally:
        if not job.finished:
            _cancel(job)
    if job.last["event"] == "error":
        raise error_of(job.last)


def _cancel(job: Any) -> None:
    """Stop the job and wait until it has: the worker serves the next one."""
    try:
        job.cancel()
        job.wait(timeout=60.0)
    except (Cancelled, DubError):
        pass


class _Clock:
    """The time that is left, from what the stage took so far."""

    def __init__(self) -> None:
        self._stage, self._began, self._first = "", 0.0, 0

    def said(self, event: dict[str, Any]) -> Said:
        stage, done, total = event["stage"], int(event["done"]), int(event["total"])
        if stage != self._stage:
            self._stage, self._began, self._first = stage, time.monotonic(), done
        made = done - self._first
        spent = time.monotonic() - self._began
        left = spent / made * (total - done) if made else None
        return Said(stage, done, total, left)


def run(steps: Iterator[Said], tell: Callable[[Said], None] = lambda said: None) -> Said:
    """Go through all steps, waiting in between; the last one. For background sessions.

    tell: called with every note, and with every tenth of a stage.
    """
    last = Said("nothing to do")
    for said in steps:
        if said.note or (said.stage, int(said.share * 10)) != (last.stage, int(last.share * 10)):
            tell(said)
        last = said
        if not said.note and said.stage != "done":
            time.sleep(POLL_SECONDS)
    return last

