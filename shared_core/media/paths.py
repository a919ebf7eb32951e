"""Where frames lie: sequence patterns, folders, movies; what is there and what is missing.

A pattern is `name.####.exr` (at least as many digits as #), `name.%04d.exr` or `name.%d.exr`. A
folder stands for the one sequence in it. Negative frames are written as printf writes them: -1 in
four places is `-001`; any width is read.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from shared_core.spec.errors import MediaError, MissingFrame

IMAGE_SUFFIXES = frozenset((".exr", ".png", ".tif", ".tiff", ".dpx", ".jpg", ".jpeg"))
_PLACE = re.compile(r"#+|%0?(\d*)d")
# The last number before the suffix; a minus counts as its sign at the start and after . or _ alone.
_NUMBERED = re.compile(
    r"^(?P<prefix>.*?)(?P<number>(?:(?<=[._])-|^-)?\d+)(?P<suffix>\.[^.\d][^.]*)$", re.DOTALL
)


@dataclass(frozen=True)
class SequencePattern:
    """A sequence's spelling: folder / prefix + frame number + suffix. digits: padding, 0 for none."""

    folder: Path
    prefix: str
    digits: int
    suffix: str

    @classmethod
    def parse(cls, text: str | os.PathLike) -> SequencePattern:
        """Read a pattern; MediaError where its file name has no place for the frame number."""
        folder, name = os.path.split(os.fspath(text))
        places = list(_PLACE.finditer(name))
        if not places:
            raise MediaError(
                f"{os.fspath(text)!r} has no place for the frame number; write name.####.exr or name.%04d.exr"
            )
        place = places[-1]
        digits = int(place[1] or 0) if place[0].startswith("%") else len(place[0])
        return cls(Path(folder), name[: place.start()], 0 if digits == 1 else digits, name[place.end():])

    def name(self, frame: int) -> str:
        """The file name of `frame`, without its folder."""
        return f"{self.prefix}{frame:0{self.digits}d}{self.suffix}"

    def path(self, frame: int) -> Path:
        return self.folder / self.name(frame)

    def number(self, name: str) -> int | None:
        """The frame number in `name`, or None where it does not belong to this sequence."""
        if not (name.startswith(self.prefix) and name.endswith(self.suffix)):
            return None
        text = name[len(self.prefix): len(name) - len(self.suffix)]
        digits = text[1:] if text.startswith("-") else text
        if not (digits.isascii() and digits.isdigit()):
            return None
        # An unpadded number may be any width; a padded one is never narrower than its padding.
        return int(text) if len(text) >= self.digits else None

    def __str__(self) -> str:
        return str(self.folder / f"{self.prefix}{'#' * max(1, self.digits)}{self.suffix}")


