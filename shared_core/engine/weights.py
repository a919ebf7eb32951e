"""Which weight files an operator runs with: part of cache keys and of every frame's header."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from .. import models
from ..models.manifest import ANY


def sha256_of(name: str) -> str:
    """The sha256 of model `name`: the manifest's, or the file's own where users bring the file.

    Raises ModelError for an unknown model, or one that has to be brought and is not there.
    """
    entry = models.entry(name)
    if entry.sha256 != ANY:
        return entry.sha256
    path = models.path(name, fetch=False)
    status = path.stat()
    return _sha256(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _sha256(path: Path, size: int, time: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
