"""Short pieces of real clips as artists have them, and pictures that something is wrong with."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import OpenImageIO as oiio  # noqa: N813


def decoded(movie: Path, first: int, count: int) -> list[np.ndarray]:
    """`count` frames from the `first` (0 is the first) on, uint8 (height, width, 3)."""
    with av.open(str(movie)) as container:
        frames = itertools.islice(container.decode(video=0), first, first + count)
        return [frame.to_ndarray(format="rgb24") for frame in frames]


def write_picture(path: Path, pixels: np.ndarray, kind: str = "", names: tuple[str, ...] = ()) -> Path:
    """uint8 goes to 8-bit files as it is, and to EXR as scene-linear half; floats as `kind`."""
    if pixels.dtype == np.uint8 and path.suffix == ".exr":
        pixels, kind = (pixels / np.float32(255)) ** np.float32(2.2), kind or "half"
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width, depth = pixels.shape
    spec = oiio.ImageSpec(width, height, depth, kind or str(pixels.dtype))
    if names:
        spec.channelnames = names
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec), output.geterror()
    assert output.write_image(np.ascontiguousarray(pixels))
    output.close()
    return path


def write_sequence(folder: Path, frames, first: int = 1001, name: str = "plate.{:04d}.png") -> Path:
    """The frames as files; returns the folder."""
    for number, pixels in enumerate(frames, first):
        write_picture(folder / name.format(number), pixels)
    return folder


def write_movie(path: Path, frames, fps: int | Fraction, sound: bool = False) -> Path:
    """A near-lossless MP4; sound: a tone as long as the pictures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        quality = {"crf": "8", "preset": "veryfast"}
        stream = container.add_stream("libx264", rate=Fraction(fps), options=quality)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv444p"
        tone = container.add_stream("aac", rate=16000, layout="mono") if sound else None
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
        if tone is not None:
            _write_tone(container, tone, len(frames) / float(fps))
    return path


def _write_tone(container, stream, seconds: float) -> None:
    time = np.arange(int(seconds * 16000)) / 16000
    samples = (0.3 * np.sin(2 * np.pi * 220 * time)).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
    frame.rate = 16000
    container.mux(stream.encode(frame))
    container.mux(stream.encode())


def write_deep(path: Path, width: int = 12, height: int = 8) -> Path:
    """A deep EXR with one sample a pixel."""
    path.parent.mkdir(parents=True, exist_ok=True)
    spec = oiio.ImageSpec(width, height, 5, oiio.HALF)
    spec.channelnames, spec.deep = ("R", "G", "B", "A", "Z"), True
    deep = oiio.DeepData()
    deep.init(width * height, 5, (oiio.HALF,) * 5, spec.channelnames)
    for pixel in range(width * height):
        deep.set_samples(pixel, 1)
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec) and output.write_deep_image(deep)
    output.close()
    return path


def read_planes(path: Path) -> dict[str, np.ndarray]:
    """Channel name -> plane as float32, into which half goes without loss."""
    source = oiio.ImageInput.open(str(path))
    names = source.spec().channelnames
    pixels = source.read_image(0, 0, 0, len(names), "float")
    source.close()
    return {name: np.ascontiguousarray(pixels[..., index]) for index, name in enumerate(names)}


def state_of(path: Path) -> str:
    """What the frame says of itself."""
    from shared_core.media import read_header

    return read_header(path)["dub:state"]
