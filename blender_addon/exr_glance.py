"""Is an EXR whole, and what does its header say? Standard library alone; decodes no pixel.

Reference: the OpenEXR file layout document.
"""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MAGIC = 20000630
_LINES = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256}
"""Lines in a block, by the compression's number."""
_FIRST_READ, _LARGEST_HEADER = 2**16, 2**24
_BLOCK_HEAD = 8
"""Bytes before a block's data: its first line and its size, 32 bits each."""


@dataclass(frozen=True)
class Glance:
    """width, height: of the data window, px. texts: the header's string attributes."""

    width: int
    height: int
    texts: dict[str, str]


def glance(path: Path) -> Glance | None:
    """What the header of a single-part scanline EXR says; None where the file is absent, cut off or none.

    A file that did not change since is not read again.
    """
    try:
        status = path.stat()
    except OSError:
        return None
    return _glance(str(path), status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=4096)
def _glance(path: str, size: int, _changed: int) -> Glance | None:
    for length in (_FIRST_READ, _LARGEST_HEADER):
        try:
            with open(path, "rb") as file:
                return _read(file, file.read(length), size)
        except (OSError, struct.error, ValueError, KeyError, IndexError):
            continue  # not all of the header was read, or it is none
    return None


def _read(file: BinaryIO, data: bytes, size: int) -> Glance | None:
    if struct.unpack_from("<I", data)[0] != _MAGIC:
        return None
    attributes, position = _attributes(data)
    left, top, right, bottom = struct.unpack("<4i", attributes["dataWindow"])
    width, height = right - left + 1, bottom - top + 1
    blocks = -(-height // _LINES[attributes["compression"][0]])
    offsets = struct.unpack_from(f"<{blocks}Q", data, position)
    last = max(offsets)
    if min(offsets) < position + 8 * blocks or last + _BLOCK_HEAD > size:
        return None
    file.seek(last)
    _, length = struct.unpack("<iI", file.read(_BLOCK_HEAD))
    if last + _BLOCK_HEAD + length > size:
        return None
    texts = {name[1:]: value.decode() for name, value in attributes.items() if name.startswith(" ")}
    return Glance(width, height, texts)


def _attributes(data: bytes) -> tuple[dict[str, bytes], int]:
    """Values by name, a text's name with a blank before it; and where the header ends."""
    found: dict[str, bytes] = {}
    position = 8
    while data[position]:
        end = data.index(b"\0", position)
        kind_end = data.index(b"\0", end + 1)
        name, kind = data[position:end].decode(), data[end + 1:kind_end]
        (length,) = struct.unpack_from("<I", data, kind_end + 1)
        position = kind_end + 5 + length
        found[f" {name}" if kind == b"string" else name] = data[kind_end + 5:position]
    return found, position + 1
