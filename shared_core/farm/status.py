"""What of a shot is on disk: which frames are whole, which are not, and why. Nothing is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..engine.failures import Failure, FailureLog
from ..engine.keys import FrameKeys
from ..engine.provenance import FRAME_KEY, STATE, Provenance
from ..engine.session import Session
from ..engine.state import summary
from ..media import is_whole, read_header
from ..spec.errors import DubError, StaleSidecar
from ..spec.frames import FrameRange, to_text

WHOLE, STALE, DAMAGED, FAILED, MISSING = "whole", "stale", "damaged", "failed", "missing"
STATES = (WHOLE, STALE, DAMAGED, FAILED, MISSING)

_DIFFERENCES = {
    "dub:operators": "operators of other versions made it",
    "dub:weights": "other weights made it",
    "dub:ocio_config": "another OCIO config made it",
    "dub:working_space": "another working space made it",
    "dub:shot": "the shot file was changed since",
}


@dataclass(frozen=True)
class FrameStatus:
    """One frame. state: one of STATES. why: a few words, "" where it is whole. dub: see engine.state."""

    frame: int
    state: str
    why: str = ""
    dub: str = ""


@dataclass(frozen=True)
class ShotStatus:
    """All frames asked for, ascending. output: their pattern. notes: what holds for the whole shot."""

    name: str
    shot_file: Path
    output: Path
    frames: tuple[FrameStatus, ...]
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return all(one.state == WHOLE for one in self.frames)

    def counts(self) -> dict[str, int]:
        """How many frames there are in each of STATES."""
        return {state: sum(one.state == state for one in self.frames) for state in STATES}

    def groups(self) -> list[tuple[str, str, str]]:
        """(state, frames, why) for frames that share state and reason, in the order of STATES."""
        grouped: dict[tuple[str, str], list[int]] = {}
        for one in self.frames:
            grouped.setdefault((one.state, one.why), []).append(one.frame)
        ordered = sorted(grouped, key=lambda key: (STATES.index(key[0]), grouped[key][0]))
        return [(state, to_text(grouped[state, why]), why) for state, why in ordered]

    def dubbed(self) -> str:
        """`96 dubbed, 4 passed through (no_face: 1034-1037)`, of the whole frames."""
        return summary({one.frame: one.dub for one in self.frames if one.state == WHOLE})

    def to_json(self) -> dict[str, Any]:
        """What `dub status --json` prints."""
        return {
            "shot": str(self.shot_file), "name": self.name, "output": str(self.output),
            "complete": self.complete, "counts": self.counts(), "notes": list(self.notes),
            "frames": [vars(one) for one in self.frames],
        }


def shot_status(session: Session, frames: FrameRange | None = None) -> ShotStatus:
    """Look at the frames of the shot (its own range without `frames`).

    Raises MediaError and ColourError where the shot's media cannot be opened: then nobody can say what
    its frames should be.
    """
    reader = _Reader(session)
    shot = session.shot
    found = tuple(reader.at(frame) for frame in frames or shot.frames)
    notes = tuple([*session.notes(), *filter(None, [reader.unprepared])])
    return ShotStatus(shot.name, shot.path, shot.folder / shot.output.path, found, notes)


class _Reader:
    """Tells one frame after the other. unprepared: why no frame can be up to date, else ""."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._failures = FailureLog(session.store.folder, session.shot.path).read()
        self.unprepared = ""
        try:
            sidecars = session.sidecars()
            parts = session.shot, session.plan
            self._keys = FrameKeys(*parts, session.media, sidecars)
            self._provenance = Provenance(*parts, sidecars, session.media)
        except StaleSidecar as error:
            self.unprepared = str(error)

    def at(self, frame: int) -> FrameStatus:
        path = self._session.shot.frame_path(frame)
        failure = self._failures.get(frame)
        if not path.is_file():
            return self._not_there(frame, failure)
        header = _header(path)
        if header is None:
            return _failed(frame, DAMAGED, "its file is not whole", failure)
        if self.unprepared:
            return _failed(frame, STALE, "its sidecars are stale or missing: run `dub prepare`", failure)
        if not self._session.media.has_frame("plate", frame):
            return FrameStatus(frame, STALE, "the plate has this frame no more")
        key = self._keys.at(frame)
        if header.get(FRAME_KEY) == key:
            return FrameStatus(frame, WHOLE, "", str(header.get(STATE, "")))
        return _failed(frame, STALE, self._difference(frame, header), failure)

    def _not_there(self, frame: int, failure: Failure | None) -> FrameStatus:
        if not self._session.media.has_frame("plate", frame):
            return FrameStatus(frame, MISSING, "the plate has no such frame")
        return _failed(frame, MISSING, "not rendered yet", failure)

    def _difference(self, frame: int, header: dict[str, Any]) -> str:
        """What its header says that is not so now; the first difference that explains most."""
        if FRAME_KEY not in header:
            return "it was not made by `dub render`"
        wanted = self._provenance.header(frame, "", "")
        for name, text in _DIFFERENCES.items():
            if header.get(name) != wanted[name]:
                return text
        return "media, curves or sidecars were changed since"


def _failed(frame: int, state: str, why: str, failure: Failure | None) -> FrameStatus:
    """FAILED, with the reason, where there is one."""
    return FrameStatus(frame, state, why) if failure is None else FrameStatus(frame, FAILED, str(failure))


def _header(path: Path) -> dict[str, Any] | None:
    """The header of a whole EXR; None for any other file."""
    if not is_whole(path):
        return None
    try:
        return read_header(path)
    except DubError:
        return None


def table(status: ShotStatus) -> Iterator[str]:
    """Lines for a terminal."""
    counts = status.counts()
    total = len(status.frames)
    frames = f"{total} frame{'s' * (total != 1)}"
    yield f"{status.name}: {counts[WHOLE]} of {frames} whole, {status.output}"
    yield from (f"  {note}" for note in status.notes)
    for state, frames, why in status.groups():
        number = len(FrameRange.parse(frames))
        yield f"  {state:<8} {number:>6}  {frames}  {status.dubbed() if state == WHOLE else why}"
