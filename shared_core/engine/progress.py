"""How far the work is: one interface, and the spellings that farms and terminals read."""

from __future__ import annotations

import datetime
import sys
from typing import Any, Protocol, TextIO

FORMATS = ("bar", "openjd", "deadline", "alf", "afanasy", "none")

_LINES = {
    "openjd": "openjd_progress: {percent}",
    "deadline": "Progress: {percent}%",
    "alf": "ALF_PROGRESS {percent}%",
    "afanasy": "PROGRESS: {percent}%",
}


class Progress(Protocol):
    """Told by the engine, always from one thread; a stage begins, advances and ends."""

    def begin(self, stage: str, total: int) -> None: ...

    def advance(self, done: int) -> None:
        """`done` of the stage's total are finished."""
        ...

    def end(self) -> None: ...

    def say(self, text: str) -> None:
        """One line for the artist."""
        ...

    def log(self, text: str) -> None:
        """One line for a log alone, where the artist has a bar."""
        ...


class Silent:
    """Says nothing."""

    def begin(self, stage: str, total: int) -> None:
        pass

    def advance(self, done: int) -> None:
        pass

    def end(self) -> None:
        pass

    def say(self, text: str) -> None:
        pass

    def log(self, text: str) -> None:
        pass


class WarningsAlone(Silent):
    """Says warnings on standard error, and nothing else."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def say(self, text: str) -> None:
        if text.startswith("warning:"):
            print(text, file=self._stream, flush=True)


class Bar:
    """A bar with the remaining time for each stage, and text, on standard error."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._bar: Any = None

    def begin(self, stage: str, total: int) -> None:
        from tqdm import tqdm

        self.end()
        self._bar = tqdm(total=total, desc=stage, unit="frame", file=self._stream, dynamic_ncols=True)

    def advance(self, done: int) -> None:
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def end(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def say(self, text: str) -> None:
        if self._bar is None:
            print(text, file=self._stream, flush=True)
        else:
            self._bar.write(text, file=self._stream)

    def log(self, text: str) -> None:
        pass


class Lines:
    """Percent as the farm's engine parses it, on standard output; a line only when the number moves.

    Every other line begins with the time, UTC: engines do not all add one. May be called from several
    threads.
    """

    def __init__(self, form: str, stream: TextIO | None = None) -> None:
        self._form = form
        self._stream = stream or sys.stdout
        self._total = 0
        self._percent = -1

    def begin(self, stage: str, total: int) -> None:
        self._total, self._percent = total, -1
        self._status(f"{stage}, {total} frames")
        self.advance(0)

    def advance(self, done: int) -> None:
        percent = 100 * done // self._total if self._total else 100
        if percent != self._percent:
            self._percent = percent
            self._print(_LINES[self._form].format(percent=percent))

    def end(self) -> None:
        self._total = 0

    def say(self, text: str) -> None:
        self._status(text)

    def log(self, text: str) -> None:
        self._print(f"{_now()} {text}")

    def _status(self, text: str) -> None:
        self._print(f"{'openjd_status: ' if self._form == 'openjd' else ''}{_now()} {text}")

    def _print(self, line: str) -> None:
        self._stream.write(line.replace("\n", " ") + "\n")
        self._stream.flush()


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def make_progress(form: str) -> Progress:
    """The progress called `form`, one of FORMATS."""
    if form == "none":
        return WarningsAlone()
    return Bar() if form == "bar" else Lines(form)
