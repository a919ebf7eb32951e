"""Where a path of one machine lies on another: the rules that farms hand to a job.

The file is OpenJD's (pathmapping-1.0), {} for no rules; $DUB_PATH_MAP names it:

    {"version": "pathmapping-1.0", "path_mapping_rules": [
      {"source_path_format": "WINDOWS", "source_path": "P:\\\\shows", "destination_path": "/mnt/shows"}]}

The longest source that a path begins with counts; folders are compared whole, on Windows without case.
What a shot file says is never changed: only where its media are looked for. Keys are made from the
source's spelling, so that machines with different mounts agree on what is up to date.
"""

from __future__ import annotations

import functools
import json
import os
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any, List, Optional, Tuple

from .errors import BadInput

VARIABLE = "DUB_PATH_MAP"
VERSION = "pathmapping-1.0"
_FLAVOURS = {"POSIX": PurePosixPath, "WINDOWS": PureWindowsPath, "URI": PurePosixPath}
_KEYS = ("source_path_format", "source_path", "destination_path")


@dataclass(frozen=True)
class Rule:
    """Paths below `source`, of the system `system` (POSIX, WINDOWS or URI), lie below `destination` here."""

    system: str
    source: str
    destination: str

    def mapped(self, path: str) -> Optional[str]:
        """Where `path` lies here; None where the rule does not concern it."""
        rest = _below(_FLAVOURS[self.system](self.source), _FLAVOURS[self.system](path))
        return None if rest is None else str(Path(self.destination, *rest))

    def unmapped(self, path: str) -> Optional[str]:
        """The source's spelling of a path that lies here; None where the rule does not concern it."""
        for destination in dict.fromkeys((self.destination, _real(self.destination))):
            rest = _below(PurePath(destination), PurePath(path))
            if rest is not None:
                return str(_FLAVOURS[self.system](self.source, *rest))
        return None


@dataclass(frozen=True)
class PathMap:
    """All rules of a job, and the file that they came from ("" for none)."""

    rules: Tuple[Rule, ...] = ()
    file: str = ""

    def mapped(self, path: str) -> str:
        """`path` as it is spelled here; itself where no rule concerns it."""
        longest_first = sorted(self.rules, key=lambda rule: len(rule.source), reverse=True)
        return next(filter(None, (rule.mapped(path) for rule in longest_first)), path)

    def unmapped(self, path: str) -> str:
        """`path` as the source spells it; itself where no rule concerns it."""
        longest_first = sorted(self.rules, key=lambda rule: len(rule.destination), reverse=True)
        return next(filter(None, (rule.unmapped(path) for rule in longest_first)), path)

    def concerns(self, path: str) -> bool:
        """Whether a rule maps `path`, or has mapped it already."""
        return any(rule.mapped(path) or rule.unmapped(path) for rule in self.rules)


@functools.lru_cache(maxsize=64)
def _real(folder: str) -> str:
    return os.path.realpath(folder)


def _below(folder: PurePath, path: PurePath) -> Optional[Tuple[str, ...]]:
    try:
        return path.relative_to(folder).parts
    except ValueError:
        return None


def path_map_of_environment() -> PathMap:
    """The rules that $DUB_PATH_MAP names; none where it is not set. Raises BadInput."""
    file = os.environ.get(VARIABLE, "")
    return read_path_map(file) if file else PathMap()


def read_path_map(file: str) -> PathMap:
    """Read a file of rules; BadInput names what in it is not as expected."""
    try:
        data = json.loads(Path(file).read_text(encoding="utf-8-sig"))
    except OSError as error:
        advice = f"{error.strerror}; correct ${VARIABLE}"
        raise BadInput(f"path mapping {file!r} cannot be read: {advice}") from None
    except ValueError as error:
        raise BadInput(f"path mapping {file!r} is not JSON: {error}") from None
    if not isinstance(data, dict) or data.get("version", VERSION) != VERSION:
        raise BadInput(f"path mapping {file!r}: expected an object of version {VERSION!r}")
    rules = data.get("path_mapping_rules", [])
    if not isinstance(rules, list):
        raise BadInput(f"path mapping {file!r}: path_mapping_rules is no list")
    return PathMap(tuple(_rule(one, file) for one in rules), file if rules else "")


def _rule(data: Any, file: str) -> Rule:
    texts: List[str] = [data.get(key, "") for key in _KEYS] if isinstance(data, dict) else []
    if not texts or not all(isinstance(text, str) and text for text in texts) or texts[0] not in _FLAVOURS:
        raise BadInput(
            f"path mapping {file!r}: {data!r:.120} is no rule; expected the texts {', '.join(_KEYS)},"
            " the first of them POSIX, WINDOWS or URI"
        )
    return Rule(*texts)
