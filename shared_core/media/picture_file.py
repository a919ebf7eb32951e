"""Read one picture file: EXR, PNG, TIFF, DPX or JPEG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813

from shared_core.spec.errors import CorruptMedia, MediaError
from shared_core.values import Window

from .picture_channels import PictureChannels, choose_picture

KINDS = {"uint8": "8-bit", "uint16": "16-bit", "half": "float", "float": "float", "double": "float"}


@dataclass(frozen=True)
class PictureFile:
    """What a picture file's header says. part: which part of a multi-part EXR is the picture.

    type: how its colours are read: uint8, uint16, half or float. transfer: "log", "linear" or "", by
    the header; a DPX that says nothing is log.
    """

    window: Window
    display: Window
    pixel_aspect: float
    channels: PictureChannels
    type: str
    part: int
    fps: Fraction | None
    transfer: str
    notes: tuple[str, ...]


def open_picture(path: Path, part: int = 0) -> oiio.ImageInput:
    """Open a picture file at `part`; MediaError where it is deep, CorruptMedia where it is damaged."""
    if path.stat().st_size == 0:
        raise CorruptMedia(f"{str(path)!r} holds zero bytes; render or copy it again")
    plain = oiio.ImageSpec()
    # The file's own numbers: no multiplication by alpha, and no turning by a camera's Exif tag.
    plain.attribute("oiio:UnassociatedAlpha", 1)
    source = oiio.ImageInput.open(str(path), plain)
    if source is None:
        why = " ".join((oiio.geterror() or "no picture format").split())
        raise CorruptMedia(f"{str(path)!r} cannot be opened: {why}; render or copy it again")
    if part and not source.seek_subimage(part, 0):
        raise CorruptMedia(f"{str(path)!r}: part {part} cannot be read: {source.geterror()}")
    return source


def read_picture_file(path: Path) -> PictureFile:
    """Read a picture file's header: its windows, and the channels that make the picture.

    Of a multi-part EXR the first part with red, green and blue is taken, and noted. Raises
    MediaError for a deep EXR or one without colours, CorruptMedia for a damaged file.
    """
    source = open_picture(path)
    try:
        return _read_parts(source, path)
    finally:
        source.close()


def _read_parts(source: oiio.ImageInput, path: Path) -> PictureFile:
    """The first part with red, green and blue; failing that, the first grey one."""
    specs = []
    while source.seek_subimage(len(specs), 0):
        specs.append(source.spec())
    source.geterror()  # the seek behind the last part is no error
    refusal: MediaError | None = None
    for grey_too in (False, True):
        for part, spec in enumerate(specs):
            try:
                return _describe(spec, path, part, grey_too)
            except MediaError as error:
                refusal = refusal or error
    raise refusal or CorruptMedia(f"{str(path)!r} holds no picture; render or copy it again")


def _describe(spec: oiio.ImageSpec, path: Path, part: int, grey_too: bool) -> PictureFile:
    if spec.deep:
        raise MediaError(
            f"{str(path)!r} is a deep EXR; a flat one is expected: merge it (DeepToImage) and render it again"
        )
    channels = choose_picture(spec.channelnames, repr(str(path)), grey_too)
    types = {_type_of(spec, name) for name in channels.colours}
    kind = types.pop() if len(types) == 1 else "float"
    if kind not in KINDS:
        raise MediaError(
            f"{str(path)!r}: its colours are {kind}; expected 8 or 16 bits, half or float: convert it"
        )
    notes = (channels.note,) if channels.note else ()
    if part:
        notes += (f"a multi-part EXR: the picture is taken from its part {part}",)
    ratio = spec.get_float_attribute("PixelAspectRatio", 1.0)
    return PictureFile(
        Window(spec.x, spec.y, spec.width, spec.height),
        Window(spec.full_x, spec.full_y, spec.full_width, spec.full_height),
        ratio if ratio > 0 else 1.0, channels, kind, part, _rate(spec), _transfer(spec, path), notes,
    )


def _type_of(spec: oiio.ImageSpec, name: str) -> str:
    return str(spec.channelformat(spec.channelindex(name)))


def _transfer(spec: oiio.ImageSpec, path: Path) -> str:
    attributes = ("oiio:ColorSpace", "dpx:Transfer")
    said = " ".join(spec.get_string_attribute(name) for name in attributes).lower()
    if "log" in said:
        return "log"
    if "linear" in said:
        return "linear"
    video = any(word in said for word in ("709", "601", "srgb", "smpte", "ccir", "ntsc", "pal"))
    return "log" if path.suffix.lower() == ".dpx" and not video else ""


def _rate(spec: oiio.ImageSpec) -> Fraction | None:
    value = spec.getattribute("FramesPerSecond")
    if isinstance(value, (tuple, list)) and len(value) == 2 and value[1]:
        return Fraction(int(value[0]), int(value[1]))
    return Fraction(value).limit_denominator(1001) if isinstance(value, (int, float)) and value > 0 else None


def read_rows(
    path: Path, file: PictureFile, names: Sequence[str], window: Window
) -> tuple[np.ndarray, Window]:
    """The channels `names` over `window` or a little more: as few rows as the format allows.

    Returns an array (height, width, len(names)) of the file's type, and the window it covers.
    Raises CorruptMedia where those rows cannot be read.
    """
    source = open_picture(path, file.part)
    try:
        spec = source.spec()
        indices = [spec.channelindex(name) for name in names]
        low, high = min(indices), max(indices) + 1
        covered = _readable(spec, window)
        pixels = _read(source, spec, file, covered, (low, high))
        if pixels is None or pixels.size != covered.width * covered.height * (high - low):
            raise CorruptMedia(
                f"{str(path)!r} is damaged or cut off: {source.geterror() or 'pixels are missing'}; "
                "render or copy it again"
            )
    finally:
        source.close()
    pixels = pixels.reshape(covered.height, covered.width, high - low)
    return _picked(pixels, [index - low for index in indices]), covered


def _readable(spec: oiio.ImageSpec, window: Window) -> Window:
    """`window` grown to whole rows, or to whole tiles, inside the data window."""
    data = Window(spec.x, spec.y, spec.width, spec.height)
    inside = window.intersection(data)
    if inside.empty:  # the nearest edge pixels are asked for
        x = min(max(window.x, data.x), data.right - 1)
        y = min(max(window.y, data.y), data.bottom - 1)
        inside = Window(x, y, 1, 1)
    if not spec.tile_width:
        return Window(data.x, inside.y, data.width, inside.height)
    left = data.x + (inside.x - data.x) // spec.tile_width * spec.tile_width
    top = data.y + (inside.y - data.y) // spec.tile_height * spec.tile_height
    right = data.x - (data.x - inside.right) // spec.tile_width * spec.tile_width
    bottom = data.y - (data.y - inside.bottom) // spec.tile_height * spec.tile_height
    right, bottom = min(right, data.right), min(bottom, data.bottom)
    return Window(left, top, right - left, bottom - top)


def _read(source, spec, file: PictureFile, covered: Window, channels: tuple[int, int]) -> np.ndarray | None:
    if spec.tile_width:
        return source.read_tiles(
            file.part, 0, covered.x, covered.right, covered.y, covered.bottom, 0, 1, *channels, file.type
        )
    return source.read_scanlines(file.part, 0, covered.y, covered.bottom, 0, *channels, file.type)


def read_layout(path: Path) -> tuple[Window, Window, list[str]]:
    """Data window, display window and channel names of a file's first part, whatever it holds."""
    source = open_picture(path)
    try:
        spec = source.spec()
        if spec.deep:
            raise MediaError(f"{str(path)!r} is a deep EXR; a flat one is expected: write it flat")
        data = Window(spec.x, spec.y, spec.width, spec.height)
        display = Window(spec.full_x, spec.full_y, spec.full_width, spec.full_height)
        return data, display, list(spec.channelnames)
    finally:
        source.close()


def read_channels(path: Path, names: Sequence[str]) -> np.ndarray:
    """Channels of a file's first part over its data window: (height, width, len(names)), its own type.

    Channels of several types come as float32. One read: a compressed block holds all channels, so
    that each further read would unpack them all again. Raises CorruptMedia.
    """
    source = open_picture(path)
    try:
        spec = source.spec()
        types = {_type_of(spec, name) for name in names}
        kind = types.pop() if len(types) == 1 else "float"
        indices = [spec.channelindex(name) for name in names]
        low, high = min(indices), max(indices) + 1
        pixels = source.read_image(0, 0, low, high, kind)
        if pixels is None or pixels.size != spec.width * spec.height * (high - low):
            raise CorruptMedia(
                f"{str(path)!r} is damaged or cut off: {source.geterror()}; write it again"
            )
    finally:
        source.close()
    return _picked(pixels.reshape(spec.height, spec.width, high - low), [index - low for index in indices])


def _picked(pixels: np.ndarray, indices: list[int]) -> np.ndarray:
    """The channels `indices`, in that order."""
    whole = indices == list(range(pixels.shape[-1]))
    return pixels if whole else np.take(pixels, indices, axis=-1)
