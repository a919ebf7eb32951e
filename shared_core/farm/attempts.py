"""Run one command until it works, as often as is allowed: engines that retry do so in ways that hurt.

`openjd run` never retries, and Slurm's RequeueExit leaves `afterok` dependents waiting for ever. So a
task that ends with 75, or is killed, is tried again here, inside it. An error of the input is not.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

from ..engine.cancel import GRACE_SECONDS
from ..spec.errors import EXIT_CANCELLED, EXIT_TRANSIENT

FIRST_WAIT = 5.0
"""Seconds before the second attempt; twice as long before each further one."""


class Stop:
    """Set by SIGTERM and SIGINT; tells whoever asked to be told, at once."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._tell: Callable[[], None] = lambda: None

    @property
    def wanted(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait, but not once a stop is wanted; True where it is."""
        return self._event.wait(seconds)

    def now(self) -> None:
        """Want a stop from here on."""
        self._event.set()
        self._tell()

    @contextlib.contextmanager
    def telling(self, tell: Callable[[], None]) -> Iterator[None]:
        """Call `tell` when a stop is wanted; at once where it is already."""
        self._tell = tell
        try:
            if self.wanted:
                tell()
            yield
        finally:
            self._tell = lambda: None


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[Stop]:
    """A Stop that SIGTERM and SIGINT set; only for the main thread."""
    stop = Stop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    former = {number: signal.signal(number, lambda *_: stop.now()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def repeat(once: Callable[[], int], attempts: int, stop: Stop, first_wait: float = FIRST_WAIT) -> int:
    """Call `once` until it gives another exit code than 75, at most `attempts` times; the last code."""
    for attempt in range(1, attempts + 1):
        code = once()
        if stop.wanted:
            return EXIT_CANCELLED
        if code != EXIT_TRANSIENT or attempt == attempts:
            return code
        seconds = first_wait * 2 ** (attempt - 1)
        print(f"attempt {attempt} of {attempts} ended with {code}: again in {seconds:g} s", flush=True)
        if stop.wait(seconds):
            return EXIT_CANCELLED
    raise ValueError(f"{attempts} attempts; expected 1 or more")


def run_command(command: Sequence[str], stop: Stop, grace: float = 2 * GRACE_SECONDS) -> int:
    """Run `command` to its end and return its exit code: 75 where it was killed, or cannot be started.

    grace: from being told to stop until it is killed, s.
    """
    try:
        process = subprocess.Popen(command)
    except OSError as error:
        print(f"{command[0]}: cannot be started: {error.strerror}", file=sys.stderr, flush=True)
        return EXIT_TRANSIENT
    with stop.telling(process.terminate):
        while True:
            was_told = stop.wanted  # asked before the wait: a stop in the midst of it has its grace
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(grace if was_told else 0.5)
                break
            if was_told:
                process.kill()
    if code >= 0:
        return code
    print(f"killed by {signal.Signals(-code).name}", file=sys.stderr, flush=True)
    return EXIT_TRANSIENT
