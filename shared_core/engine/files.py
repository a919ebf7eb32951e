"""Files that this room writes, and those that a killed process left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from ..media.atomic import atomic_path

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


def abandoned(folder: Path) -> Iterator[Path]:
    """Temporary files and folders directly in `folder` whose writer is gone."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.name.startswith(".") and path.name.endswith(TEMPORARY_SUFFIX):
                with contextlib.suppress(OSError):
                    if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                        yield path


def sweep(folder: Path) -> None:
    """Delete what `abandoned` finds."""
    for path in list(abandoned(folder)):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()
