"""Picture sequences by one of their files. Imports no bpy."""

from __future__ import annotations

import re
from pathlib import Path

_NUMBER = re.compile(r"([0-9]+)(?=\D*\Z)")
MOVIES = {
    ".mov", ".mp4", ".m4v", ".avi", ".mkv", ".webm", ".mxf", ".mpg", ".mpeg", ".m2v", ".ogv", ".ts", ".mts",
    ".m2ts", ".wmv", ".flv", ".dv", ".3gp", ".vob", ".y4m",
}


def is_movie(path: Path) -> bool:
    return path.suffix.lower() in MOVIES


def numbered(path: Path) -> dict[int, Path]:
    """The files of the sequence that `path` is one of, by number; empty for a name without one."""
    match = _NUMBER.search(path.stem)
    if match is None or not path.parent.is_dir():
        return {}
    before, after = path.name[:match.start()], path.name[match.end():]
    found = {}
    for file in path.parent.iterdir():
        name = file.name
        if name.startswith(before) and name.endswith(after):
            number = name[len(before):len(name) - len(after)]
            if number.isdecimal():
                found[int(number)] = file
    return found


def pattern_of(path: Path) -> str:
    """`name.####.exr` for one of its files; the path itself for a movie or a name without a number."""
    match = _NUMBER.search(path.stem)
    if match is None or is_movie(path):
        return str(path)
    width = len(match.group(1))
    return str(path.with_name(f"{path.name[:match.start()]}{'#' * width}{path.name[match.end():]}"))
