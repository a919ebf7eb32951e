"""The process that hosts talk to: JSON lines in, JSON lines out (see client/protocol.py).

It keeps the last shots open between jobs, so that one frame of a shot that is warm costs no more
than that frame. Standard output belongs to the protocol alone: what libraries print goes to
standard error. One thread listens, so that `cancel` and `ping` are heard while a job runs.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import traceback
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

from . import __version__
from .client.protocol import LONGEST_LINE, PROTOCOL, WorkerError, decode, encode, error_event
from .engine.threads import settle_threads
from .spec.errors import BadInput

_SHOTS_KEPT = 2
_AT_ONCE = ("ping", "cancel")


def main() -> int:
    """Serve until `shutdown` or until standard input is closed."""
    settle_threads()
    return Server(sys.stdin.buffer, _claim_standard_output()).run()


def _claim_standard_output() -> BinaryIO:
    """A stream to the real standard output, which from here on goes to standard error for all others."""
    sys.stdout.flush()
    ours = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return ours


class _EventProgress:
    """Progress as events of one job."""

    def __init__(self, tell: Any) -> None:
        self._tell, self._stage, self._total = tell, "", 0

    def begin(self, stage: str, total: int) -> None:
        self._stage, self._total = stage, total
        self.advance(0)

    def advance(self, done: int) -> None:
        self._tell({"event": "progress", "stage": self._stage, "done": done, "total": self._total})

    def end(self) -> None:
        pass

    def say(self, text: str) -> None:
        self._tell({"event": "say", "text": text})

    def log(self, text: str) -> None:
        self._tell({"event": "log", "text": text})


class Server:
    """Reads jobs from `source`, runs them in the caller's thread, writes events to `sink`."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink
        self._writing = threading.Lock()
        self._jobs: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._running: tuple[Any, Any] = (None, None)
        self._cancelled: set[Any] = set()
        self._state = threading.Lock()
        self._sessions: OrderedDict[Path, Any] = OrderedDict()

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop_everything())
        threading.Thread(target=self._listen, daemon=True, name="dub-listen").start()
        self._tell({"event": "ready", "protocol": PROTOCOL, "version": __version__, "pid": os.getpid()})
        while (message := self._next()) is not None:
            self._run_job(message)
        return 0

    def _next(self) -> dict[str, Any] | None:
        while True:
            try:  # a timeout, so that signals are handled while there is nothing to do
                return self._jobs.get(timeout=0.5)
            except queue.Empty:
                continue

    def _listen(self) -> None:
        for line in iter(lambda: self._source.readline(LONGEST_LINE), b""):
            try:
                message = decode(line)
            except WorkerError as error:
                self._tell({"id": None, **error_event(BadInput(str(error)))})
                continue
            if message.get("job") == "shutdown":
                break
            if message.get("job") in _AT_ONCE:
                self._answer_at_once(message)
            else:
                self._jobs.put(message)
        self._stop_everything()

    def _stop_everything(self) -> None:
        """No further job; the one that runs stops at its next safe moment."""
        self._jobs.put(None)
        with self._state:
            if self._running[1] is not None:
                self._running[1].cancel()

    def _answer_at_once(self, message: dict[str, Any]) -> None:
        if message["job"] == "cancel":
            with self._state:
                number, cancellation = self._running
                if cancellation is not None and number == message.get("target"):
                    cancellation.cancel()
                else:
                    self._cancelled.add(message.get("target"))
        if "id" in message:
            self._tell({"id": message["id"], "event": "done", "result": {"version": __version__}})

    def _run_job(self, message: dict[str, Any]) -> None:
        from .engine.cancel import Cancellation

        number, cancellation = message.get("id"), Cancellation()

        def tell(event: dict[str, Any]) -> None:
            self._tell({"id": number, **event})

        with self._state:
            self._running = (number, cancellation)
            if number in self._cancelled:
                self._cancelled.discard(number)
                cancellation.cancel()
        try:
            cancellation.check()
            tell({"event": "done", "result": self._result(message, _EventProgress(tell), cancellation)})
        except Exception as error:
            event = error_event(error)
            if event["kind"] == "Fault":
                traceback.print_exc()
            tell(event)
        finally:
            with self._state:
                self._running = (None, None)

    def _result(self, message: dict[str, Any], progress: Any, cancel: Any) -> dict[str, Any]:
        job = message.get("job")
        jobs = {
            "describe": _describe, "outline": _outline,
            "prepare": _prepare, "render": _render, "render_one": _render_one,
        }
        if job not in jobs:
            raise BadInput(f"there is no job {job!r}; expected one of {', '.join(jobs)}")
        if job == "describe":
            return _describe()
        if job == "outline":
            return _outline(message, progress, cancel)
        return jobs[job](self._session(message), message, progress, cancel)

    def _session(self, message: dict[str, Any]) -> Any:
        """The session of the shot that the job names; a warm one where the shot has not changed."""
        from .engine.session import Session

        if not isinstance(message.get("shot"), str):
            raise BadInput(f"job {message.get('job')!r}: 'shot' has to be the path of a shot file")
        path = Path(message["shot"]).absolute()
        warm = self._sessions.pop(path, None)
        if warm is not None and warm.renew():
            self._sessions[path] = warm
            return warm
        session = self._sessions[path] = Session(path)
        while len(self._sessions) > _SHOTS_KEPT:
            self._sessions.popitem(last=False)[1].close()
        return session

    def _tell(self, event: dict[str, Any]) -> None:
        line = encode(event)
        try:
            with self._writing:
                while line:
                    line = line[self._sink.write(line):]
        except (BrokenPipeError, ValueError):
            self._jobs.put(None)


