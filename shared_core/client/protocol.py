"""What host and worker say to each other: one JSON object a line, UTF-8.

To the worker:   {"id": 7, "job": "render", "shot": "/a/shot.json", "frames": "1001-1010"}
From the worker: {"event": "ready", "protocol": 1, "version": "0.1.0"}            once, unasked
                 {"id": 7, "event": "progress", "stage": "render", "done": 3, "total": 10}
                 {"id": 7, "event": "say", "text": "frame 1004: plate passed through: ..."}
                 {"id": 7, "event": "log", "text": "frame 1004: written, dubbed"}      may be left unread
                 {"id": 7, "event": "done", "result": {...}}                      or
                 {"id": 7, "event": "error", "kind": "ShotError", "exit_code": 2, "message": "..."}

Jobs run one after the other. `ping` and `cancel` (with `target`, an id) are answered at once, also
while a job runs. The worker ends on `shutdown`, and when its standard input is closed.
"""

from __future__ import annotations

import json
from typing import Any, Dict

from ..spec import errors

PROTOCOL = 1
JOBS = ("describe", "outline", "prepare", "render", "render_one", "ping", "cancel", "shutdown")
LONGEST_LINE = 16 * 2**20


class WorkerError(errors.DubError):
    """The worker ended, cannot be started, or said something that is not the protocol."""

    exit_code = errors.EXIT_TRANSIENT


def encode(message: Dict[str, Any]) -> bytes:
    """One line."""
    return json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Dict[str, Any]:
    """The object of one line; WorkerError for anything else."""
    try:
        message = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise WorkerError(f"{line[:80]!r} is not a line of the worker's protocol")
    return message


def error_event(error: BaseException) -> Dict[str, Any]:
    """What an exception becomes; one that is not a DubError is a fault in Dubnodes, and says so."""
    if isinstance(error, errors.DubError):
        return {
            "event": "error", "kind": type(error).__name__,
            "exit_code": error.exit_code, "message": str(error),
        }
    text = f"a fault in Dubnodes: {type(error).__name__}: {error}; the worker's log has the traceback"
    return {"event": "error", "kind": "Fault", "exit_code": 1, "message": text}


def error_of(event: Dict[str, Any]) -> errors.DubError:
    """The exception that an error event stands for, of the same class where it is one of ours."""
    kind = getattr(errors, str(event.get("kind")), None)
    if not (isinstance(kind, type) and issubclass(kind, errors.DubError)):
        kind = WorkerError
    error = kind(str(event.get("message", "the worker gave no reason")))
    if isinstance(event.get("exit_code"), int):
        error.exit_code = event["exit_code"]
    return error
