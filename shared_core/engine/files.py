"""Files that this room writes, and those that a killed process left behind."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..media.atomic import atomic_path, unfinished

TEMPORARY_SUFFIX = ".part"
ABANDONED_SECONDS = 3600.0
"""A temporary file that nobody touched for so long has no writer any more, on whatever machine."""


def temporary_name(path: Path) -> Path:
    """A hidden name beside `path` that no other process uses."""
    return path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}{TEMPORARY_SUFFIX}")


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all; DiskError where the disk refuses."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def rename_to_free(temporary: Path, names: Iterable[Path]) -> Path | None:
    """Give a finished folder the first of `names` that is free, also when others do the same.

    Returns that name; None where none is free.
    """
    for wanted in names:
        if not os.path.lexists(wanted):
            try:
                os.rename(temporary, wanted)
                return wanted
            except OSError as error:  # another was faster; file systems say it in two ways
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise
    return None


def abandoned(folder: Path) -> Iterator[Path]:
    """Temporary files and folders directly in `folder` whose writer is gone."""
    now = None
    with contextlib.suppress(OSError):
        for path in list(folder.iterdir()):
            if path.name.startswith(".") and path.name.endswith(TEMPORARY_SUFFIX):
                with contextlib.suppress(OSError):
                    touched = path.stat().st_mtime
                    if time.time() - touched > ABANDONED_SECONDS:
                        now = time_there(folder) if now is None else now
                        if now - touched > ABANDONED_SECONDS:
                            yield path


def time_there(folder: Path) -> float:
    """The time as the disk of `folder` has it, in s: a machine whose clock is wrong has another.

    This machine's own time where nothing can be written there.
    """
    probe = temporary_name(folder / "clock")
    try:
        with unfinished(probe):
            probe.touch()
            return probe.stat().st_mtime
    except OSError:
        return time.time()


def sweep(folder: Path) -> None:
    """Delete what `abandoned` finds."""
    for path in list(abandoned(folder)):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()
