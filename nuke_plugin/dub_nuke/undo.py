"""Change the script and leave no trace of it: no undo step, and `modified` as it was."""

from __future__ import annotations

import contextlib
from typing import Iterator

import nuke


@contextlib.contextmanager
def untraced() -> Iterator[None]:
    """Undo is for what the artist did: what happens in the block cannot be undone and needs no saving."""
    modified = nuke.modified()
    nuke.Undo.disable()
    try:
        yield
    finally:
        nuke.Undo.enable()
        nuke.modified(modified)
