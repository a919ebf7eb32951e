"""Frames that could not be made, and why: one small file each, so that `dub status` can tell tomorrow.

sidecars/.failures/<shot file>/<frame>.json; hidden, as a node may be called anything that begins with a
letter. A frame that is made later takes its file away.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..spec.errors import EXIT_FAULT, Cancelled, DubError
from .files import write_whole

FOLDER = ".failures"


@dataclass(frozen=True)
class Failure:
    """Why a frame could not be made. kind: the error's class. time: UTC, ISO 8601."""

    frame: int
    kind: str
    message: str
    exit_code: int
    host: str
    time: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.message} (exit code {self.exit_code}, on {self.host}, {self.time})"


class FailureLog:
    """The failures of one shot file. sidecars: its folder of sidecars."""

    def __init__(self, sidecars: Path, shot_file: Path) -> None:
        self.folder = sidecars / FOLDER / shot_file.stem

    def record(self, frame: int, error: BaseException) -> None:
        """Keep why `frame` failed; nothing where it was cancelled, or where the disk takes no more."""
        if isinstance(error, Cancelled):
            return
        data = {
            "kind": type(error).__name__, "message": str(error),
            "exit_code": error.exit_code if isinstance(error, DubError) else EXIT_FAULT,
            "host": socket.gethostname(),
            "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        }
        with contextlib.suppress(DubError):  # the error itself is what has to be told
            write_whole(self.folder / f"{frame}.json", json.dumps(data).encode())

    def forget(self, frames: Iterable[int]) -> None:
        """Take away what was kept of `frames`: they are made."""
        known = self._files()
        for frame in set(frames) & set(known):
            with contextlib.suppress(OSError):
                known[frame].unlink(missing_ok=True)

    def read(self) -> dict[int, Failure]:
        """The failures by frame; a damaged file counts as one without a reason."""
        return {frame: self._read(frame, file) for frame, file in sorted(self._files().items())}

    def _files(self) -> dict[int, Path]:
        found = {}
        with contextlib.suppress(OSError):
            for file in self.folder.iterdir():
                with contextlib.suppress(ValueError):
                    found[int(file.stem)] = file
        return found

    @staticmethod
    def _read(frame: int, file: Path) -> Failure:
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            return Failure(frame, **data)
        except (OSError, ValueError, TypeError):
            return Failure(frame, "unknown", "its record cannot be read", EXIT_FAULT, "?", "?")
