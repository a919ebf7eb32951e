"""A checkpoint that a shot names, as operators get it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..models.safetensors_file import read_safetensors
from ..spec.errors import ModelError
from ..values import Checkpoint

SUFFIX = ".safetensors"


def read_checkpoint_file(path: Path) -> Checkpoint:
    """Read the file; nothing in it is run.

    Raises ModelError where it is missing, damaged, or no safetensors file: a pickle can hold code.
    """
    if path.suffix.lower() != SUFFIX:
        raise ModelError(
            f"{path}: a checkpoint is a {SUFFIX} file; expected one that `dub tune` or `dub train` wrote."
            " Others may hold code, and are not opened"
        )
    arrays, facts = read_safetensors(path)
    with open(path, "rb") as file:
        key = hashlib.file_digest(file, "sha256").hexdigest()
    return Checkpoint(arrays, facts, key, str(path))
