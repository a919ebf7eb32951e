"""What is measured in a process of its own: `python -m shared_core.evaluate.bench.tasks '{"task": ...}'`.

Each task prints one JSON object on its last line. A fresh process has no memory of the one before.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ...engine.progress import Silent
from ...spec.errors import BadInput, DubError
from ...spec.frames import FrameRange


def run_task(task: str, **arguments: Any) -> dict[str, Any]:
    """Run `task` in a new process; what it printed. DubError where it failed."""
    text = json.dumps({"task": task, **arguments}, default=str)
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    command = [sys.executable, "-m", "shared_core.evaluate.bench.tasks", text]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise DubError(f"bench task {task!r} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def prepare(shot: str) -> dict[str, Any]:
    """Seconds of each shot-scope operator; those that run twice are added up."""
    from ...engine.preparing import prepare_session
    from ...engine.session import Session
    from .stages import Stopwatch, timed_operators

    watch = Stopwatch()
    prepare_session(Session(shot, timed_operators(watch)))
    return {"operators": dict(watch.seconds)}


def render(shot: str, frames: str, keep: bool = True) -> dict[str, Any]:
    """Seconds of rendering `frames`, the shot already open and one frame rendered; peak memory of all.

    keep: leave the frames on disk; without it only the first stays.
    """
    from ...engine.rendering import render_session
    from ...engine.session import Session

    session, wanted = Session(shot), FrameRange.parse(frames)
    render_session(session, FrameRange.of([wanted.first]), overwrite=True)
    progress = Silent() if keep else _Remover(session.shot.frame_path(wanted.first))
    began = time.perf_counter()
    report = render_session(session, wanted, overwrite=True, progress=progress)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "states": sorted(set(report.states.values()))}


class _Remover(Silent):
    """Deletes frames that are written, so that a long shot needs no more disk than a short one."""

    def __init__(self, first: Path) -> None:
        self._first = first

    def advance(self, done: int) -> None:
        for path in self._first.parent.glob("*.exr"):
            if path != self._first:
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()


def copy(shot: str, frames: str, threads: int) -> dict[str, Any]:
    """Seconds of the plain read and write that stands against `render`: read the plates, write frames
    of the same channels. The shot's first frame has to be rendered.
    """
    from ...media.paths import find_media
    from ...media.plain_copy import PlainCopy, use_threads
    from ...spec.shot import read_shot

    use_threads(threads)
    opened, wanted = read_shot(Path(shot)), FrameRange.parse(frames)
    plates = find_media(opened.media_path("plate"))
    plain = PlainCopy(opened.frame_path(wanted.first))
    target = opened.folder / "plain.exr"
    plain.run(plates.path(wanted.first), target)
    times = [plain.run(plates.path(frame), target) for frame in wanted]
    read, write = (sum(column) for column in zip(*times, strict=True))
    return {"seconds": read + write, "read": read, "write": write, "channels": plain.channels}


def hear(seconds: float) -> dict[str, Any]:
    """Seconds that a voice of so many `seconds` takes: its features, and the mouth's curves from them."""
    import numpy as np

    from ...networks.mouth_from_speech.model import predict
    from ...networks.speech.features import speech_of
    from ...values import Sound

    rate = 48000
    time_s = np.arange(round(seconds * rate)) / rate
    syllables = 0.5 - 0.5 * np.cos(2 * np.pi * 4 * time_s)
    voice = syllables * np.sin(2 * np.pi * 140 * time_s + 3 * np.sin(2 * np.pi * 3 * time_s))
    began = time.perf_counter()
    speech = speech_of(Sound((0.3 * voice).astype(np.float32), rate, 0.0), "whisper")
    heard = time.perf_counter()
    predict(speech, np.arange(0, seconds, 1 / 25))
    return {"features": heard - began, "curves": time.perf_counter() - heard}


def profile(shot: str, frames: str) -> dict[str, Any]:
    """Seconds a frame by stage."""
    from .stages import profile as profiled

    return {"stages": profiled(Path(shot), FrameRange.parse(frames))}


def peak_megabytes() -> float:
    """The most memory that this process held. Linux's own counter starts anew with the program;
    getrusage's would begin at what the parent held.
    """
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024 / 1e6
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


TASKS = {"prepare": prepare, "render": render, "copy": copy, "profile": profile, "hear": hear}


def main() -> int:
    arguments = json.loads(sys.argv[1])
    task = arguments.pop("task")
    if task not in TASKS:
        raise BadInput(f"there is no task {task!r}; expected one of {', '.join(TASKS)}")
    result = TASKS[task](**arguments)
    print(json.dumps({**result, "peak_mb": peak_megabytes(), "torch": "torch" in sys.modules}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