@dataclass(frozen=True)
class FrameFiles:
    """The files of a sequence that exist. names: file name by the number in it."""

    pattern: SequencePattern
    names: dict[int, str] = field(repr=False)

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The numbers that exist, ascending."""
        return tuple(sorted(self.names))

    def missing(self) -> tuple[int, ...]:
        """The numbers between the first and the last that have no file."""
        return tuple(n for n in range(self.numbers[0], self.numbers[-1] + 1) if n not in self.names)

    def path(self, number: int) -> Path:
        """The file of `number`; MissingFrame, which names the nearest that exists, if there is none."""
        if number not in self.names:
            near = nearest(self.numbers, number)
            raise MissingFrame(
                f"frame {number} of {self.pattern} is not there ({self.pattern.name(number)}); the "
                f"nearest that exists is {near}. Render it, or take it out of the frame range"
            )
        return self.pattern.folder / self.names[number]


def nearest(numbers: tuple[int, ...] | range, number: int) -> int:
    """The member of `numbers` (ascending, not empty) that lies nearest to `number`."""
    right = bisect_left(numbers, number)
    around = numbers[max(0, right - 1): right + 1]
    return min(around, key=lambda candidate: abs(candidate - number))


def list_sequence(pattern: SequencePattern) -> FrameFiles:
    """List what exists of `pattern`, in one pass over its folder.

    Raises MediaError where the folder is not there, holds no such file, or holds one number twice.
    """
    names: dict[int, str] = {}
    _check_utf8(str(pattern))
    for name in _names_in(pattern.folder):
        number = pattern.number(name)
        if number is None:
            continue
        if number in names:
            raise MediaError(
                f"{pattern}: frame {number} is there twice, as {names[number]!r} and {name!r}; "
                "remove one, or write the padding into the pattern"
            )
        names[number] = name
    if not names:
        raise MediaError(f"no file matches {pattern}.{_what_else(pattern)}")
    return FrameFiles(pattern, names)


def find_media(path: str | os.PathLike) -> FrameFiles | Path:
    """What `path` stands for: the files of a sequence, or the path of one file (movie or still).

    path: a pattern, a folder with one sequence, a movie, or one picture. Raises MediaError.
    """
    text = os.fspath(path)
    if not text:
        raise MediaError("the path of a clip is empty; give a movie, name.####.exr or a folder")
    _check_utf8(text)
    if os.path.isdir(text):
        return _only_sequence(Path(text))
    if os.path.isfile(text):  # before patterns: a file may well be named `take#2.mov`
        return Path(text)
    if _PLACE.search(os.path.basename(text)):
        return list_sequence(SequencePattern.parse(text))
    raise MediaError(f"{text!r} is not there; expected a movie, a sequence as name.####.exr, or a folder")


def _check_utf8(text: str) -> None:
    """MediaError for a name that holds other bytes: no picture library opens it."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise MediaError(f"{text!r} is not UTF-8; rename the file or the folder")


def sequence_around(path: Path) -> SequencePattern | None:
    """The pattern of the sequence that one picture belongs to; None where it has no neighbours."""
    found = _NUMBERED.match(path.name)
    if found is None:
        return None
    numbers = _sequences_in(path.parent).get((found["prefix"], found["suffix"]), {})
    return _pattern_of(path.parent, found["prefix"], found["suffix"], numbers) if len(numbers) > 1 else None


def _names_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder if str(folder) else ".") as entries:
            return [entry.name for entry in entries]
    except OSError as error:
        raise MediaError(
            f"folder {str(folder)!r} cannot be listed: {error.strerror}; check the path"
        ) from None


def _sequences_in(folder: Path) -> dict[tuple[str, str], dict[int, list[str]]]:
    groups: dict[tuple[str, str], dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in _names_in(folder):
        found = None if name.startswith(".") else _NUMBERED.match(name)
        if found and found["suffix"].lower() in IMAGE_SUFFIXES:
            groups[found["prefix"], found["suffix"]][int(found["number"])].append(found["number"])
    return groups


def _only_sequence(folder: Path) -> FrameFiles:
    groups = _sequences_in(folder)
    if len(groups) != 1:
        found = ", ".join(f"{prefix}#{suffix}" for prefix, suffix in sorted(groups)) or "none"
        raise MediaError(
            f"folder {str(folder)!r} has to hold one picture sequence; it holds {found}. "
            "Write the one that you mean as name.####.exr"
        )
    (prefix, suffix), numbers = next(iter(groups.items()))
    return list_sequence(_pattern_of(folder, prefix, suffix, numbers))


def _pattern_of(folder: Path, prefix: str, suffix: str, numbers: dict[int, list[str]]) -> SequencePattern:
    """The spelling that fits all `numbers`, each with its texts."""
    texts = [text for spelled in numbers.values() for text in spelled]
    padded = any(text.lstrip("-").startswith("0") and len(text) > 1 for text in texts)
    digits = min(map(len, texts)) if padded or len(set(map(len, texts))) == 1 else 0
    return SequencePattern(folder, prefix, digits, suffix)


def _what_else(pattern: SequencePattern) -> str:
    others = sorted(f"{prefix}#{suffix}" for prefix, suffix in _sequences_in(pattern.folder))
    if not others:
        return f" There is no picture sequence in {str(pattern.folder)!r}"
    return f" In that folder are: {', '.join(others[:8])}"
