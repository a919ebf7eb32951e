"""Run a `dub` command with the core's Python: its lines as they come, its errors as ours, cancelling."""

from __future__ import annotations

import queue
import re
import subprocess
import sys
import threading
from typing import Any, Callable, Dict, List, Sequence

from shared_core.client import scrubbed_environment
from shared_core.spec.errors import (
    EXIT_BAD_INPUT,
    EXIT_CANCELLED,
    EXIT_DONE,
    EXIT_TRANSIENT,
    BadInput,
    Cancelled,
    Transient,
)

from .workers import core_python, not_dubnodes

_LOOK_SECONDS = 0.1
_KEPT = 40
_NO_CONSOLE = 0x08000000
_SAID = re.compile(r"(?:dub \w+|farm task): (\S.*)")
"""How the commands of Dubnodes write an error; a farm's program puts times before it."""


class DubProcess:
    """A `dub` command that runs. Raises BadInput where its Python cannot be started."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._python = core_python()
        command = [self._python, "-I", "-u", "-m", "shared_core.cli.main", *arguments]
        further: Dict[str, Any] = {"creationflags": _NO_CONSOLE} if sys.platform == "win32" else {}
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env=scrubbed_environment(), **further)
        except OSError as error:
            raise BadInput(
                f"{self._python}: cannot be started: {error.strerror}; set Dubnodes' Python in Dub > Settings"
            ) from None
        self._last: List[str] = []

    def follow(self, tell: Callable[[str], None], cancelled: Callable[[], bool]) -> None:
        """Hand every line to `tell` until the command ends; stop it as soon as `cancelled` says so.

        Raises what the command ended with: BadInput, Transient, Cancelled, RuntimeError for a fault.
        """
        lines: "queue.Queue[str]" = queue.Queue()
        reader = threading.Thread(target=self._read, args=(lines,), daemon=True, name="dub-lines")
        reader.start()
        stopped = False
        while reader.is_alive() or not lines.empty():
            try:
                line = lines.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                line = ""
            if line:
                self._last = [*self._last, line][-_KEPT:]
                tell(line)
            if not stopped and cancelled():
                stopped = True
                self._process.terminate()
        code = self._process.wait()
        if stopped:
            raise Cancelled("stopped on request; frames that are finished stay")
        if code != EXIT_DONE:
            raise self._error(code)

    def _read(self, lines: "queue.Queue[str]") -> None:
        stream = self._process.stdout
        assert stream is not None  # it is a PIPE
        with stream:
            for line in iter(stream.readline, b""):
                lines.put(line.decode("utf-8", "replace").rstrip())

    def _error(self, code: int) -> Exception:
        """What the command said last, as the error that its exit code stands for."""
        said = [found[1] for found in map(_SAID.search, self._last) if found]
        text = said[-1] if said else next(iter(self._last[::-1]), f"it ended with {code} and said nothing")
        if "No module named" in text and "shared_core" in text:
            return not_dubnodes(self._python)
        known = {EXIT_BAD_INPUT: BadInput, EXIT_TRANSIENT: Transient, EXIT_CANCELLED: Cancelled}
        return known.get(code, RuntimeError)(text)
