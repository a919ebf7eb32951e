"""What has to run for a shot, independent of the engine that runs it."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .. import __version__, models
from ..engine.session import Session
from ..spec.errors import BadInput
from ..spec.frames import FrameRange
from ..spec.shot_values import Shot
from .parameters import JobKnob, job_knobs
from .tuning import TuneStep, tune_step

CHUNK = 50
"""Frames a task where nobody says otherwise; docs/scale.md derives it."""


@dataclass(frozen=True)
class HostRender:
    """A host's own render of its scene, once the frames are there.

    kind: nuke or blender. file: the script or scene. command: the program on the nodes, "" for the
    kind's name. write: the Nuke node to execute, "" for all that are switched on.
    """

    kind: str
    file: Path
    command: str = ""
    write: str = ""


@dataclass(frozen=True)
class Needs:
    """What a node has to have for one task: cores, GiB of memory, GPUs."""

    cpus: int = 2
    memory: float = 4.0
    gpus: int = 0


@dataclass(frozen=True)
class Options:
    """What the submitter chooses. frames: None for the shot's. timeout: minutes, for any one task.

    attempts: how often a task is tried where it ends with 75. python: the interpreter on the nodes.
    warm: keep one worker a session for the chunks. view: let the last step write preview and sheets.
    verify: key media by content, where the farm copies files and their times are not kept. tune: tune the
    shot's network first, in so many steps at most; None for not.
    """

    frames: FrameRange | None = None
    chunk: int = CHUNK
    needs: Needs = Needs()
    timeout: float = 240.0
    attempts: int = 3
    python: str = sys.executable
    warm: bool = True
    view: bool = True
    verify: bool = False
    host: HostRender | None = None
    tune: int | None = None


@dataclass(frozen=True)
class FarmJob:
    """A shot, what of it is wanted, and how. core: the version that every node has to have. tune: what is
    tuned first; `shot` then is the one with the tuned network.
    """

    shot: Shot
    frames: FrameRange
    options: Options
    knobs: tuple[JobKnob, ...] = ()
    inputs: tuple[Path, ...] = ()
    core: str = field(default=__version__)
    tune: TuneStep | None = None

    @property
    def sent(self) -> Shot:
        """The shot that was submitted."""
        return self.shot if self.tune is None else self.tune.shot

    @property
    def chunks(self) -> list[FrameRange]:
        """The frames of each task."""
        return self.frames.chunks(self.options.chunk)


def make_job(session: Session, options: Options) -> FarmJob:
    """The job of an opened shot, checked before anything is sent. Where it tunes, the shot that is rendered
    is written beside this one.

    Raises BadInput for an option out of range, MissingFrame for frames that the plate lacks,
    MediaError for media that are not there, ModelError for weights that have to be brought.
    """
    _check(options)
    frames = options.frames or session.shot.frames
    session.media.require_frames(frames)
    for step in session.plan.shot_steps + session.plan.frame_steps:
        for name in step.operator.weights_with(step.knobs):
            models.path(name)  # fetched here, as nodes fetch nothing
    inputs = tuple(session.media.files())
    tune, shot = None, session.shot
    if options.tune is not None:
        tune, shot = tune_step(session, options.tune)
    return FarmJob(shot, frames, options, job_knobs(session.plan), inputs, tune=tune)


def _check(options: Options) -> None:
    ranges = {
        "--chunk": (options.chunk, 1, 100_000), "--attempts": (options.attempts, 1, 20),
        "--cpus": (options.needs.cpus, 1, 1024), "--memory": (options.needs.memory, 0.5, 10_000),
        "--gpus": (options.needs.gpus, 0, 64), "--timeout": (options.timeout, 1, 60 * 24 * 7),
    }
    if options.tune is not None:
        ranges["--with-tune"] = (options.tune, 1, 100_000)
    for name, (value, low, high) in ranges.items():
        if not (math.isfinite(value) and low <= value <= high):
            raise BadInput(f"{name} {value:g}: expected {low:g} to {high:g}")
    host = options.host
    if host is not None and not host.file.is_file():
        raise BadInput(f"--{host.kind} {host.file}: there is no such file; save the scene first")
