"""Submit: a node's bake as a job for a farm, by `dub submit`, and a Write of the comp as its last step.

The comp is prepared as for a bake. The job has a shot file of its own, since the node's is written
anew by the next bake, and renders a copy of the script in which the node shows the frames to come: so
the artist goes on working. Check on the node takes over what the farm has made.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import List, Optional

import nuke

from shared_core.spec.errors import BadInput, DubError
from shared_core.spec.frames import FrameRange
from shared_core.spec.shot import read_shot, write_shot

from . import background, bake, cache, callbacks, names, script_copy, status
from .dub_nodes import by_name, frame_range
from .dub_process import DubProcess
from .request import Request, prepare

ENGINES = ("local", "slurm", "deadline")
_PERCENT = re.compile(r"openjd_progress: ([0-9.]+)")


@dataclass(frozen=True)
class Choices:
    """What the artist chose. write: the Write to render once the frames are there, "" for none.

    plan_only: write the job and show it, send nothing. further: options of `dub submit`, as words.
    """

    engine: str
    frames: FrameRange
    chunk: int
    write: str = ""
    plan_only: bool = False
    further: List[str] = field(default_factory=list)


def submit(node: nuke.Node, choices: Choices) -> Optional[threading.Thread]:
    """Send the bake of `node` to a farm; return the thread that follows `dub submit` (GUI).

    Raises DubError with the node and the script as they were.
    """
    background.require_idle()
    write = _the_write(node, choices)
    before = (node[names.STATUS].value(), int(node["tile_color"].value()))
    status.show(node, status.RENDERING, status.WORKING)
    try:
        request = prepare(node, choices.frames)
        follower = _Follower(request, choices, _hand_over(node, write, request, choices), before)
    except BaseException:
        status.show(node, *before)
        raise
    status.show(node, f"{status.SENDING} {choices.engine}.", status.WORKING)
    thread = background.start(request.name, follower.run)
    if thread is None and follower.error is not None:
        raise follower.error
    return thread


def _hand_over(
    node: nuke.Node, write: Optional[nuke.Node], request: Request, choices: Choices
) -> DubProcess:
    """Write what the job reads, and start `dub submit`."""
    record, shot, script = _asked_record(request), _own_shot(request), None
    if write is not None:
        _require_all_of_frames(node, write, record)
        script = script_copy.save(node, write, request, record.frames)
    if choices.plan_only:
        return DubProcess(command(choices, shot, script))
    record.save(request.pattern.parent)
    try:
        return DubProcess(command(choices, shot, script))
    except BaseException:
        _forget_what_is_not_there(request)
        raise


def command(choices: Choices, shot: Path, script: Optional[Path]) -> List[str]:
    """The words after `dub`. On this machine the Write is rendered by this Nuke's own program."""
    words = ["submit", str(shot), "--engine", choices.engine, f"--frames={choices.frames}",
             f"--chunk={choices.chunk}"]
    if script is not None:
        words += ["--nuke", str(script), f"--write={choices.write}"]
        if choices.engine == "local":
            words.append(f"--host-command={nuke.EXE_PATH}")
    return [*words, *["--dry-run"] * choices.plan_only, *choices.further]


def _the_write(node: nuke.Node, choices: Choices) -> Optional[nuke.Node]:
    """The Write that is rendered afterwards; BadInput where its render could not show the dub."""
    if not choices.write:
        return None
    cache.saved_script(f"{choices.write} is rendered from its file")
    write = by_name(choices.write)
    if write is None or write.Class() != "Write":
        raise BadInput(
            f"Render afterwards: there is no Write {choices.write!r} in this script; choose one that is")
    shown = {str(one.fullName()): one for one in callbacks.shown_by(write)}
    if shown.pop(str(node.fullName()), None) is None:
        raise BadInput(
            f"Render afterwards: {write.name()} does not show {node.name()}; connect it, or choose none")
    for other in shown.values():
        fault = callbacks.unbaked(other, choices.frames)
        if fault:
            raise BadInput(f"{fault} first: {write.name()} shows it too, and its render would stop")
    return write


def _require_all_of_frames(node: nuke.Node, write: nuke.Node, record: cache.Record) -> None:
    """BadInput for frames that the Write renders and that are neither sent nor there."""
    rendered = callbacks.frames_of(write)
    left = [one for one in frame_range(node) if one in rendered and one not in record.frames]
    left = record.missing(left)
    if left:
        raise BadInput(
            f"{node.name()}: {FrameRange.of(left)} of its Frames are neither baked nor sent, and"
            f" {write.name()} would stop for them; send them too, or change Frames"
        )


def _own_shot(request: Request) -> Path:
    """The job's shot file, shot.1a2b3c4d.json beside the node's: the same content, the same name."""
    shot = read_shot(request.shot)
    path = request.shot.with_name(f"{request.shot.stem}.{shot.digest()[:8]}.json")
    return Path(str(write_shot(shot, path).path))


def _asked_record(request: Request) -> cache.Record:
    """The record of the bake, with the frames that are sent among those asked for."""
    record = request.arrived()
    record.frames = sorted({*record.frames, *request.frames})
    return record


def _forget_what_is_not_there(request: Request) -> None:
    """Of a job that failed keep on record what it made, and expect no more of it."""
    record = request.arrived()
    record.frames = sorted(record.states)
    if record.frames:
        record.save(request.pattern.parent)
    else:
        request.record_path.unlink()


class _Follower:
    """Shows what `dub submit` says, and on the node what became of it. before: the node's state."""

    def __init__(self, request: Request, choices: Choices, process: DubProcess, before: tuple) -> None:
        self._request, self._choices, self._process, self._before = request, choices, process, before
        self._own_words: List[str] = []
        self._in_engine = False
        self.error: Optional[Exception] = None

    def run(self) -> None:
        """To the end of the command; its error is shown on the node."""
        asked = self._request
        self._task = nuke.ProgressTask(f"Dub submit {asked.name}")
        self.error = background.error_of(self._followed, (DubError, RuntimeError))
        del self._task
        if self.error is None:
            self.error = background.error_of(lambda: background.in_main_thread(self._say_sent))
        elif not self._choices.plan_only:
            _forget_what_is_not_there(asked)
        if self.error is not None:
            background.in_main_thread(bake.fail, asked.node, asked.name, self.error)

    def _followed(self) -> None:
        self._process.follow(self._tell, self._task.isCancelled)

    def _tell(self, line: str) -> None:
        """Every line to the terminal and the progress bar; the plan is kept, for the artist to read."""
        print(line, flush=True)
        self._task.setMessage(line.strip()[-120:])
        percent = _PERCENT.search(line)
        if percent:
            self._task.setProgress(min(int(float(percent[1])), 100))
        if not self._in_engine:
            self._own_words.append(line)
        self._in_engine = self._in_engine or (
            self._choices.engine == "local" and line.strip().startswith("bundle "))

    def _say_sent(self) -> None:
        node, choices = bake.attached(self._request.node), self._choices
        further = "" if choices.plan_only else bake.elsewhere(self._request)
        if choices.engine == "local" and not choices.plan_only:
            bake.apply_later(self._request, self._request.arrived())
        elif node is not None:
            said = f"Sent to {choices.engine}: {choices.frames}. Check shows what is there."
            status.show(node, *(self._before if choices.plan_only else (said, status.WORKING)))
        if nuke.GUI:
            nuke.message("\n".join([*self._own_words, *filter(None, [further])]))
