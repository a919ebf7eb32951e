"""Weights and demo footage: named in models.toml, fetched, checked by sha256, kept in the cache.

    path(name)            the checked file on disk; fetched where it is missing
    entry(name), entries  what the manifest says
    state(name)           "present", "missing" or "damaged", without fetching
    add(name, file)       take the user's own copy
"""

from .manifest import Entry, entries, entry
from .store import State, add, path, state

__all__ = ["Entry", "State", "add", "entries", "entry", "path", "state"]
