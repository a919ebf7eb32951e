"""Write a file whole or not at all: a temporary name beside it, then one rename."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from shared_core.spec.errors import DiskError

_TEMPORARY = re.compile(r"^\..+\.\d+-[0-9a-f]{8}\.part$")
_unfinished: set[Path] = set()
_ADVICE = {
    errno.ENOSPC: "the disk is full: free some space, then run the same command again",
    errno.EDQUOT: "the quota is used up: free some space, then run the same command again",
    errno.EROFS: "the disk is read-only: choose another output, or mount it writable",
    errno.EACCES: "writing there is not allowed: choose another output, or change its permissions",
    errno.EPERM: "writing there is not allowed: choose another output, or change its permissions",
}


@contextlib.contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """Give a temporary path in the same folder; on leaving, flush it to disk and rename it to `path`.

    Makes the folder where it is missing. The temporary file begins with a dot, holds this process's
    number, and is removed when anything goes wrong. Raises DiskError where the disk refuses.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    with unfinished(temporary), disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _flush(temporary)
        os.replace(temporary, path)


@contextlib.contextmanager
def unfinished(path: Path) -> Iterator[None]:
    """Hold `path`, a file or folder that nobody may see half made: it is gone afterwards, come what may."""
    _unfinished.add(path)
    try:
        yield
    finally:
        _remove(path)
        _unfinished.discard(path)


def discard_unfinished() -> None:
    """Remove all that this process has begun to write and not finished; for one that is about to end."""
    for path in list(_unfinished):
        _remove(path)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def remove_leftovers(folder: Path | str, older_than: float = 3600.0) -> int:
    """Remove temporary files that a killed process left in `folder`; returns how many.

    older_than: in seconds since the last write, so that another process's work is left alone.
    """
    removed = 0
    for leftover in Path(folder).glob(".*.part"):
        with contextlib.suppress(OSError):
            if _TEMPORARY.search(leftover.name) and time.time() - leftover.stat().st_mtime > older_than:
                leftover.unlink()
                removed += 1
    return removed


@contextlib.contextmanager
def disk_errors(path: Path | str) -> Iterator[None]:
    """Turn an OSError met while writing `path` into a DiskError that says what to do."""
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "check the disk, then run the same command again")
        reason = error.strerror or error
        raise DiskError(f"{str(path)!r} cannot be written ({reason}): {advice}") from error


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
