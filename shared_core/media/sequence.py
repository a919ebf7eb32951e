"""Read a sequence of picture files, one a frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shared_core.spec.errors import MediaError
from shared_core.values import Window

from .identity import Identity
from .paths import FrameFiles
from .picture_file import KINDS, PictureFile, read_picture_file, read_rows


class SequenceReader:
    """The frames of a picture sequence, or of one still. offset: frame number less the file's number."""

    def __init__(self, files: FrameFiles, offset: int) -> None:
        self.files = files
        self._offset = offset
        self.frames: tuple[int, ...] = tuple(number + offset for number in files.numbers)
        self._first = read_picture_file(self._path(self.frames[0]))
        self.display = self._first.display
        self.pixel_aspect = self._first.pixel_aspect
        kind = KINDS[self._first.type]
        said = {"log": "log", "linear": "float", "": kind}[self._first.transfer]
        self.kind = kind if kind == "float" or self._path(self.frames[0]).suffix.lower() != ".dpx" else said
        self.has_alpha = bool(self._first.channels.alpha)
        self.header_fps = self._first.fps
        self.notes = self._first.notes
        self._known: tuple[int, PictureFile] = (self.frames[0], self._first)

    def file(self, frame: int) -> tuple[Path, PictureFile]:
        """The file of `frame` and its header; MediaError where its size is not the first frame's."""
        path = self._path(frame)
        known, file = self._known
        if known != frame:
            file = read_picture_file(path)
            self._known = (frame, file)
        ours, theirs = file.display, self.display
        if (ours.width, ours.height) != (theirs.width, theirs.height):
            raise MediaError(
                f"frame {frame} ({path.name}) is {ours.width}x{ours.height}, frame {self.frames[0]} "
                f"({self._path(self.frames[0]).name}) is {theirs.width}x{theirs.height}; "
                "a clip has to have one size: render the odd one again"
            )
        return path, file

    def pixels(self, frame: int, window: Window | None = None) -> tuple[np.ndarray, Window]:
        """The colours of `frame` over `window` (all of it for None) or more, and what they cover."""
        path, file = self.file(frame)
        return read_rows(path, file, file.channels.colours, window or file.window)

    def data_window(self, frame: int) -> Window:
        return self.file(frame)[1].window

    @property
    def numbering(self) -> int:
        """How far the frames' numbers are moved from the files'."""
        return self._offset

    def file_key(self, identity: Identity, frame: int | None = None) -> str:
        """One frame's file, or all of them, as `identity` recognises them."""
        folder = self.files.pattern.folder.resolve()
        numbers = self.files.numbers if frame is None else (frame - self._offset,)
        if frame is not None:
            self._path(frame)  # says which frame is missing
        return "\n".join(identity(folder / self.files.names[number]) for number in numbers)

    def _path(self, frame: int) -> Path:
        return self.files.path(frame - self._offset)

    def close(self) -> None:
        """Nothing stays open between frames."""
