"""Read a frame with every channel in its own type, and the header that came with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813

from shared_core.spec.errors import CorruptMedia, MediaError
from shared_core.values import Window

from .exr_header import ExrPart, read_parts
from .movie import MovieReader
from .native import NativeFrame
from .picture_file import PictureFile, open_picture, read_rows
from .sequence import SequenceReader

# What describes how the pixels are stored: the writer makes these anew.
_STORAGE = ("channels", "compression", "dataWindow", "lineOrder", "tiles", "type", "chunkCount", "version")
_ARRAY_TYPES = {"uint": np.uint32, "half": np.float16, "float": np.float32}


def read_native(reader: SequenceReader | MovieReader, frame: int, space: str) -> NativeFrame:
    """Read `frame` of `reader` as its file holds it; `space` is the picture's colour space.

    Raises MissingFrame, CorruptMedia, or MediaError for an EXR with subsampled channels.
    """
    if isinstance(reader, MovieReader):
        return _from_movie(reader, frame, space)
    path, file = reader.file(frame)
    if path.suffix.lower() == ".exr":
        return _from_exr(path, file, space)
    return _from_picture(path, file, space)


def _from_movie(reader: MovieReader, frame: int, space: str) -> NativeFrame:
    pixels, window = reader.pixels(frame)
    planes = {name: pixels[..., i] for i, name in enumerate("RGBA"[: pixels.shape[2]])}
    return NativeFrame(
        window, reader.display, planes, ("R", "G", "B"), "A" if reader.has_alpha else "", space,
        reader.pixel_aspect, notes=reader.notes,
    )


def _from_picture(path: Path, file: PictureFile, space: str) -> NativeFrame:
    channels = file.channels
    names = list(dict.fromkeys((*channels.colours, channels.alpha) if channels.alpha else channels.colours))
    pixels, covered = read_rows(path, file, names, file.window)
    planes = {name: pixels[..., i] for i, name in enumerate(names)}
    return NativeFrame(
        covered, file.display, planes, channels.colours, channels.alpha, space, file.pixel_aspect,
        notes=file.notes,
    )


def _from_exr(path: Path, file: PictureFile, space: str) -> NativeFrame:
    parts = read_parts(path)
    part = parts[file.part]
    planes = _read_planes(path, part, file.part)
    notes = list(file.notes)
    for number, other in enumerate(parts):
        if number != file.part:
            notes += _add_part(planes, path, other, number, part)
    if part.tiled:
        notes.append("the plate is tiled; it is written in scanlines")
    attributes = tuple(item for name, item in part.attributes.items() if name not in _STORAGE)
    return NativeFrame(
        part.window, file.display, planes, file.channels.colours, file.channels.alpha, space,
        file.pixel_aspect, attributes, part.compression, tuple(notes),
    )


def _add_part(
    planes: dict[str, np.ndarray], path: Path, other: ExrPart, number: int, main: ExrPart
) -> list[str]:
    """Add another part's channels under its name; a note where they cannot join."""
    name = str(other.value("name") or f"part{number}")
    if other.deep:
        return [f"part {name!r} is deep and was not copied"]
    if other.window != main.window:
        return [f"part {name!r} has another data window and was not copied"]
    for channel, plane in _read_planes(path, other, number).items():
        layered = "." in channel and channel not in planes
        planes[channel if layered else f"{name}.{channel}"] = plane
    return [f"part {name!r} was joined as a layer"]


def _read_planes(path: Path, part: ExrPart, number: int) -> dict[str, np.ndarray]:
    """Every channel of a part in its own type: runs of one type are read together, without conversion."""
    channels = part.channels()
    thin = [name for name, (_, across, down) in channels.items() if (across, down) != (1, 1)]
    if thin:
        raise MediaError(
            f"{str(path)!r}: channels {', '.join(thin)} are subsampled; expected one sample a pixel: "
            "write the EXR as RGB"
        )
    source = open_picture(path, number)
    try:
        spec = source.spec()
        if sorted(spec.channelnames) != sorted(channels):
            raise MediaError(f"{str(path)!r}: its channels {', '.join(channels)} cannot be read one by one")
        types = [channels[name][0] for name in spec.channelnames]
        planes: dict[str, np.ndarray] = {}
        begin = 0
        while begin < len(types):
            end = begin
            while end < len(types) and types[end] == types[begin]:
                end += 1
            block = _read_block(source, path, number, (begin, end), types[begin], part.window)
            planes |= {spec.channelnames[begin + i]: block[..., i] for i in range(end - begin)}
            begin = end
        return planes
    finally:
        source.close()


def _read_block(
    source: oiio.ImageInput, path: Path, number: int, channels: tuple[int, int], kind: str, window: Window
) -> np.ndarray:
    pixels = source.read_image(number, 0, *channels, kind)
    shape = (window.height, window.width, channels[1] - channels[0])
    if pixels is None or pixels.dtype != _ARRAY_TYPES[kind] or pixels.size != int(np.prod(shape)):
        raise CorruptMedia(
            f"{str(path)!r} is damaged or cut off: {source.geterror() or 'pixels are missing'}; "
            "render or copy it again"
        )
    return pixels.reshape(shape)
