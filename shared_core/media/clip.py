"""Open a movie or a picture sequence as a clip (see values.clip.Clip)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shared_core.spec.errors import MediaError
from shared_core.values import Image, Mask, Window

from .frame_cache import DEFAULT_BYTES, FrameCache
from .identity import Identity, by_status
from .movie import MovieReader
from .native import NativeFrame, as_bytes, as_float, fit
from .paths import IMAGE_SUFFIXES, FrameFiles, SequencePattern, find_media, sequence_around
from .picture_file import read_layout, read_rows
from .sequence import SequenceReader

if TYPE_CHECKING:  # rooms of one storey do not import each other: the caller brings the colour
    from shared_core.colour import ColourContext

FALLBACK_FPS = Fraction(24)
_BAND = 256  # rows that are converted at once: a 16k picture in float would take gigabytes


def open_clip(
    path: str | os.PathLike, *, colour: ColourContext, first: int | None = None,
    colourspace: str = "", fps: str = "", cache_bytes: int = DEFAULT_BYTES,
    identity: Identity = by_status,
) -> MediaClip:
    """Open a movie, a sequence (`name.####.exr`, `name.%04d.exr`, a folder) or a still.

    first: the number of the first frame. A movie and a still start at 1 without it; a sequence keeps
    its files' numbers, and is moved only if `first` is none of its own. colourspace: a role or a
    name; "" takes the role that fits the kind of file. fps: "24", "24000/1001", "23.976"; "" takes
    the file's own. cache_bytes: how much of the decoded frames stays in memory. identity: what the
    keys say of a file. Raises MediaError, MissingFrame, CorruptMedia or ColourError.
    """
    found, notes = find_media(path), ()
    if isinstance(found, Path) and found.suffix.lower() in IMAGE_SUFFIXES:
        notes = _notes_of_still(found)
        found = _still(found)
        first = 1 if first is None else first
    if isinstance(found, FrameFiles):
        reader: SequenceReader | MovieReader = SequenceReader(found, _offset(found, first))
    else:
        reader = MovieReader(found, 1 if first is None else first)
    clip = MediaClip(reader, colour, colourspace, parse_fps(fps) if fps else None, cache_bytes, identity)
    clip.notes = notes + clip.notes
    return clip


class MediaClip:
    """A movie or a sequence behind the face that operators know; for one reading thread at a time.

    notes: what was guessed or chosen while opening, for a person. space: the pictures' colour space.
    """

    def __init__(
        self, reader, colour: ColourContext, space: str, fps: Fraction | None, cache_bytes: int,
        identity: Identity,
    ) -> None:
        self._reader = reader
        self._identity = identity
        self._colour = colour
        self._cache = FrameCache(cache_bytes)
        self.space = colour.resolve(space or colour.default_space(reader.kind))
        self._given_fps = fps
        own = getattr(reader, "fps", None) or reader.header_fps
        self.fps: Fraction = fps or own or FALLBACK_FPS
        self.notes: tuple[str, ...] = reader.notes
        if not (fps or own):
            self.notes += (f"nothing says the frame rate: {FALLBACK_FPS} a second is taken",)
        if not space:
            self.notes += (f"colour space by kind of file ({reader.kind}): {self.space}",)
        self._shows_itself = reader.kind not in ("float", "log") and colour.is_display_referred(self.space)

    @property
    def frames(self) -> Sequence[int]:
        return self._reader.frames

    @property
    def display(self) -> Window:
        return self._reader.display

    @property
    def pixel_aspect(self) -> float:
        return self._reader.pixel_aspect

    @property
    def rec709(self) -> np.ndarray:
        """See values.Clip."""
        return self._colour.rec709_matrix()

    @property
    def key(self) -> str:
        """A digest of what all files are recognised by, and of how they are read."""
        return self._digest(f"{self._reader.file_key(self._identity)} {self._reader.numbering}")

    def frame_key(self, frame: int) -> str:
        """The same for one frame: a sequence that grows does not change it."""
        return self._digest(self._reader.file_key(self._identity, frame))

    def image(self, frame: int, window: Window | None = None) -> Image:
        """Working-space RGB of `frame`, all of its data window or `window` alone.

        Pixels of `window` outside the data window repeat the nearest edge pixel. Nothing is
        clipped, and NaN and inf stay. Raises MissingFrame or CorruptMedia.
        """
        pixels, covers = self._pixels(frame, window)
        window = covers if window is None else window
        colours = as_float(fit(pixels, covers, window)[..., :3])
        return Image(self._colour.to_working(colours, self.space), window)

    def image_and(self, frame: int, channel: str, window: Window) -> tuple[Image, Mask | None]:
        """`image` of a sequence's frame and one more channel of the same file, in one read; kept nowhere.

        The channel is 0 outside the data window, and None where the file has none of that name. May
        be called from several threads. Raises MissingFrame or CorruptMedia.
        """
        path, file = self._reader.file(frame)
        more = (channel,) if channel in read_layout(path)[2] else ()
        values, covers = read_rows(path, file, (*file.channels.colours, *more), file.window)
        colours = as_float(fit(values[..., :3], covers, window))
        image = Image(self._colour.to_working(colours, self.space), window)
        if not more:
            return image, None
        return image, Mask(as_float(fit(values[..., 3], covers, window, outside="black")), window)

    def small(self, frame: int, width: int, height: int) -> np.ndarray:
        """The display window at no more than width x height px, in its own shape: uint8 sRGB.

        Shrunk in the file's own values, then shown as ColourContext.preview does: for looking only.
        """
        pixels, covers = self._pixels(frame, None)
        pixels = fit(pixels, covers, self.display, outside="black")[..., :3]
        scale = min(1.0, width / self.display.width, height / self.display.height)
        if scale < 1.0:
            if pixels.dtype == np.float16:
                pixels = pixels.astype(np.float32)
            import cv2  # here: only looking needs it

            size = (max(1, round(self.display.width * scale)), max(1, round(self.display.height * scale)))
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        return self._colour.preview(as_float(pixels), self.space)

    def preview(self, frame: int) -> np.ndarray:
        """The display window as uint8 sRGB (height, width, 3).

        A display-referred movie or picture shows its own decoded values, unchanged.
        """
        pixels, covers = self._pixels(frame, None)
        pixels = fit(pixels, covers, self.display, outside="black")[..., :3]
        if self._shows_itself:
            return np.ascontiguousarray(as_bytes(pixels))
        shown = np.empty(pixels.shape, np.uint8)
        for top in range(0, len(pixels), _BAND):
            band = pixels[top: top + _BAND]
            shown[top: top + _BAND] = self._colour.preview(as_float(band), self.space)
        return shown

    def seconds(self, frame: int) -> float:
        """The frame's time from the first frame, in seconds: its timestamp's, in a movie."""
        if isinstance(self._reader, MovieReader) and self._given_fps is None:
            return self._reader.seconds(frame)
        return float((frame - self.frames[0]) / self.fps)

    def native(self, frame: int) -> NativeFrame:
        """The frame as its file holds it: every channel, its own type, and the header."""
        from .native_read import read_native

        return read_native(self._reader, frame, self.space)

    def prefetch(self, frames: Iterable[int]) -> None:
        """Decode `frames` once, in ascending order, until the cache is full; a hint, not a promise."""
        have = set(self.frames)
        for frame in sorted(set(frames) & have):
            if self._cache.get(frame) is None:
                pixels, _ = self._pixels(frame, None)
                if self._cache.bytes + pixels.nbytes > self._cache.limit:
                    return

    def close(self) -> None:
        self._reader.close()

    def __enter__(self) -> MediaClip:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _digest(self, text: str) -> str:
        reading = f"{self.space} {self._colour.key} {self._given_fps}"
        return hashlib.sha256(f"{text}\n{reading}".encode("utf-8", "surrogateescape")).hexdigest()

    def _pixels(self, frame: int, window: Window | None) -> tuple[np.ndarray, Window]:
        """The file's own values of `frame` over `window` at least; kept for the next call."""
        kept = self._cache.get(frame)
        if kept is not None:
            pixels, covers, whole = kept
            if whole or (window is not None and covers.contains(window)):
                return pixels, covers
            window = window and window.union(covers)
        pixels, covers = self._reader.pixels(frame, window)
        whole = window is None or isinstance(self._reader, MovieReader)
        self._cache.put(frame, (pixels, covers, whole), pixels.nbytes)
        return pixels, covers


