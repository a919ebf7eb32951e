"""One run of the core's `dub` beside Blender: its lines as they come, and how it is stopped. No bpy."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence

from .shared_core.client.protocol import WorkerError
from .shared_core.client.worker import scrubbed_environment
from .shared_core.spec.errors import BadInput, Cancelled, DubError, Transient

_ERRORS = {kind.exit_code: kind for kind in (BadInput, Transient, Cancelled)}


def words_of(python: str, *words: str) -> list[str]:
    """The command line: -I keeps the host's packages out of the core's Python."""
    return [python, "-I", "-u", "-m", "shared_core.cli.main", *words]


def error_for(code: int, text: str) -> DubError:
    """What an exit code means, as the error that has it."""
    error = _ERRORS.get(code, DubError)(text)
    error.exit_code = code
    return error


class DubCommand:
    """Starts the command. hear: called from a thread with every line.

    patience: s that a stop waits for; what then still runs ends by itself, or is killed `grace` s later.
    Raises WorkerError where it cannot be started.
    """

    def __init__(
        self, words: Sequence[str], hear: Callable[[str], None], patience: float = 15.0, grace: float = 0.0,
    ) -> None:
        try:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env=scrubbed_environment(), text=True, encoding="utf-8", errors="replace")
        except OSError as error:
            raise WorkerError(f"{words[0]}: cannot be started: {error}; set the core's Python") from None
        self._hear, self._patience, self._grace = hear, patience, grace
        self._reader = threading.Thread(target=self._read, daemon=True, name="dub-command")
        self._reader.start()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    def steps(self) -> Iterator[None]:
        """Yield for as long as it runs; closing this stops the command."""
        try:
            while self.is_alive or self._reader.is_alive():
                yield
        finally:
            self._stop()

    def _read(self) -> None:
        with self._process.stdout:
            for line in self._process.stdout:
                self._hear(line.rstrip())

    def _stop(self) -> None:
        """Ask it to stop where it still runs: `dub` finishes what would be lost, and ends with 143."""
        if not self.is_alive:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=self._patience)
        except subprocess.TimeoutExpired:
            threading.Thread(target=self._see_it_end, daemon=True, name="dub-command-end").start()

    def _see_it_end(self) -> None:
        try:
            self._process.wait(timeout=self._grace)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
