"""How the keys of media recognise a file: by path, size and time, unless the caller knows better."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

Identity = Callable[[Path], str]
"""Text that changes when the file at a path (resolved) may have changed; OSError where it is gone."""


def by_status(path: Path) -> str:
    """Path, size and time of change."""
    return status_text(str(path), path.stat())


def status_text(name: str, status: os.stat_result) -> str:
    """The same of a file that was looked at already; name: its path, as it is to be spelled."""
    return f"{name} {status.st_size} {status.st_mtime_ns}"