def parse_fps(text: str) -> Fraction:
    """Read "25", "24000/1001" or "23.976" (the NTSC rate that it stands for); MediaError otherwise."""
    try:
        rate = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        raise MediaError(f"frame rate {text!r} cannot be read; write 25, 23.976 or 24000/1001") from None
    if not 0 < rate <= 1000:
        raise MediaError(f"frame rate {text!r} is out of range; expected above 0 and up to 1000")
    whole = round(rate * 1001 / 1000)
    ntsc = Fraction(whole * 1000, 1001)
    # 23.976, 23.98 and 29.97 are how people write 24000/1001 and 30000/1001.
    return ntsc if rate.denominator != 1 and abs(rate - ntsc) < Fraction(1, 200) else rate


def _offset(files: FrameFiles, first: int | None) -> int:
    """How far a sequence's frames are moved: not at all where `first` lies among its own numbers.

    So a shot that was written while the first files were still missing keeps its frame numbers.
    """
    if first is None or files.numbers[0] <= first <= files.numbers[-1]:
        return 0
    return first - files.numbers[0]


def _notes_of_still(path: Path) -> tuple[str, ...]:
    pattern = sequence_around(path)
    if pattern is None:
        return ()
    whole = f"{pattern.prefix}{'#' * max(1, pattern.digits)}{pattern.suffix}"
    return (f"one picture alone is taken, as a still; for the sequence that it is of write {whole}",)


def _still(path: Path) -> FrameFiles:
    """One picture as a clip of one frame, numbered 1 until it is moved."""
    return FrameFiles(SequencePattern(path.parent, path.stem, 0, path.suffix), {1: path.name})
