"""Read an EXR's header and tables by themselves: every attribute's bytes, and whether the file is whole.

Reference: the OpenEXR file layout document (magic number, version flags, attributes, offset tables).
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from shared_core.spec.errors import CorruptMedia, MediaError
from shared_core.values import Window

from .native import HeaderAttribute

MAGIC = b"v/1\x01"
LONG_NAMES, MULTI_PART, TILED, DEEP = 0x400, 0x1000, 0x200, 0x800
COMPRESSIONS = (
    "none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab", "htj2k256", "htj2k32",
)
LINES_IN_BLOCK = (1, 1, 1, 16, 32, 16, 32, 32, 32, 256, 256, 32)
LOSSY = ("pxr24", "b44", "b44a", "dwaa", "dwab")
PIXEL_TYPES = ("uint", "half", "float")

_FORMATS = {
    "int": "<i", "float": "<f", "double": "<d", "rational": "<iI", "timecode": "<II", "v2i": "<2i",
    "v2f": "<2f", "v2d": "<2d", "v3i": "<3i", "v3f": "<3f", "v3d": "<3d", "box2i": "<4i", "box2f": "<4f",
    "m33f": "<9f", "m44f": "<16f", "m33d": "<9d", "m44d": "<16d", "chromaticities": "<8f", "keycode": "<7i",
    "compression": "<B", "lineOrder": "<B", "envmap": "<B", "tiledesc": "<IIB",
}


@dataclass(frozen=True)
class ExrPart:
    """One part's header. flags: the version field's, of the file. attributes: in the file's order."""

    attributes: dict[str, HeaderAttribute]
    flags: int

    def value(self, name: str) -> Any:
        """The attribute `name` as Python values, or None where it is not there."""
        return python_value(self.attributes[name]) if name in self.attributes else None

    @property
    def window(self) -> Window:
        left, top, right, bottom = self.value("dataWindow")
        return Window(left, top, right - left + 1, bottom - top + 1)

    @property
    def compression(self) -> str:
        return COMPRESSIONS[self.value("compression")]

    @property
    def tiled(self) -> bool:
        if self.flags & MULTI_PART:
            return self.value("type") in ("tiledimage", "deeptile")
        return bool(self.flags & TILED)

    @property
    def deep(self) -> bool:
        return str(self.value("type") or "").startswith("deep") or bool(self.flags & DEEP)

    def channels(self) -> dict[str, tuple[str, int, int]]:
        """name -> (uint, half or float; horizontal sampling; vertical sampling), in the file's order."""
        data, position, found = self.attributes["channels"].value, 0, {}
        while data[position]:
            end = data.index(b"\0", position)
            kind, _, across, down = struct.unpack_from("<iIii", data, end + 1)
            found[data[position:end].decode("utf-8", "replace")] = (PIXEL_TYPES[kind], across, down)
            position = end + 17
        return found

    def chunk_count(self) -> int:
        """How many blocks of pixels the part consists of."""
        declared = self.value("chunkCount")
        if declared is not None:
            return declared
        if not self.tiled:
            return -(-self.window.height // LINES_IN_BLOCK[self.value("compression")])
        return _tile_count(self.window, *self.value("tiles"))


def read_parts(path: Path) -> list[ExrPart]:
    """The headers of all parts; CorruptMedia where it is no EXR or is cut off within them."""
    with _opened(path) as file:
        return _read_headers(file, path)


def read_header(path: Path | str) -> dict[str, Any]:
    """The first part's attributes by name, as Python values (bytes where the type is not known)."""
    part = read_parts(Path(path))[0]
    return {name: python_value(attribute) for name, attribute in part.attributes.items()}


def is_whole(path: Path | str) -> bool:
    """Whether an EXR is complete: header there, every block written, the last one inside the file.

    Fast: it reads the header, the table of offsets and each block's length, and decodes nothing.
    False for a file that is missing, empty, cut off, or no EXR.
    """
    path = Path(path)
    try:
        with _opened(path) as file:
            parts = _read_headers(file, path)
            counts = [part.chunk_count() for part in parts]
            size = os.fstat(file.fileno()).st_size
            if sum(counts) <= 0 or file.tell() + 8 * sum(counts) > size:
                return False
            offsets = struct.unpack(f"<{sum(counts)}Q", file.read(8 * sum(counts)))
            return all(offsets) and _last_block_ends(file, parts, counts, offsets) <= size
    except (MediaError, OSError, struct.error, LookupError, TypeError, ValueError, ArithmeticError):
        return False


def python_value(attribute: HeaderAttribute) -> Any:
    """An attribute's value: text, a number, a tuple of numbers, or its bytes."""
    if attribute.type == "string":
        return attribute.value.decode("utf-8", "replace")
    layout = _FORMATS.get(attribute.type)
    if layout is None or struct.calcsize(layout) != len(attribute.value):
        return attribute.value
    numbers = struct.unpack(layout, attribute.value)
    return numbers[0] if len(numbers) == 1 else numbers


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise MediaError(f"{str(path)!r} cannot be read: {error.strerror}; check the path") from None


def _read_headers(file: BinaryIO, path: Path) -> list[ExrPart]:
    start = file.read(8)
    if len(start) < 8 or start[:4] != MAGIC:
        what = "holds zero bytes" if not start else "is no EXR"
        raise CorruptMedia(f"{str(path)!r} {what}; render or copy it again")
    flags = struct.unpack("<I", start[4:])[0]
    parts = []
    while True:
        attributes = _read_attributes(file, path)
        if not attributes:
            break
        parts.append(ExrPart(attributes, flags))
        if not flags & MULTI_PART:
            break
    needed = {"channels", "compression", "dataWindow"}
    if not parts or any(not needed <= set(part.attributes) for part in parts):
        raise CorruptMedia(f"{str(path)!r} has an incomplete header; render or copy it again")
    return parts


def _read_attributes(file: BinaryIO, path: Path) -> dict[str, HeaderAttribute]:
    attributes = {}
    while name := _read_name(file, path):
        kind = _read_name(file, path)
        length = file.read(4)
        size = struct.unpack("<i", length)[0] if len(length) == 4 else -1
        value = file.read(size) if size >= 0 else b""
        if size < 0 or len(value) != size:
            raise CorruptMedia(f"{str(path)!r} is cut off within its header; render or copy it again")
        attributes[name] = HeaderAttribute(name, kind, value)
    return attributes


def _read_name(file: BinaryIO, path: Path) -> str:
    name = bytearray()
    while (byte := file.read(1)) != b"\0":
        if not byte or len(name) > 255:
            raise CorruptMedia(f"{str(path)!r} is cut off within its header; render or copy it again")
        name += byte
    return name.decode("utf-8", "surrogateescape")


def _tile_count(window: Window, width: int, height: int, mode: int) -> int:
    """Tiles over all levels: one level, mipmap or ripmap, sizes rounded down or up."""
    levels, up = mode & 0xF, bool(mode >> 4)

    def sizes(size: int, longest: int) -> list[int]:
        count = (longest - 1).bit_length() + 1 if up else longest.bit_length()
        return [max(1, -(-size // 2**n) if up else size // 2**n) for n in range(count)]

    if levels == 0:
        return -(-window.width // width) * -(-window.height // height)
    if levels == 1:
        longest = max(window.width, window.height)
        pairs = zip(sizes(window.width, longest), sizes(window.height, longest), strict=True)
        return sum(-(-w // width) * -(-h // height) for w, h in pairs)
    across = sum(-(-w // width) for w in sizes(window.width, window.width))
    return across * sum(-(-h // height) for h in sizes(window.height, window.height))


def _last_block_ends(file: BinaryIO, parts, counts, offsets) -> int:
    """Where the block that begins last ends, in bytes from the file's start."""
    last = max(range(len(offsets)), key=offsets.__getitem__)
    owner, before = 0, counts[0]
    while last >= before:
        owner += 1
        before += counts[owner]
    part = parts[owner]
    position = offsets[last] + (4 if part.flags & MULTI_PART else 0) + (16 if part.tiled else 4)
    file.seek(position)
    if part.deep:
        table, packed, _ = struct.unpack("<3Q", file.read(24))
        return position + 24 + table + packed
    return position + 4 + struct.unpack("<I", file.read(4))[0]
