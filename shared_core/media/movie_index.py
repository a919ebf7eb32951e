"""Which frames a movie holds, and when each is shown: read once, without decoding where possible."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from shared_core.spec.errors import CorruptMedia, MediaError

_USUAL_RATES = [Fraction(n) for n in (12, 15, 16, 18, 24, 25, 30, 48, 50, 60, 100, 120)]
_USUAL_RATES += [Fraction(n * 1000, 1001) for n in (12, 15, 24, 30, 48, 60, 120)]


@dataclass(frozen=True)
class MovieIndex:
    """times: when each frame is shown, ascending, in units of time_base. keyframes: those of times
    where decoding can start. fps: frames a second, the mean where `variable`. length: what the
    container says of its own length, in seconds; 0 where it says nothing.
    """

    times: tuple[int, ...]
    keyframes: tuple[int, ...]
    time_base: Fraction
    fps: Fraction
    variable: bool
    length: float = 0.0

    def seconds(self, position: int) -> float:
        """When the frame at `position` (0 is the first) is shown, in seconds from the first."""
        return float((self.times[position] - self.times[0]) * self.time_base)

    def keyframe_before(self, time: int) -> int:
        """The last keyframe at or before `time`; the movie's first time where there is none."""
        found = bisect_right(self.keyframes, time)
        return self.keyframes[found - 1] if found else self.times[0]


def open_movie(path: Path) -> av.container.InputContainer:
    """Open a movie; CorruptMedia where it is empty or damaged, MediaError where it has no picture."""
    try:
        if path.stat().st_size == 0:
            raise CorruptMedia(f"{str(path)!r} holds zero bytes; copy or render it again")
        container = av.open(str(path))
    except av.error.FFmpegError as error:
        raise CorruptMedia(
            f"{str(path)!r} cannot be opened as a movie ({error.strerror}); it may be cut off or no movie"
        ) from None
    except OSError as error:
        raise MediaError(f"{str(path)!r} cannot be read: {error.strerror}") from None
    if not container.streams.video:
        container.close()
        raise MediaError(f"{str(path)!r} has no picture; expected a movie with a video track")
    return container


def index_movie(path: Path) -> MovieIndex:
    """Index a movie from its packets; by decoding it once where they do not tell each frame's time.

    Raises CorruptMedia where it ends early or no frame can be found.
    """
    with open_movie(path) as container:
        stream = container.streams.video[0]
        times, keyframes, whole = _packet_times(path, container, stream)
        time_base, average = stream.time_base, stream.average_rate
        length = float(container.duration or 0) / av.time_base
        declared = stream.frames if "mp4" in container.format.name.split(",") else 0
    if not whole or times[:2] != _first_decoded_times(path):
        whole = False
        times, keyframes = _decoded_times(path)
    if not times:
        raise CorruptMedia(f"no frame of {str(path)!r} can be decoded; copy or render it again")
    if whole and declared > len(times) and _is_cut_off(path):
        raise CorruptMedia(
            f"{str(path)!r} is cut off: {len(times)} of {declared} frames are there; copy it again"
        )
    fps, variable = _rate(times, time_base, average)
    return MovieIndex(tuple(times), tuple(keyframes), time_base, fps, variable, length)


def _packet_times(path: Path, container, stream) -> tuple[list[int], list[int], bool]:
    """Times of shown frames, of keyframes, and whether every packet told its own, different time."""
    times, keyframes, told = [], [], True
    try:
        for packet in container.demux(stream):
            if not packet.size or packet.is_discard:
                continue
            if packet.pts is None:
                told = False
                break
            times.append(packet.pts)
            if packet.is_keyframe:
                keyframes.append(packet.pts)
    except av.error.FFmpegError as error:
        raise CorruptMedia(
            f"{str(path)!r} is damaged after {len(times)} frames ({error.strerror}); copy it again"
        ) from None
    return sorted(times), sorted(keyframes), told and len(set(times)) == len(times)


def _first_decoded_times(path: Path) -> list[int | None]:
    """The times of the first two frames as the decoder gives them, to check the packets' word."""
    with open_movie(path) as container:
        try:
            return [frame.pts for frame, _ in zip(container.decode(video=0), range(2), strict=False)]
        except av.error.FFmpegError:
            return []


def _decoded_times(path: Path) -> tuple[list[int], list[int]]:
    """Decode the movie once: the slow way, for containers that store no presentation times."""
    times, keyframes = [], []
    with open_movie(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        try:
            for frame in container.decode(stream):
                if frame.pts is None:
                    raise CorruptMedia(
                        f"{str(path)!r}: frame {len(times) + 1} has no time, as in a raw stream; "
                        "put the movie into a container: mov, mp4 or mkv"
                    )
                times.append(frame.pts)
                if frame.key_frame:
                    keyframes.append(frame.pts)
        except av.error.FFmpegError as error:
            raise CorruptMedia(
                f"{str(path)!r} is damaged after {len(times)} frames ({error.strerror}); copy it again"
            ) from None
    if any(later <= earlier for earlier, later in zip(times, times[1:], strict=False)):
        raise CorruptMedia(f"{str(path)!r}: the times of its frames do not ascend; convert the movie")
    return times, keyframes


def _is_cut_off(path: Path) -> bool:
    """Whether the boxes of an MP4 or MOV end behind the file's end."""
    size = path.stat().st_size
    with path.open("rb") as file:
        position = 0
        while position + 8 <= size:
            file.seek(position)
            head = file.read(16)
            length = int.from_bytes(head[:4], "big")
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            if length < 8:  # 0: the box goes to the file's end
                return False
            position += length
    return position > size


def _rate(times: list[int], time_base: Fraction, average: Fraction | None) -> tuple[Fraction, bool]:
    """Frames a second, and whether they vary by more than the rounding of times allows."""
    if len(times) < 2:
        return (average or Fraction(25)), False
    gap = Fraction(times[-1] - times[0], len(times) - 1)
    drift = max(abs(time - times[0] - i * gap) for i, time in enumerate(times))
    measured = 1 / (gap * time_base)
    candidates = ([average] if average else []) + _USUAL_RATES
    # Times are whole ticks: over the whole movie they leave this much doubt about the rate.
    doubt = max(Fraction(2, times[-1] - times[0]), Fraction(1, 100_000))
    fitting = [rate for rate in candidates if abs(rate / measured - 1) <= doubt]
    usual = [rate for rate in fitting if rate in _USUAL_RATES]
    nearest = min(usual or fitting or [measured], key=lambda rate: abs(rate - measured))
    return nearest.limit_denominator(1_000_000), drift > max(2, gap / 4)
