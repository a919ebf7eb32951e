"""How the keys of media recognise a file: by path, size and time, unless the caller knows better."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Identity = Callable[[Path], str]
"""Text that changes when the file at a path (resolved) may have changed; OSError where it is gone."""


def by_status(path: Path, name: str = "") -> str:
    """Path, size and time of change; name: how the path is spelled where that is not as on this machine."""
    status = path.stat()
    return f"{name or path} {status.st_size} {status.st_mtime_ns}"
