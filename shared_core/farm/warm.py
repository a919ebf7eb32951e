"""One worker for all chunks of a session, so that packages and the shot load once.

An environment of the job starts it: a process of its own that holds a worker (client/worker.py) and
listens on a socket in a folder that only this user may enter. Chunks find it by $DUB_WARM_WORKER. Where
it does not answer, a chunk says so and renders by itself: nothing depends on it but time.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

from ..client.protocol import WorkerError, error_event
from ..client.worker import Job, Worker
from ..engine.cancel import GRACE_SECONDS
from ..engine.progress import make_progress
from ..spec.errors import EXIT_CANCELLED, EXIT_DONE, EXIT_TRANSIENT, DubError, Transient
from ..spec.path_mapping import VARIABLE as PATH_MAP
from .attempts import Stop

VARIABLE = "DUB_WARM_WORKER"
START_SECONDS = 60.0
IDLE_SECONDS = 1800.0
"""A worker that nobody asked for so long belongs to a session that is gone."""
LONGEST_FOLDER = 90
"""A socket's whole path may have 107 letters."""
_POLL_SECONDS = 0.05


def address() -> str:
    """Where this session's worker listens; "" where there is none."""
    return os.environ.get(VARIABLE, "")


def start() -> str:
    """Start a server that outlives this process; the address that it listens on. Raises Transient."""
    if not hasattr(socket, "AF_UNIX"):
        raise Transient("a warm worker needs Unix sockets; --no-warm asks for none")
    folder = Path(tempfile.mkdtemp(prefix="dub-"))
    if len(str(folder)) > LONGEST_FOLDER:
        os.rmdir(folder)
        folder = Path(tempfile.mkdtemp(prefix="dub-", dir="/tmp"))
    where, log = str(folder / "worker"), folder / "log"
    with open(log, "wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "shared_core.farm", "warm-serve", where],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
        )
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if os.path.exists(where):
            return where
        time.sleep(_POLL_SECONDS)
    process.kill()
    told = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    shutil.rmtree(folder, ignore_errors=True)
    raise Transient(f"the warm worker did not start; its last words: {told.strip() or 'none'}")


def stop() -> int:
    """Tell the session's worker to end; well done also where it has ended."""
    with contextlib.suppress(OSError, EOFError, ValueError), Client(address()) as connection:
        _send(connection, {"job": "shutdown"})
        while True:
            connection.recv_bytes()  # ends with EOFError when the server is gone
    return EXIT_DONE


def render(shot: Path, frames: str, form: str, stop: Stop) -> int | None:
    """Render `frames` in the session's worker; the exit code, or None where it does not answer.

    form: of the progress lines. `stop` cancels it.
    """
    try:
        connection = Client(address())
    except OSError as error:
        print(f"no warm worker at {address()} ({error}): rendering without one", flush=True)
        return None
    job = {"job": "render", "shot": str(shot), "frames": frames, "path_map": os.environ.get(PATH_MAP, "")}
    try:
        with connection:
            _send(connection, job)
            return _follow(connection, form, stop)
    except (OSError, EOFError):
        print("the warm worker is gone", file=sys.stderr, flush=True)
        return EXIT_TRANSIENT


def _follow(connection: Connection, form: str, stop: Stop) -> int:
    """Print what the worker tells until the job ends, or `stop` was wanted and it had its time."""
    progress, stage, asked = make_progress(form), None, 0.0
    while True:
        if stop.wanted and not asked:
            asked = time.monotonic()
            _send(connection, {"job": "cancel"})
        if asked and time.monotonic() > asked + GRACE_SECONDS:
            return EXIT_CANCELLED  # the worker goes on to its next safe moment, and then stops
        if not connection.poll(_POLL_SECONDS):
            continue
        event = json.loads(connection.recv_bytes())
        kind = event.get("event")
        if kind == "progress":
            if event["stage"] != stage:
                stage = event["stage"]
                progress.begin(stage, event["total"])
            progress.advance(event["done"])
        elif kind in ("say", "log"):
            getattr(progress, kind)(event["text"])
        elif kind == "done":
            result = event["result"]
            progress.say(f"{len(result['made'])} made, {len(result['skipped'])} were up to date")
            return EXIT_DONE
        elif kind == "error":
            print(f"warm worker: {event['message']}", file=sys.stderr, flush=True)
            return int(event["exit_code"])


def serve(where: str) -> int:
    """Listen at `where` until told to end, or left alone for IDLE_SECONDS."""
    server = _Server()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{where}.new")
        listener.listen()
        os.rename(f"{where}.new", where)  # it is seen when it listens, and not before
        listener.settimeout(IDLE_SECONDS)
        try:
            while server.answer(Connection(listener.accept()[0].detach())):
                pass
        except TimeoutError:
            pass
        finally:
            server.close()
            shutil.rmtree(Path(where).parent, ignore_errors=True)
    return EXIT_DONE


class _Server:
    """Hands one job after the other to a worker; starts another where one died, or mapping differs."""

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._path_map = ""

    def answer(self, connection: Connection) -> bool:
        """Serve one connection to its end; False where it asked for the server's."""
        with contextlib.suppress(OSError, EOFError), connection:
            message = json.loads(connection.recv_bytes())
            if message.get("job") == "shutdown":
                self.close()
                return False
            try:
                job = self._warm(message.pop("path_map", "")).submit(message.pop("job"), **message)
                self._relay(job, connection)
            except WorkerError as error:
                _send(connection, error_event(error))
        return True

    @staticmethod
    def _relay(job: Job, connection: Connection) -> None:
        """Tell what the job tells; cancel it where the other side asks for that, or is gone."""
        try:
            while not job.finished:
                if connection.poll(_POLL_SECONDS):
                    connection.recv_bytes()  # all that is ever said here is: cancel
                    job.cancel()
                for event in job.events():
                    _send(connection, event)
        except (OSError, EOFError):
            with contextlib.suppress(DubError):  # its outcome concerns nobody any more
                job.cancel()
                job.wait(timeout=60.0)

    def _warm(self, path_map: str) -> Worker:
        if self._worker is not None and (not self._worker.alive or path_map != self._path_map):
            self.close()
        if self._worker is None:
            self._path_map = path_map
            environment = {**os.environ, PATH_MAP: path_map}
            self._worker = Worker(sys.executable, environment, start_seconds=START_SECONDS)
        return self._worker

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None


def _send(connection: Connection, message: dict[str, Any]) -> None:
    connection.send_bytes(json.dumps(message).encode())
