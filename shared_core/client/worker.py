"""Start the worker process, send it jobs, read what it says. For hosts: standard library alone.

    with Worker("/opt/dubnodes/.venv/bin/python") as worker:
        result = worker.submit("render", shot="/shots/sh010/shot.json", frames="1001-1010").wait(print)

No callback runs on another thread: a host's timer calls `job.events()`.
"""

from __future__ import annotations

import collections
import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from typing import Any, Callable, Deque, Dict, List, Mapping, Optional

from .protocol import LONGEST_LINE, PROTOCOL, WorkerError, decode, encode, error_of

SCRUBBED = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH")
_FINAL = ("done", "error")
_LOG_LINES = 200


def scrubbed_environment(environment: Optional[Mapping[str, str]] = None) -> Dict[str, str]:
    """The environment without what a host sets for its own Python and libraries.

    OMP_WAIT_POLICY=PASSIVE: idle threads of the worker do not take the host's processors.
    """
    clean = dict(os.environ if environment is None else environment)
    for name in SCRUBBED:
        clean.pop(name, None)
    clean["OMP_WAIT_POLICY"] = "PASSIVE"
    clean["PYTHONUTF8"] = "1"
    return clean


def worker_command(python: str) -> List[str]:
    """The worker's command line: -I keeps the user's and the host's packages out of it."""
    return [python, "-u", "-I", "-m", "shared_core.worker"]


class Job:
    """One job that was sent. Its events are read by the thread that calls, and by no other."""

    def __init__(self, worker: "Worker", number: int, name: str) -> None:
        self._worker = worker
        self._queue: "queue.Queue[Dict[str, Any]]" = queue.Queue()
        self.number = number
        self.name = name
        self.finished = False
        self.last: Dict[str, Any] = {}

    def events(self) -> List[Dict[str, Any]]:
        """What arrived since the last call; never blocks."""
        found = []
        while True:
            try:
                found.append(self._take(0.0))
            except queue.Empty:
                return found

    def wait(
        self, on_progress: Optional[Callable[[Dict[str, Any]], None]] = None, timeout: float = 0.0
    ) -> Dict[str, Any]:
        """Block until the job is finished and return its result; timeout: in s, 0 waits for ever.

        on_progress: called here, in the caller's thread, with each event before the last. Raises
        what the worker raised, WorkerError where it died or the time is over.
        """
        deadline = time.monotonic() + timeout if timeout else None
        while not self.finished:
            left = 3600.0 if deadline is None else deadline - time.monotonic()
            try:
                event = self._take(max(left, 0.001))
            except queue.Empty:
                if deadline is None:
                    continue
                raise WorkerError(f"job {self.name!r} was not finished within {timeout:g} s") from None
            if not self.finished and on_progress is not None:
                on_progress(event)
        if self.last["event"] == "error":
            raise error_of(self.last)
        return self.last.get("result", {})

    def cancel(self) -> None:
        """Ask the worker to stop this job; it ends with Cancelled, after the frame that it is at."""
        self._worker.send({"job": "cancel", "target": self.number})

    def put(self, event: Dict[str, Any]) -> None:
        """Hand in an event; for the worker's reading thread."""
        self._queue.put(event)

    def _take(self, seconds: float) -> Dict[str, Any]:
        event = self._queue.get(block=seconds > 0, timeout=seconds or None)
        if event.get("event") in _FINAL:
            self.finished, self.last = True, event
        return event


