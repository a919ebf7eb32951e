"""Sound from any common file, or from a movie's sound track, as mono samples."""

from __future__ import annotations

import os
from pathlib import Path

import av
import numpy as np

from shared_core.spec.errors import CorruptMedia, MediaError
from shared_core.values import Sound


def has_sound(path: str | os.PathLike) -> bool:
    """Whether the file at `path` has a sound track; CorruptMedia where it cannot be opened."""
    with _open(Path(path)) as container:
        return bool(container.streams.audio)


def has_picture(path: str | os.PathLike) -> bool:
    """Whether the file at `path` shows moving pictures; a cover picture is none."""
    path = Path(path)
    with _open(path) as container:
        return bool(container.streams.video) and _first_picture(path) is not None


def read_sound(path: str | os.PathLike, rate: int | None = None) -> Sound:
    """Read the first sound track of `path`, its channels averaged to one.

    rate: samples a second; None keeps the file's own. In a movie `start` is the time of the first
    sample against the first picture, in seconds; in a sound file it is 0. Gaps of the track are
    filled with silence, so that sample `n` is heard at `start + n / rate`.
    Raises MediaError where there is no sound, CorruptMedia where it is damaged.
    """
    path = Path(path)
    with _open(path) as container:
        if not container.streams.audio:
            raise MediaError(
                f"{str(path)!r} has no sound; expected a sound file or a movie with a sound track"
            )
        stream = container.streams.audio[0]
        rate = rate or stream.rate
        try:
            pieces = _decode(container, stream, rate)
        except av.error.FFmpegError as error:
            raise CorruptMedia(
                f"{str(path)!r}: its sound is damaged ({error.strerror}); copy it again"
            ) from None
        first_picture = _first_picture(path) if container.streams.video else None
    if not pieces:
        raise CorruptMedia(f"{str(path)!r}: its sound track holds no sample; copy it again")
    samples, start = _join(pieces, rate)
    return Sound(samples, rate, 0.0 if first_picture is None else start - first_picture)


def _open(path: Path) -> av.container.InputContainer:
    try:
        if path.stat().st_size == 0:
            raise CorruptMedia(f"{str(path)!r} holds zero bytes; copy it again")
        _check_whole(path)
        return av.open(str(path))
    except av.error.FFmpegError as error:
        raise CorruptMedia(
            f"{str(path)!r} cannot be opened for its sound ({error.strerror}); it may be cut off"
        ) from None
    except OSError as error:
        raise MediaError(f"{str(path)!r} cannot be read: {error.strerror}; check the path") from None


def _check_whole(path: Path) -> None:
    """CorruptMedia for a WAV file that ends before its own header says; FFmpeg takes it for the whole."""
    with path.open("rb") as file:
        head = file.read(8)
    declared, there = int.from_bytes(head[4:], "little") + 8, path.stat().st_size
    # A recorder that never came to write the size leaves 0 or the largest number.
    if head[:4] == b"RIFF" and there < declared < 2**32 - 1:
        raise CorruptMedia(
            f"{str(path)!r} is cut off: it holds {there} of the {declared} bytes that it names; copy it again"
        )


def _decode(container, stream, rate: int) -> list[tuple[float | None, np.ndarray]]:
    """Time in seconds (None where it goes on from the last) and mono samples, piece by piece."""
    # Packed: PyAV reads past the frame's eighth plane where a track has eight channels or more.
    resampler = av.AudioResampler(format="flt", layout=stream.layout, rate=rate)
    pieces: list[tuple[float | None, np.ndarray]] = []
    for frame in container.decode(stream):
        for piece in resampler.resample(frame):
            pieces.append(_mono(piece, stream.channels))
    for piece in resampler.resample(None):
        pieces.append(_mono(piece, stream.channels))
    return pieces


def _mono(piece: av.AudioFrame, channels: int) -> tuple[float | None, np.ndarray]:
    packed = piece.to_ndarray().reshape(-1, channels)
    return piece.time, packed.astype(np.float64).mean(axis=1).astype(np.float32)


def _first_picture(path: Path) -> float | None:
    """When the first picture is shown, in the container's time, s; None for a cover picture alone."""
    with _open(path) as container:
        stream = container.streams.video[0]
        if stream.disposition & av.stream.Disposition.attached_pic:
            return None
        times = [packet.pts for packet in container.demux(stream)
                 if packet.size and packet.pts is not None and not packet.is_discard]
        return float(min(times) * stream.time_base) if times else 0.0


def _join(pieces: list[tuple[float | None, np.ndarray]], rate: int) -> tuple[np.ndarray, float]:
    """One array, with silence where the track itself has a gap of more than a tenth of a second."""
    start = pieces[0][0] or 0.0
    parts: list[np.ndarray] = []
    written = 0
    for time, samples in pieces:
        gap = 0 if time is None else round((time - start) * rate) - written
        if gap > rate // 10:
            parts.append(np.zeros(gap, np.float32))
            written += gap
        parts.append(samples)
        written += len(samples)
    return np.concatenate(parts), start
