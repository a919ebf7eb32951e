"""Stop at the next safe moment when the artist or the farm says so."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator

from ..spec.errors import EXIT_CANCELLED, Cancelled

GRACE_SECONDS = 1.5
"""From the signal to the end: engines kill after a few seconds, some after two."""


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
def cancelled_by_signals(grace_seconds: float = GRACE_SECONDS) -> Iterator[Cancellation]:
    """A Cancellation that SIGTERM and SIGINT set; a second signal ends the process at once.

    Where the work has not stopped `grace_seconds` later (a frame of a large plate takes longer), or at a
    second signal (which may be the first, sent to a group and handed on by a parent in it), the process
    ends with 143 as it is, and what it was writing is taken away. Only the main thread may enter it; the
    former handlers are put back.
    """
    cancellation = Cancellation()
    timer = threading.Timer(grace_seconds, _end_now)
    timer.daemon = True

    def stop(number: int, frame: object) -> None:
        if cancellation.cancelled:
            _end_now()
        cancellation.cancel()
        timer.start()

    former = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield cancellation
    finally:
        timer.cancel()
        for number, handler in former.items():
            signal.signal(number, handler)


def _end_now() -> None:
    """End the process without waiting for its work: nothing half made stays behind."""
    from ..media.atomic import discard_unfinished
    from .lock import release_all

    discard_unfinished()
    release_all()
    with contextlib.suppress(RuntimeError):  # the signal came while this thread was printing there
        print("stopped on request in the middle of a frame; those that were finished stay", file=sys.stderr)
        sys.stderr.flush()
    os._exit(EXIT_CANCELLED)
