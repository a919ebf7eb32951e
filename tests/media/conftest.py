"""Small pictures and movies made on the spot."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

from shared_core.colour import ColourContext


@pytest.fixture(scope="session")
def colour() -> ColourContext:
    return ColourContext("ocio://default")


@pytest.fixture
def write_picture():
    """write(path, pixels (h, w, n), names, x=, y=, full=(x, y, w, h), tile=, **attributes)."""

    def write(
        path: Path, pixels: np.ndarray, names=None, *, x=0, y=0, full=None, tile=0, **attributes
    ) -> Path:
        height, width, count = pixels.shape
        kind = {"float16": "half", "uint32": "uint"}.get(pixels.dtype.name, pixels.dtype.name)
        kind = "float" if kind == "float32" else kind
        spec = oiio.ImageSpec(width, height, count, kind)
        spec.channelnames = tuple(names or "RGBA"[:count])
        spec.x, spec.y = x, y
        spec.full_x, spec.full_y, spec.full_width, spec.full_height = full or (0, 0, width, height)
        if tile:
            spec.tile_width = spec.tile_height = tile
        for name, value in attributes.items():
            spec.attribute(name, value)
        out = oiio.ImageOutput.create(str(path))
        assert out.open(str(path), spec), out.geterror()
        done = out.write_tiles(x, x + width, y, y + height, 0, 1, pixels) if tile else out.write_image(pixels)
        assert done, out.geterror()
        out.close()
        return path

    return write


def striped(frame: int, width: int = 64, height: int = 48) -> np.ndarray:
    """A frame that says its own number in 8 black or white stripes, robust against any codec."""
    bits = [(frame >> bit) & 1 for bit in range(8)]
    row = np.repeat(np.array(bits, np.uint8) * 200 + 20, width // 8)
    return np.broadcast_to(row[None, :, None], (height, width, 3)).copy()


def number_in(pixels: np.ndarray) -> int:
    """Read back what `striped` wrote."""
    width = pixels.shape[1]
    middles = (np.arange(8) * (width // 8)) + width // 16
    bits = pixels[pixels.shape[0] // 2, middles].astype(float).mean(axis=-1) > 120
    return int(sum(int(bit) << place for place, bit in enumerate(bits)))


@pytest.fixture
def write_movie():
    """write(path, frames, fps=, codec=, pix_fmt=, times=, options=, stream=): times in 1/time_base."""

    def write(
        path,
        frames,
        *,
        fps=Fraction(25),
        codec="libx264",
        pix_fmt="yuv420p",
        times=None,
        time_base=None,
        options=None,
        format=None,
        **context,
    ):
        with av.open(str(path), "w", format=format) as container:
            stream = container.add_stream(codec, rate=fps)
            stream.height, stream.width = frames[0].shape[:2]
            stream.pix_fmt = pix_fmt
            stream.options = options or {}
            if time_base:
                stream.codec_context.time_base = time_base
            for name, value in context.items():
                setattr(stream.codec_context, name, value)
            for n, pixels in enumerate(frames):
                source = "rgb24" if pixels.dtype == np.uint8 else "rgb48le"
                frame = av.VideoFrame.from_ndarray(pixels, format=source)
                frame.pts = times[n] if times else n
                frame.time_base = time_base or 1 / fps
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return write


@pytest.fixture(name="striped")
def striped_fixture():
    return striped


@pytest.fixture(name="number_in")
def number_in_fixture():
    return number_in
