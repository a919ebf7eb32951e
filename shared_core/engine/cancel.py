"""Stop at the next safe moment when the artist or the farm says so."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

from ..spec.errors import Cancelled


class Cancellation:
    """Set from any thread or signal handler; read by the work between frames."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raise Cancelled if `cancel` was called."""
        if self.cancelled:
            raise Cancelled("stopped on request; frames that were finished stay and will be skipped")


@contextlib.contextmanager
def cancelled_by_signals() -> Iterator[Cancellation]:
    """A Cancellation that SIGTERM and SIGINT set; a second signal ends the process at once.

    Only the main thread may enter it; the former handlers are put back.
    """
    cancellation = Cancellation()

    def stop(number: int, frame: object) -> None:
        if cancellation.cancelled:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        cancellation.cancel()

    former = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield cancellation
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