def _describe() -> dict[str, Any]:
    from .engine.plan import live_operators
    from .spec.catalogue import describe

    return describe(live_operators())


def _outline(message: dict[str, Any], progress: Any, cancel: Any) -> dict[str, Any]:
    """The lower face's outline in frames that are rendered: see engine.outline. Wants no shot."""
    from .engine.outline import outlines

    paths, points = message.get("paths"), message.get("points")
    if not isinstance(paths, dict) or type(points) is not int:
        raise BadInput("job 'outline': expected 'paths' {frame: path} and 'points', a whole number")
    try:
        named = {int(frame): Path(path) for frame, path in paths.items()}
    except (TypeError, ValueError):
        raise BadInput(f"job 'outline': paths {paths!r:.80}; expected frame numbers and paths") from None
    found, size = outlines(named, points, progress, cancel)
    return {"outlines": {str(frame): points for frame, points in found.items()}, "size": list(size)}


def _prepare(session: Any, message: dict[str, Any], progress: Any, cancel: Any) -> dict[str, Any]:
    from .engine.preparing import prepare_session

    wait = message.get("wait_seconds", 0.0)
    report = prepare_session(session, progress, cancel, wait if isinstance(wait, (int, float)) else 0.0)
    return {"made": report.made, "kept": report.kept, "warnings": report.warnings}


def _render(session: Any, message: dict[str, Any], progress: Any, cancel: Any) -> dict[str, Any]:
    from .engine.rendering import render_session
    from .spec.frames import FrameRange

    frames = FrameRange.parse(message["frames"], "frames") if message.get("frames") else None
    report = render_session(session, frames, message.get("overwrite") is True, progress, cancel)
    paths = {str(frame): str(session.shot.frame_path(frame)) for frame in sorted(report.states)}
    states = {str(frame): state for frame, state in sorted(report.states.items())}
    return {"made": sorted(report.made), "skipped": sorted(report.skipped), "states": states, "paths": paths}


def _render_one(session: Any, message: dict[str, Any], progress: Any, cancel: Any) -> dict[str, Any]:
    frame = message.get("frame")
    if type(frame) is not int:
        raise BadInput(f"job 'render_one': frame {frame!r}; expected a whole number")
    return _render(session, {**message, "frames": str(frame)}, progress, cancel)


if __name__ == "__main__":
    sys.exit(main())
