"""Read a movie frame by frame, in any order, at the frames' own times."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from shared_core.spec.errors import CorruptMedia, MissingFrame
from shared_core.values import Window

from .identity import Identity
from .movie_decode import MovieDecoder
from .movie_index import MovieIndex, index_movie
from .movie_pixels import Encoding, encoding_of, quarter_turns, to_rgb

# A render walks through the plate and, beside it, through one or two runs of reference frames.
_DECODERS = 3


class MovieReader:
    """The frames of one movie, numbered from `first`; frame `first + n` is the n-th that is shown.

    A few decoders each go on from where they stand, so that frames asked for in order, and a few such
    orders interleaved, never seek; only a jump does. Raises CorruptMedia or MediaError where the file
    cannot be read.
    """

    kind = "movie"

    def __init__(self, path: Path, first: int) -> None:
        self.path = path
        self._index: MovieIndex = index_movie(path)
        self.frames = range(first, first + len(self._index.times))
        self.fps: Fraction = self._index.fps
        self._lock = threading.RLock()
        self._decoders: list[MovieDecoder] = []  # the one used last stands last
        frame = self._decode(0)
        self._describe(frame)
        self._decoders[-1].put_back(0, frame)

    def _describe(self, frame: av.VideoFrame) -> None:
        self.encoding: Encoding = encoding_of(frame)
        sideways = quarter_turns(frame) % 2 == 1
        width, height = (frame.height, frame.width) if sideways else (frame.width, frame.height)
        self.display = Window(0, 0, width, height)
        ratio = self._decoders[-1].sample_aspect_ratio or Fraction(1)
        self.pixel_aspect = float(1 / ratio if sideways else ratio)
        self.has_alpha = self.encoding.alpha
        self.notes = self.encoding.notes
        if self._index.variable:
            rate = f"{float(self.fps):.3f} a second is their mean"
            self.notes += (f"frames are not evenly spaced in time; {rate}",)
        shown = self._index.seconds(len(self.frames) - 1)
        if self._index.length > max(shown + 1.0, shown * 1.1):
            said = f"its pictures end after {shown:.1f} s, the file says {self._index.length:.1f} s"
            self.notes += (f"the movie may be cut off: {said}",)
        if frame.rotation:
            self.notes += (f"set upright by the movie's rotation of {frame.rotation} degrees",)

    def pixels(self, frame: int, window: Window | None = None) -> tuple[np.ndarray, Window]:
        """R'G'B' (and alpha) of `frame` and the window they cover: always the whole picture."""
        with self._lock:
            decoded = self._decode(self._position(frame))
            pixels = to_rgb(decoded, self.encoding)
        if pixels.shape[:2] != (self.display.height, self.display.width):
            raise CorruptMedia(
                f"{str(self.path)!r}: frame {frame} is {pixels.shape[1]}x{pixels.shape[0]}, frame "
                f"{self.frames[0]} is {self.display.width}x{self.display.height}; one size is expected"
            )
        return pixels, self.display

    def seconds(self, frame: int) -> float:
        """When `frame` is shown, in seconds from the first frame."""
        return self._index.seconds(self._position(frame))

    @property
    def numbering(self) -> int:
        """The number of the first frame."""
        return self.frames[0]

    def file_key(self, identity: Identity, frame: int | None = None) -> str:
        """The file as `identity` recognises it, and which of its pictures `frame` is."""
        which = "" if frame is None else self._position(frame)
        return f"{identity(self.path.resolve())} {which}"

    def close(self) -> None:
        """Close the file; the next frame opens it again."""
        with self._lock:
            for decoder in self._decoders:
                decoder.close()
            self._decoders.clear()

    def _position(self, frame: int) -> int:
        if frame not in self.frames:
            raise MissingFrame(
                f"{str(self.path)!r} has no frame {frame}; it has {self.frames[0]} to {self.frames[-1]}"
            )
        return frame - self.frames[0]

    def _decode(self, position: int) -> av.VideoFrame:
        """Let the decoder that stands nearest before `position` go on, else a new or the oldest one."""
        ahead = [decoder for decoder in self._decoders if decoder.is_ahead(position)]
        if ahead:
            chosen = max(ahead, key=lambda decoder: decoder.next)
            self._decoders.remove(chosen)
        elif len(self._decoders) < _DECODERS:
            chosen = MovieDecoder(self.path, self._index, self.frames[0])
        else:
            chosen = self._decoders.pop(0)
        self._decoders.append(chosen)
        return chosen.decode(position)
