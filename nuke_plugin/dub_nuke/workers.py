"""The one worker process of this Nuke: started when first needed, kept warm, ended with Nuke."""

from __future__ import annotations

import atexit
import threading
from typing import List

from shared_core.client import Worker, WorkerError
from shared_core.spec.errors import BadInput

from . import settings

_lock = threading.Lock()
_running: List[Worker] = []
_python: List[str] = []
START_SECONDS = 60.0


def core_python() -> str:
    """The Python that Dubnodes is installed for; BadInput where none is named."""
    python = settings.python_path()
    if not python:
        raise BadInput(
            "no Python is named for Dubnodes; run `dub install nuke`, set DUB_PYTHON, or choose it in"
            " Dub > Settings"
        )
    return python


def not_dubnodes(python: str) -> BadInput:
    """The error for a Python without Dubnodes."""
    return BadInput(
        f"{python} is not the Python of Dubnodes: it has no module shared_core; choose the one in"
        " which `dub` is installed, in Dub > Settings"
    )


def worker() -> Worker:
    """A worker that is alive, of the Python that the settings name now.

    Raises BadInput where none is named, WorkerError where that Python cannot run Dubnodes.
    """
    python = core_python()
    with _lock:
        if _running and (not _running[0].alive or _python != [python]):
            _end()
        if not _running:
            _running.append(_start(python))
            _python[:] = [python]
        return _running[0]


def _start(python: str) -> Worker:
    try:
        return Worker(python, start_seconds=START_SECONDS)
    except WorkerError as error:
        if "No module named" in str(error):
            raise not_dubnodes(python) from None
        raise


def close() -> None:
    """End the worker."""
    with _lock:
        _end()


def _end() -> None:
    while _running:
        _running.pop().close(1.0)
    _python.clear()


atexit.register(close)
