"""Baked frames on disk: one folder a version, never overwritten by another. Imports no bpy.

    <folder>/shot.json, sidecars/, plate/v001/, frames/v001/, frames/v002/ ...

A changed knob makes a new version, and undo finds the earlier one where it was. Frames that the change
does not touch are links to the earlier version's, not made again.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .exr_glance import glance
from .shared_core.spec.errors import DiskError
from .shared_core.spec.frames import FrameRange

FRAMES = "frames"
ABOUT = "bake.json"
_NAME = re.compile(r"v([0-9]{3,})\Z")
_NUMBER = re.compile(r"\.(-?[0-9]+)\.exr\Z")


@dataclass(frozen=True)
class Version:
    """A folder of frames and what is known of it."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def about(self) -> dict[str, Any]:
        """What `note` wrote; empty where nothing can be read."""
        try:
            data = json.loads((self.folder / ABOUT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def note(self, **values: Any) -> None:
        """Add to `about`, whole or not at all; DiskError where the disk refuses."""
        path = self.folder / ABOUT
        temporary = path.with_name(f".{ABOUT}.{os.getpid()}.tmp")
        try:
            temporary.write_text(json.dumps({**self.about, **values}, indent=1), encoding="utf-8")
            os.replace(temporary, path)
        except OSError as error:
            raise DiskError(f"{path}: cannot be written: {error.strerror}; free or unlock the disk") from None

    def frames(self) -> dict[int, Path]:
        """The frames on disk by number, whole or not."""
        if not self.folder.is_dir():
            return {}
        found = ((_NUMBER.search(path.name), path) for path in self.folder.iterdir())
        return {int(match.group(1)): path for match, path in found if match and path.name[0] != "."}

    def done(self) -> set[int]:
        """The frames that the core has made, or found right, for this version."""
        text = self.about.get("done", "")
        return set(FrameRange.parse(text, ABOUT)) if text else set()

    def sent(self) -> tuple[str, ...]:
        """The digests of the shots that were sent to a farm for this version's frames."""
        return tuple(self.about.get("sent", ()))

    def note_sent(self, digest: str) -> None:
        """Add to `sent`."""
        self.note(sent=[*dict.fromkeys((*self.sent(), digest))])

    def note_done(self, frames: Iterable[int]) -> None:
        """Add to `done`."""
        together = self.done() | set(frames)
        if together:
            self.note(done=str(FrameRange.of(together)))

    def missing(self, wanted: FrameRange) -> list[int]:
        """Frames of `wanted` that are not done or not there, are cut off, or are another frame's.

        What a farm made counts as done where its header names a shot that was sent for this version.
        """
        there, done, sent = self.frames(), self.done(), self.sent()
        return [frame for frame in wanted
                if not _is_right(there.get(frame), frame, None if frame in done else sent)]

    def seed(self, earlier: Version, wanted: Iterable[int]) -> None:
        """Link frames of `earlier` that are not here: the core keeps those whose key fits.

        Others it replaces. Where the disk has no links, nothing is linked and all is made anew.
        """
        there, theirs = self.frames(), earlier.frames()
        for frame in wanted:
            if frame not in there and frame in theirs:
                with contextlib.suppress(OSError):
                    os.link(theirs[frame], self.folder / theirs[frame].name)

    def drop_what_is_not_done(self, wanted: Iterable[int]) -> None:
        """Take away linked frames that the core did not come to: they belong to the earlier version."""
        there, done = self.frames(), self.done()
        for frame in wanted:
            if frame in there and frame not in done:
                with contextlib.suppress(OSError):
                    if there[frame].stat().st_nlink > 1:
                        there[frame].unlink()

    def size(self) -> int:
        """Bytes of all frames."""
        return sum(path.stat().st_size for path in self.frames().values())


def is_frame(path: Path | None, frame: int) -> bool:
    """Whether a whole dubbed frame of that number lies at `path`."""
    seen = glance(path) if path is not None else None
    return seen is not None and seen.texts.get("dub:frame") == str(frame)


def _is_right(path: Path | None, frame: int, shots: tuple[str, ...] | None) -> bool:
    """`is_frame`, and of one of these shots; None where it does not matter of which."""
    if not is_frame(path, frame):
        return False
    return shots is None or (bool(shots) and glance(path).texts.get("dub:shot") in shots)


def versions_of(folder: Path, kind: str = FRAMES) -> list[Version]:
    """All versions below `folder`/`kind`, oldest first."""
    if not (folder / kind).is_dir():
        return []
    numbered = [(int(match.group(1)), path) for path in (folder / kind).iterdir()
                if (match := _NAME.match(path.name)) and path.is_dir()]
    return [Version(path) for _, path in sorted(numbered)]


def find(folder: Path, digest: str, kind: str = FRAMES) -> Version | None:
    """The newest version that was baked with this digest."""
    newest_first = reversed(versions_of(folder, kind))
    return next((one for one in newest_first if one.about.get("digest") == digest), None)


def found_or_next(folder: Path, digest: str, kind: str = FRAMES) -> Version:
    """The version of `digest`, or the one that `find_or_make` would make; nothing is made here."""
    found = find(folder, digest, kind)
    if found is not None:
        return found
    earlier = versions_of(folder, kind)
    number = int(_NAME.match(earlier[-1].name).group(1)) + 1 if earlier else 1
    return Version(folder / kind / f"v{number:03d}")


def find_or_make(folder: Path, digest: str, kind: str = FRAMES) -> Version:
    """The version of `digest`, with its folder; DiskError where the disk refuses."""
    made = found_or_next(folder, digest, kind)
    if made.folder.is_dir():
        return made
    try:
        made.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(
            f"{made.folder}: cannot be made: {error.strerror}; choose another cache folder in the preferences"
        ) from None
    made.note(digest=digest)
    return made


def prune(folder: Path, in_use: set[Path]) -> int:
    """Delete the versions of frames and plates that are not in use; the bytes that were freed."""
    freed = 0
    for version in [*versions_of(folder), *versions_of(folder, "plate")]:
        if version.folder.resolve() not in {path.resolve() for path in in_use}:
            freed += version.size()
            shutil.rmtree(version.folder)
    return freed


def bytes_a_frame(width: int, height: int) -> int:
    """What a baked frame takes, roughly, before the first one is there: half RGBA, three passes, three maps.

    A sixth of the raw size is what ZIP leaves of a plate whose face fills a tenth of it.
    """
    return width * height * (4 * 2 * 4 + 3 * 3 * 4) // 6

