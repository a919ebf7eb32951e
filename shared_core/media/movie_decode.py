"""One run of decoding through a movie: on from where it stands, or from a keyframe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av

from shared_core.spec.errors import CorruptMedia

from .movie_index import MovieIndex, open_movie

# Decoding this many frames on costs about as much as a seek and its keyframe.
_WORTH_WAITING = 12


class MovieDecoder:
    """A decoder with a place in the movie. next: the position that it would give next, -1 for none.

    Positions count the shown frames from 0; `first` is only for messages.
    """

    def __init__(self, path: Path, index: MovieIndex, first: int) -> None:
        self._path = path
        self._index = index
        self._first = first
        self._position_of = {time: n for n, time in enumerate(index.times)}
        self._container: av.container.InputContainer | None = None
        self._frames: Iterator[av.VideoFrame] = iter(())
        self.next = -1

    @property
    def sample_aspect_ratio(self):
        return self._container.streams.video[0].sample_aspect_ratio

    def is_ahead(self, position: int) -> bool:
        """Whether decoding on from here is the cheapest way to `position`."""
        if not 0 <= self.next <= position:
            return False
        keyframe = self._index.keyframe_before(self._index.times[position])
        start = self._position_of.get(keyframe, 0)
        return start <= self.next or position - self.next <= _WORTH_WAITING

    def decode(self, position: int) -> av.VideoFrame:
        """The frame at `position`; CorruptMedia where it cannot be decoded."""
        if not self.is_ahead(position):
            self._seek(self._index.keyframe_before(self._index.times[position]), position)
        while True:
            found, frame = self._step(position)
            if found == position:
                return frame
            if found > position:
                self.next = -1
                raise CorruptMedia(
                    f"{str(self._path)!r}: frame {position + self._first} cannot be decoded; "
                    "copy the movie again"
                )

    def put_back(self, position: int, frame: av.VideoFrame) -> None:
        """Give `frame`, which was decoded last and lies at `position`, once more."""
        self._frames, self.next = _with(frame, self._frames), position

    def close(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None
        self.next = -1

    def _step(self, wanted: int) -> tuple[int, av.VideoFrame]:
        """The next decoded frame and its position, -1 for one that no packet announced."""
        try:
            frame = next(self._frames)
        except (StopIteration, av.error.FFmpegError) as error:
            self.next = -1
            raise CorruptMedia(
                f"{str(self._path)!r}: decoding ends before frame {wanted + self._first} "
                f"({error or 'no more data'}); copy the movie again"
            ) from None
        found = self._position_of.get(frame.pts, -1)
        if found >= 0:
            self.next = found + 1
        return found, frame

    def _seek(self, keyframe: int, position: int) -> None:
        """Set decoding to a keyframe at or before `position`, as far back as it takes."""
        if self._container is None:
            self._reopen()
            if keyframe <= self._index.times[0]:
                return
        while keyframe > self._index.times[0]:
            stream = self._container.streams.video[0]
            try:
                self._container.seek(keyframe, stream=stream, backward=True)
                frames = self._container.decode(stream)
                frame = next(frames)
            except (StopIteration, av.error.FFmpegError):
                break
            landed = self._position_of.get(frame.pts)
            if landed is not None and landed <= position:
                self._frames, self.next = _with(frame, frames), landed
                return
            # It landed behind the frame that is wanted: some containers seek by decoding time.
            earlier = self._index.keyframe_before(keyframe - 1)
            keyframe = min(earlier, keyframe - 1)
        self._reopen()

    def _reopen(self) -> None:
        self.close()
        self._container = open_movie(self._path)
        stream = self._container.streams.video[0]
        stream.thread_type = "AUTO"
        self._frames = self._container.decode(stream)
        self.next = 0


def _with(first: av.VideoFrame, rest: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    yield first
    yield from rest
