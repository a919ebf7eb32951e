"""Which paths a shot file may name.

What is *written* (frames, sidecars, curves) stays inside the shot's folder: a shot file that came
by mail cannot overwrite anything else. Links that the artist made inside the folder are followed;
only the written path is judged. What is *read* (media) may lie anywhere, but has to be a file: no
device, no address.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath, PureWindowsPath

from .errors import ShotError

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z", re.ASCII)
FRAME_FIELD = re.compile(r"#+|%0[1-9][0-9]?d")
_MEDIA_FIELD = re.compile(r"#+|%0?[0-9]*d")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
VIEWS = ("preview.mp4", "sheet.png", "sheet_mouth.png", "flow.png", "curves.png", "report.html")
"""What `dub view` and `dub evaluate` write beside the shot file."""
_DEVICES = ("/dev/", "/proc/", "/sys/")


def check_name(name: str, what: str, where: str) -> None:
    """Node and media names become folder names: letters, digits and _ alone."""
    if not NAME.match(name):
        raise ShotError(
            f"{where}: {what} name {name!r}; expected a letter, then letters, digits or _ (64 at most)"
        )


def _check_text(path: str, where: str) -> None:
    if not path.strip():
        raise ShotError(f"{where}: is empty; expected a path")
    if any("\ud800" <= letter <= "\udfff" for letter in path):
        raise ShotError(f"{where}: {path!r} is not UTF-8; rename the file or the folder")
    if "\0" in path or "\n" in path or "\r" in path:
        raise ShotError(f"{where}: {path!r} holds a control character; no file has such a name")


def check_media_path(path: str, where: str) -> None:
    """ShotError for an empty path, control characters, an address or a device."""
    _check_text(path, where)
    if _ADDRESS.match(path):
        raise ShotError(f"{where}: {path!r} is an address; copy the media to disk and name the file")
    if os.path.normpath(path).startswith(_DEVICES):
        raise ShotError(f"{where}: {path!r} is a device, not media; name a file")


def check_inside(path: str, where: str) -> None:
    """ShotError where `path`, taken from the shot's folder, climbs out of it."""
    _check_text(path, where)
    for flavour in (PurePosixPath, PureWindowsPath):
        pure = flavour(path)
        if pure.is_absolute() or pure.drive or ".." in pure.parts:
            raise ShotError(
                f"{where}: {path!r} leaves the shot's folder; write a path below it, as frames/name.####.exr"
            )


def check_output_path(path: str, where: str) -> None:
    """ShotError unless `path` is an EXR sequence below the shot's folder, outside `sidecars/`."""
    check_inside(path, where)
    pure = PurePosixPath(path.replace("\\", "/"))
    if pure.parts[0] == "sidecars":
        raise ShotError(f"{where}: {path!r} lies in sidecars/; write the frames elsewhere, as in frames/")
    if len(FRAME_FIELD.findall(pure.name)) != 1 or FRAME_FIELD.search(str(pure.parent)):
        raise ShotError(f"{where}: {path!r} has to hold one frame field in its file name, #### or %04d")
    if pure.suffix.lower() != ".exr":
        raise ShotError(f"{where}: {path!r} is not an EXR sequence; end it in .exr")


def reads_what_is_written(media: str, output: str) -> bool:
    """Whether frames of the pattern `output` would replace, or join, the files that `media` reads.

    media: the absolute path of a file, a folder or a pattern. output: the absolute output pattern.
    Links in folders are followed.
    """
    folder = os.path.realpath(os.path.dirname(output))
    if os.path.isdir(media):
        return os.path.realpath(media) == folder
    if os.path.realpath(os.path.dirname(media)) != folder:
        return False
    ours = "(-?[0-9]+)".join(re.escape(part) for part in FRAME_FIELD.split(os.path.basename(output)))
    return re.fullmatch(ours, _MEDIA_FIELD.sub("0", os.path.basename(media))) is not None


def frame_path(pattern: Path, frame: int) -> Path:
    """The file of `frame`: `name.####.exr` or `name.%04d.exr` filled in as printf does: -5 is -005."""

    def number(match: "re.Match[str]") -> str:
        field = match.group(0)
        digits = len(field) if field[0] == "#" else int(field[2:-1])
        return f"{frame:0{digits}d}"

    return pattern.with_name(FRAME_FIELD.sub(number, pattern.name, count=1))