class Worker:
    """A worker process. python: the interpreter of the core's own environment, not the host's.

    start_seconds: how long it may take until it says that it is ready. Raises WorkerError where it
    cannot be started or speaks another version of the protocol.
    """

    def __init__(
        self, python: str, environment: Optional[Mapping[str, str]] = None, start_seconds: float = 60.0
    ) -> None:
        self._jobs: Dict[int, Job] = {}
        self._lock = threading.Lock()
        self._count = 0
        self._log: Deque[str] = collections.deque(maxlen=_LOG_LINES)
        self._ready: "queue.Queue[Dict[str, Any]]" = queue.Queue()
        try:
            self._process = subprocess.Popen(
                worker_command(python), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=scrubbed_environment(environment), **_no_window(),
            )
        except OSError as error:
            raise WorkerError(f"{python}: cannot be started: {error}; set the core's Python") from None
        self._buried = threading.Event()
        self._log_thread = threading.Thread(target=self._read_log, daemon=True, name="dub-log")
        self._event_thread = threading.Thread(target=self._read_events, daemon=True, name="dub-events")
        self._log_thread.start()
        self._event_thread.start()
        self.greeting = self._greet(start_seconds)

    def _greet(self, seconds: float) -> Dict[str, Any]:
        try:
            greeting = self._ready.get(timeout=seconds)
        except queue.Empty:
            self.close(0.0)
            raise WorkerError(f"the worker was not ready within {seconds:g} s\n{self.log()}") from None
        if greeting.get("protocol") != PROTOCOL:
            self.close(0.0)
            if greeting.get("event") == "died":
                raise WorkerError(greeting["message"])
            raise WorkerError(
                f"the worker speaks protocol {greeting.get('protocol')}, this plug-in {PROTOCOL};"
                " install core and plug-in of one version"
            )
        return greeting

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def log(self) -> str:
        """The last lines that the worker wrote to its standard error."""
        return "\n".join(self._log)

    def submit(self, job: str, **arguments: Any) -> Job:
        """Send a job; it runs when those before it are finished."""
        with self._lock:
            self._count += 1
            sent = Job(self, self._count, job)
            self._jobs[sent.number] = sent
        self.send({"id": sent.number, "job": job, **arguments})
        if self._buried.is_set():
            self._tell_the_rest()
        return sent

    def send(self, message: Dict[str, Any]) -> None:
        """Write one message; WorkerError where the worker is gone."""
        try:
            with self._lock:
                self._process.stdin.write(encode(message))
                self._process.stdin.flush()
        except (OSError, ValueError):
            raise WorkerError(self._epitaph()) from None

    def close(self, seconds: float = 5.0) -> None:
        """End the worker: ask, then terminate, then kill. Unfinished frames leave nothing behind."""
        if self.alive and seconds > 0:
            with contextlib.suppress(WorkerError):
                self.send({"job": "shutdown"})
        for end in (lambda: None, self._process.terminate, self._process.kill):
            end()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=max(seconds, 1.0))
                break
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        ends = ((self._event_thread, self._process.stdout), (self._log_thread, self._process.stderr))
        for thread, stream in ends:
            thread.join(timeout=1.0)
            if not thread.is_alive():  # else a child of the worker holds the other end
                stream.close()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read_events(self) -> None:
        try:
            for line in iter(lambda: self._process.stdout.readline(LONGEST_LINE), b""):
                event = decode(line)
                if event.get("event") == "ready":
                    self._ready.put(event)
                    continue
                job = self._jobs.get(event.get("id"))
                if job is not None:
                    job.put(event)
                    if event.get("event") in _FINAL:
                        self._jobs.pop(job.number, None)
        except (OSError, ValueError):
            pass
        except WorkerError as error:
            self._log.append(str(error))
            self._process.terminate()
        self._bury()

    def _bury(self) -> None:
        """Tell every job that waits that no answer will come."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5.0)
        self._log_thread.join(timeout=1.0)
        self._ready.put({"event": "died", "message": self._epitaph()})
        self._buried.set()
        self._tell_the_rest()

    def _tell_the_rest(self) -> None:
        message = self._epitaph()
        for job in list(self._jobs.values()):
            job.put({"event": "error", "kind": "WorkerError", "exit_code": 75, "message": message})
        self._jobs.clear()

    def _epitaph(self) -> str:
        return f"the worker ended with code {self._process.poll()}\n{self.log()}".rstrip()

    def _read_log(self) -> None:
        try:
            for line in self._process.stderr:
                self._log.append(line.decode("utf-8", "replace").rstrip())
        except (OSError, ValueError):
            pass


def _no_window() -> Dict[str, Any]:
    """On Windows, start no console window."""
    return {"creationflags": 0x08000000} if sys.platform == "win32" else {}
