"""Render frames: skip what is whole and right, make the rest, write each whole or not at all.

One thread reads ahead, one works, one writes; the work itself is one frame after the other with
OpenCV held to one thread, so that a frame has the same bits however many there are around it.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..media import is_whole, read_header, write_dub_frame
from ..spec.errors import DubError
from ..spec.frames import FrameRange
from .cancel import Cancellation
from .failures import FailureLog
from .files import sweep
from .frame import FrameMaker
from .heap import reuse_heap
from .keys import FrameKeys
from .pipeline import Pipeline
from .plate_image import PlateImage
from .progress import Progress, Silent
from .provenance import FRAME_KEY, STATE, Provenance
from .session import Session
from .state import DUBBED, MEANING, StateReader, summary


@dataclass
class RenderReport:
    """made, skipped: frame numbers. states: what became of each frame (see state.MEANING)."""

    made: list[int] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    states: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0

    def __str__(self) -> str:
        rate = f" in {self.seconds:.1f} s" if self.made else ""
        return f"{len(self.made)} made{rate}, {len(self.skipped)} were up to date: {summary(self.states)}"


@dataclass(frozen=True)
class _Job:
    """One frame on its way; native: None where its file is up to date already."""

    frame: int
    key: str
    path: Path
    native: Any = None
    outputs: dict[str, Any] = field(default_factory=dict)
    state: str = ""


class Renderer:
    """Everything that is the same for all frames of one job."""

    def __init__(self, session: Session, frames: FrameRange, overwrite: bool, progress: Progress) -> None:
        sidecars = session.sidecars()
        reuse_heap()
        shot, plan, media = session.shot, session.plan, session.media
        self._shot, self._media, self._progress = shot, media, progress
        self._overwrite, self._frames, self._count = overwrite, frames, len(frames)
        self._estimate_is_due = len(frames) > 1
        self._keys = FrameKeys(shot, plan, media, sidecars)
        self._maker = FrameMaker(shot, plan, media, sidecars)
        self._states = StateReader(shot, plan, sidecars)
        self._provenance = Provenance(shot, plan, sidecars, media)
        self._plate = media.clip("plate", reader="ahead")
        # Opens here, in the caller's thread, every clip that the reading thread asks for its key.
        self._keys.at(frames.first)
        self.report = RenderReport()
        self.failed: list[tuple[int, BaseException]] = []

    def read(self) -> Iterator[_Job]:
        """Each frame with its plate, or without it where nothing has to be made; for the reading thread."""
        for frame in self._frames:
            with self._blamed(frame):
                path, key = self._shot.frame_path(frame), self._keys.at(frame)
                state = "" if self._overwrite else finished_state(path, key)
                job = _Job(frame, key, path, None if state else self._plate.native(frame), state=state)
            yield job

    @contextlib.contextmanager
    def _blamed(self, frame: int) -> Iterator[None]:
        """Remember the frame at which something failed."""
        try:
            yield
        except Exception as error:
            self.failed.append((frame, error))
            raise

    def work(self, job: _Job) -> _Job | None:
        """The frame with all that the writer needs; None where nothing has to be made."""
        if self._estimate_is_due and self.report.made:
            self._say_size()
        if job.native is None:
            self.report.skipped.append(job.frame)
            self.report.states[job.frame] = job.state
            return None
        with self._blamed(job.frame):
            plate = PlateImage(job.native, self._media.colour)
            outputs = self._maker.make(job.frame, plate)
            state = self._states.at(job.frame, outputs["matte"])
        if state != DUBBED:
            self._progress.say(f"frame {job.frame}: {MEANING[state]}")
        return _Job(job.frame, job.key, job.path, job.native, outputs, state)

    def _say_size(self) -> None:
        """How much the frames take, from the first that was written; a warning where the disk is short."""
        self._estimate_is_due = False
        path = self._shot.frame_path(self.report.made[0])
        size, free = path.stat().st_size, shutil.disk_usage(path.parent).free
        text = f"about {size / 1e6:.1f} MB a frame, {size * self._count / 1e9:.2f} GB for all {self._count}"
        if size * self._count > free:
            text = f"warning: {text}, and only {free / 1e9:.2f} GB are free"
        self._progress.say(text)

    def write(self, job: _Job) -> None:
        """Put the frame on the disk; for the writing thread."""
        passes = {name: value for name, value in job.outputs.items() if name not in ("image", "matte")}
        with self._blamed(job.frame):
            write_dub_frame(
                job.path, job.native, job.outputs["image"], job.outputs["matte"],
                colour=self._media.colour, passes=passes,
                header=self._provenance.header(job.frame, job.key, job.state),
                pixel_type=self._shot.output.pixel_type, compression=self._shot.output.compression,
                colourspace=self._shot.output.colourspace,
                reference_display=self._provenance.reference_display(job.frame),
            )
        self._progress.log(f"frame {job.frame}: written, {MEANING[job.state]}")
        self.report.made.append(job.frame)
        self.report.states[job.frame] = job.state


def finished_state(path: Path, key: str) -> str:
    """The state of a frame on disk that is whole and has this key; "" where it has to be made."""
    if not path.is_file() or not is_whole(path):
        return ""
    try:
        header = read_header(path)
    except DubError:
        return ""
    return header.get(STATE, "") if header.get(FRAME_KEY) == key else ""


def render_session(
    session: Session,
    frames: FrameRange | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancel: Cancellation | None = None,
) -> RenderReport:
    """Render `frames` of the shot (its own range without), in ascending order.

    Raises MissingFrame naming all missing plate frames before anything is made; StaleSidecar where
    `prepare` has to run; CorruptMedia at the frame it concerns, DiskError, Cancelled: the frames
    that were finished stay, and the next run skips them.
    """
    progress, cancel = progress or Silent(), cancel or Cancellation()
    frames = frames or session.shot.frames
    session.media.require_frames(frames)
    for note in session.notes():
        progress.say(note)
    _hold_to_one_thread()
    renderer = Renderer(session, frames, overwrite, progress)
    sweep(session.shot.frame_path(frames.first).parent)
    began = time.monotonic()
    progress.begin("render", len(frames))
    try:
        Pipeline(renderer.read(), renderer.work, renderer.write, progress.advance, cancel).run()
    finally:
        progress.end()
        _keep_failures(session, renderer)
    for note in session.media.notes():
        progress.say(note)
    renderer.report.seconds = time.monotonic() - began
    return renderer.report


def _keep_failures(session: Session, renderer: Renderer) -> None:
    """Leave word of the frames that failed, and take away that of those that are made."""
    log = FailureLog(session.store.folder, session.shot.path)
    for frame, error in renderer.failed:
        log.record(frame, error)
    log.forget(renderer.report.states)


def _hold_to_one_thread() -> None:
    import cv2

    cv2.setNumThreads(1)
