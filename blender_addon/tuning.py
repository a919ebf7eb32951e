"""A network fitted to a shot by the core's `dub tune`: shot file, command, what it says. Imports no bpy.

    for said in tune(order, tuning, python, start_worker, plates):    a Said every time that something is new
        ...

Closing the generator stops it after the step that is at work; the same tuning goes on from there later.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .bake_order import BakeOrder
from .bake_task import Said, follow_job
from .dub_command import DubCommand, error_for, words_of
from .recipe_slots import slots
from .shared_core.spec.errors import BadInput, DubError
from .shared_core.spec.frames import FrameRange
from .shared_core.spec.shot import write_shot
from .shared_core.spec.tune_defaults import STEPS

NETWORKS = {"align": "iptalker", "warp_flow_learned": "iptalker", "spade_inpaint": "iptalker"}
"""Operators that `dub tune` fits to a shot -> the network, as the command names it."""
SHOT_FILE, CHECKPOINTS = "shot.tune.json", "checkpoints"
_STEP = re.compile(r"\Astep (\d+) of (\d+):.*?([0-9.]+) s a step")
_COMPLAINT = "dub tune: "
_LINES_KEPT, _LINES_SAID = 40, 8
_PATIENCE, _GRACE = 3.0, 70.0
"""S that Esc waits for the step at work; s more before it is killed. The command gives itself 60."""
_stopping: list[DubCommand] = []


@dataclass(frozen=True)
class Tuning:
    """What the artist chose. steps: at most so many. holdout: plate frames to judge by, as text."""

    network: str
    steps: int = STEPS
    holdout: str = ""

    def command(self, python: str, shot: Path) -> list[str]:
        words = words_of(python, "tune", str(shot), self.network, "--steps", str(self.steps))
        return [*words, f"--holdout={self.holdout}"] if self.holdout else words


def network_of(recipe: str) -> str:
    """The network that `recipe` runs and a shot can have of its own; "" without one."""
    return next((NETWORKS[operator] for _, operator in slots(recipe).values() if operator in NETWORKS), "")


def tune(
    order: BakeOrder, tuning: Tuning, python: str, start_worker: Callable[[], Any],
    render_plate: Callable[[BakeOrder, FrameRange], Iterable[Said]] | None = None,
) -> Iterator[Said]:
    """Fit the network to the order's shot; the last Said has the checkpoint's path as its note.

    start_worker: gives a client.Worker, which prepares the shot. render_plate: makes the plate's frames where
    the order's plate is upstream nodes. Raises what the core raises, and BadInput for a range that is none.
    """
    _require_idle()
    if tuning.holdout:
        FrameRange.parse(tuning.holdout, "Hold Out")
    order.require_media()
    if render_plate is not None and order.upstream:
        yield from render_plate(order, order.plate_frames)
    shot = write_shot(order.shot("frames/tune"), order.folder / SHOT_FILE)
    yield Said("starting the core")
    yield from follow_job(start_worker(), "prepare", shot=str(shot.path), wait_seconds=600.0)
    yield from _run(tuning, python, shot.path)


def _require_idle() -> None:
    """Raise BadInput while one that was stopped is still at its last step: both would write one state."""
    _stopping[:] = [command for command in _stopping if command.is_alive]
    if _stopping:
        raise BadInput("the tuning that was stopped is still at its last step; press Tune again in a minute")


def _run(tuning: Tuning, python: str, shot: Path) -> Iterator[Said]:
    listener = Listener(tuning.steps)
    command = DubCommand(tuning.command(python, shot), listener.hear, _PATIENCE, _GRACE)
    try:
        with closing(command.steps()) as steps:
            for _ in steps:
                yield listener.said()
    finally:
        if command.is_alive:
            _stopping.append(command)
    if command.returncode:
        raise listener.error(command.returncode)
    yield Said("done", tuning.steps, tuning.steps, note=listener.checkpoint)


class Listener:
    """Makes sense of what `dub tune` prints. checkpoint: the path that it named at its end."""

    def __init__(self, steps: int) -> None:
        self.checkpoint = ""
        self._steps, self._done, self._pace, self._when = steps, 0, 0.0, time.monotonic()
        self._stage = "begin to tune"
        self._lines: list[str] = []

    def hear(self, line: str) -> None:
        """One line."""
        step = _STEP.match(line)
        if step:
            self._done, self._steps = int(step.group(1)), int(step.group(2))
            self._pace, self._when = float(step.group(3)), time.monotonic()
        elif line.startswith(("before: ", "step ")):
            self._stage = "tune"
        elif line.endswith(".safetensors") and Path(line).is_file():
            self.checkpoint = line
        elif line.strip() and self._stage != "tune":
            self._stage = line.strip()
        self._lines = [*self._lines, line][-_LINES_KEPT:]

    def said(self) -> Said:
        """Where it is now; the command itself says so every few steps."""
        if self._stage != "tune":
            return Said(self._stage)
        left = self._pace * (self._steps - self._done) - (time.monotonic() - self._when)
        return Said("tune", self._done, self._steps, max(left, 0.0) if self._pace else None)

    def error(self, code: int) -> DubError:
        """What went wrong, in the command's own words from its complaint on."""
        first = next((n for n, line in enumerate(self._lines) if line.startswith(_COMPLAINT)), 0)
        words = [line.removeprefix(_COMPLAINT) for line in self._lines[first:]][-_LINES_SAID:]
        said = "\n".join(words) or f"`dub tune` ended with code {code} and no word"
        return error_for(code, f"not tuned: {said}")


def checkpoints_of(folder: Path) -> list[Path]:
    """Those that Tune made for the shot whose bake lies in `folder`, newest first."""
    return sorted((folder / CHECKPOINTS).glob("[!.]*.safetensors"), reverse=True)


def sheet_of(checkpoint: Path) -> Path | None:
    """The picture of before and after beside a checkpoint, where there is one."""
    path = checkpoint.with_suffix(".png")
    return path if path.is_file() else None


def numbers_of(checkpoint: Path) -> list[str]:
    """What `dub tune` measured, in lines for a panel; empty for a checkpoint without numbers beside it."""
    try:
        found = json.loads(checkpoint.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    if not isinstance(found, dict) or "steps" not in found:
        return []
    lines = [f"{found['steps']} steps, learnt from {found.get('learnt_frames', '?')} frames"]
    if not found["steps"]:
        lines = ["no step was better than what it began with"]
    if "tuned_psnr_db" in found:
        before, after = float(found["before_psnr_db"]), float(found["tuned_psnr_db"])
        lines.append(f"{found['held_out_frames']} held out: {before:.1f} to {after:.1f} dB in the hole")
    elif "validation_psnr_db" in found:
        lines.append(f"{float(found['validation_psnr_db']):.1f} dB in the hole on frames kept apart")
    return lines
