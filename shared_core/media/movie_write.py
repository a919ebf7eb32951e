"""Write a preview movie: H.264 and AAC in an MP4, whole or not at all."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from shared_core.spec.errors import DiskError
from shared_core.values import Sound

from .atomic import atomic_path

_BT709 = 1
_SOUND_BLOCK = 1024
_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
_DISK_ERRORS = (28, 30, 122)  # ENOSPC, EROFS, EDQUOT


class MovieWriter:
    """Frames in, one MP4 out; use it in a `with`, and the file appears when that ends well.

    path: the movie. size: width and height of the frames, px; an odd size is grown by repeating the
    last row or column, as yuv420p needs. fps: frames a second. sound: laid against the first frame
    by its `start`; cut at the last frame's end. texts: the file's metadata (title, comment ...).
    quality: x264's constant rate factor, 0 best to 51. Raises DiskError where the disk refuses.
    """

    def __init__(
        self, path: Path | str, size: tuple[int, int], fps: Fraction, sound: Sound | None = None, *,
        texts: dict[str, str] | None = None, quality: int = 18,
    ) -> None:
        if size[0] < 1 or size[1] < 1:
            raise ValueError(f"movie of {size[0]}x{size[1]} pixels; expected 1x1 at least")
        self._path = Path(path)
        self._size = size
        self._fps = Fraction(fps).limit_denominator(65535)
        self._sound = sound
        self._texts = texts or {}
        self._quality = quality
        self._frames = 0
        self._exit = contextlib.ExitStack()

    def __enter__(self) -> MovieWriter:
        temporary = self._exit.enter_context(atomic_path(self._path))
        with self._on_disk():
            # "+bitexact" keeps times of day out: the same frames give the same file.
            self._container = av.open(
                str(temporary), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}
            )
            self._container.metadata.update(self._texts)
            self._picture = self._add_picture()
            self._voice = self._add_voice() if self._sound is not None else None
        return self

    def __exit__(self, kind, error, trace) -> bool | None:
        try:
            if kind is None:
                with self._on_disk():
                    self._finish()
            else:
                with contextlib.suppress(Exception):
                    self._container.close()
        except BaseException as failure:
            self._exit.__exit__(type(failure), failure, failure.__traceback__)
            raise
        return self._exit.__exit__(kind, error, trace)

    def write(self, pixels: np.ndarray) -> None:
        """Add one frame: uint8 sRGB (height, width, 3) of the movie's size."""
        width, height = self._size
        if pixels.dtype != np.uint8 or pixels.shape != (height, width, 3):
            raise ValueError(f"frame is {pixels.dtype} {pixels.shape}; expected uint8 {(height, width, 3)}")
        even = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24").reformat(
            format="yuv420p", src_colorspace=Colorspace.ITU709, dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG, dst_color_range=ColorRange.MPEG, threads=1,
            interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP,
        )
        frame.pts, frame.time_base = self._frames, 1 / self._fps
        self._frames += 1
        with self._on_disk():
            self._container.mux(self._picture.encode(frame))

    def _add_picture(self) -> av.VideoStream:
        stream = self._container.add_stream("libx264", rate=self._fps)
        stream.width, stream.height = (side + side % 2 for side in self._size)
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(self._quality), "preset": "veryfast"}
        context = stream.codec_context
        context.time_base = 1 / self._fps
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = int(ColorRange.MPEG)
        return stream

    def _add_voice(self) -> av.AudioStream:
        rate = self._sound.rate if self._sound.rate in _AAC_RATES else 48000
        return self._container.add_stream("aac", rate=rate, layout="mono")

    def _finish(self) -> None:
        self._container.mux(self._picture.encode(None))
        if self._voice is not None:
            self._write_sound()
        self._container.close()

    def _write_sound(self) -> None:
        """Encode the sound that is heard between the first frame and the end of the last."""
        rate, start = self._sound.rate, self._sound.start
        length = int(self._frames / self._fps * rate)
        track = np.zeros(length, np.float32)
        offset = round(start * rate)
        heard = self._sound.samples[max(0, -offset): max(0, length - offset)]
        track[max(0, offset): max(0, offset) + len(heard)] = heard
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=self._voice.rate)
        for begin in range(0, length, _SOUND_BLOCK):
            block = np.ascontiguousarray(track[None, begin: begin + _SOUND_BLOCK])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
            for piece in resampler.resample(frame):
                self._container.mux(self._voice.encode(piece))
        for piece in [*resampler.resample(None), None]:
            self._container.mux(self._voice.encode(piece))

    @contextlib.contextmanager
    def _on_disk(self):
        try:
            yield
        except av.error.FFmpegError as error:
            if error.errno in _DISK_ERRORS or isinstance(error, OSError):
                raise DiskError(
                    f"{str(self._path)!r} cannot be written ({error.strerror}): free some space or choose "
                    "another output, then run the same command again"
                ) from error
            raise
