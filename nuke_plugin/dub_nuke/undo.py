"""Change the script in one step of undo, in none, or with no trace at all."""

from __future__ import annotations

import contextlib
from typing import Iterator

import nuke


@contextlib.contextmanager
def one_step(name: str) -> Iterator[None]:
    """What happens in the block is undone at once."""
    nuke.Undo.begin(name)
    try:
        yield
    finally:
        nuke.Undo.end()


@contextlib.contextmanager
def no_step() -> Iterator[None]:
    """What happens in the block cannot be undone by itself; it is saved with the script all the same."""
    nuke.Undo.disable()
    try:
        yield
    finally:
        nuke.Undo.enable()


@contextlib.contextmanager
def untraced() -> Iterator[None]:
    """Undo is for what the artist did: what happens in the block cannot be undone and needs no saving."""
    modified = nuke.modified()
    try:
        with no_step():
            yield
    finally:
        nuke.modified(modified)
