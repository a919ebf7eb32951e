"""A matte or flow sequence that an artist made by hand, and which of its frames there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..media import read_flow_override, read_matte
from ..media.identity import Identity, by_status
from ..media.paths import FrameFiles, find_media
from ..spec.errors import MediaError
from ..values import Flow, Mask, Window

ABSENT = "absent"
LAYER_OF_SOCKET = {"reference_flow": "dub_ref_st"}
"""Of a rendered frame, edited and fed back whole, each socket takes the layer that it made."""


class Override:
    """Pictures by the plate's frame numbers; a single picture serves every frame.

    first: the frame number of the sequence's first file, or None where its files are numbered as
    the plate. identity: what the keys say of a file. notes: how each was read, for a person.
    absent: frames that were asked for in vain.
    """

    def __init__(self, path: Path, first: int | None, identity: Identity = by_status) -> None:
        self._identity = identity
        self._found = find_media(path)
        sequence = isinstance(self._found, FrameFiles)
        self._offset = first - self._found.numbers[0] if sequence and first is not None else 0
        self.notes: dict[str, None] = {}
        self.absent: set[int] = set()

    def file(self, frame: int) -> Path | None:
        """The picture of `frame`; None where there is none: nothing is overridden there."""
        if isinstance(self._found, Path):
            return self._found
        number = frame - self._offset
        return self._found.path(number) if number in self._found.names else None

    def key_at(self, frame: int) -> str:
        """Changes when the picture of `frame` may have changed."""
        file = self.file(frame)
        return ABSENT if file is None else file_key(file, self._identity)

    def matte(self, frame: int, display: Window) -> Mask | None:
        """display: the plate's display window; MediaError for a matte of another size."""
        return self._read(read_matte, frame, over=display)

    def flow(self, frame: int, display: Window, socket: str) -> Flow | None:
        """display: the plate's display window, as for `matte`. socket: where the flow goes."""
        prefer = LAYER_OF_SOCKET.get(socket, "")
        return self._read(read_flow_override, frame, display=display, prefer=prefer, over=display)

    def _read(self, read: Any, frame: int, **how: Any) -> Any:
        file = self.file(frame)
        if file is None:
            self.absent.add(frame)
            return None
        value, said = read(file, frame, **how)
        self.notes[said.partition(": ")[2] or said] = None
        return value


def file_key(path: Path, identity: Identity = by_status) -> str:
    """What a file is recognised by; MediaError where it is not there."""
    try:
        return identity(path.resolve())
    except OSError as error:
        why = f"cannot be read: {error.strerror}; correct its path in the shot file"
        raise MediaError(f"{path}: {why}") from None
