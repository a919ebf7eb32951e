"""What the file of a frame says of itself, with the standard library alone; no pixel is decoded.

Reference: "OpenEXR File Layout": magic number and version, then attributes as name, type, size, value,
and an empty name at the end; then the places of the chunks, each some lines of the picture.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Optional, Tuple

STATE = "dub:state"
"""What became of the frame: `dubbed`, or why the plate passed; see docs/formats.md."""
_MAGIC = b"\x76\x2f\x31\x01"
_FIRST_ATTRIBUTE = 8
_HEADERS = (2**16, 2**22)
"""Bytes to read: few, since a check looks at many frames; many, where the header is longer."""
_TILED_DEEP_OR_PARTS = 0x200 | 0x800 | 0x1000
_LINES = (1, 1, 1, 16, 32, 16, 32, 32, 32, 256)
"""Of a chunk, by the compression's number: none, RLE, ZIPS, ZIP, PIZ, PXR24, B44, B44A, DWAA, DWAB."""


@dataclass
class _Header:
    """attributes: name -> (type, value). end: where it ends in the file, in bytes."""

    flags: int
    attributes: Dict[str, Tuple[bytes, bytes]]
    end: int


def texts(path: Path) -> Dict[str, str]:
    """The text attributes of an EXR by their names; none for a file that is absent, damaged or no EXR."""
    header = _header(path)
    return {} if header is None else {
        name: value.decode("utf-8", "replace") for name, (kind, value) in header.attributes.items()
        if kind == b"string"
    }


def pixel_aspect(path: Path) -> float:
    """The width of a pixel over its height; 1.0 for a file that does not say."""
    header = _header(path)
    kind, value = (b"", b"") if header is None else header.attributes.get("pixelAspectRatio", (b"", b""))
    return float(struct.unpack("<f", value)[0]) if kind == b"float" else 1.0


def is_whole(path: Path) -> bool:
    """Whether an EXR of scan lines, as a Write makes it, has all of its chunks.

    A render that was cut short leaves one without its last. Of another kind of EXR this is not known,
    and True.
    """
    header = _header(path)
    if header is None:
        return False
    if header.flags & _TILED_DEEP_OR_PARTS:
        return True
    try:
        return _has_every_chunk(path, header)
    except (OSError, KeyError, IndexError, ValueError, struct.error):
        return False


def _has_every_chunk(path: Path, header: _Header) -> bool:
    _, top, _, bottom = struct.unpack("<4i", header.attributes["dataWindow"][1])
    compression = header.attributes["compression"][1][0]
    if compression >= len(_LINES):
        return True
    lines = _LINES[compression]
    count = -(-(bottom - top + 1) // lines)
    with open(str(path), "rb") as file:
        file.seek(header.end)
        places = struct.unpack(f"<{count}Q", file.read(8 * count))
        file.seek(max(places))
        _, size = struct.unpack("<2i", file.read(8))
        return min(places) > 0 and max(places) + 8 + size <= os.fstat(file.fileno()).st_size


def _header(path: Path) -> Optional[_Header]:
    for size in _HEADERS:
        try:
            with open(str(path), "rb") as file:
                return _parsed(file.read(size))
        except (OSError, ValueError, struct.error):
            continue  # not all of the header was read, or it is none
    return None


def _parsed(data: bytes) -> Optional[_Header]:
    if data[:4] != _MAGIC:
        return None
    found: Dict[str, Tuple[bytes, bytes]] = {}
    position = _FIRST_ATTRIBUTE
    while data[position:position + 1] != b"\0":
        name_end = data.index(b"\0", position)
        kind_end = data.index(b"\0", name_end + 1)
        (size,) = struct.unpack_from("<i", data, kind_end + 1)
        start, name = kind_end + 5, data[position:name_end].decode()
        if not 0 <= size <= len(data) - start:
            raise ValueError(f"attribute {name}: {size} bytes")
        found[name] = data[name_end + 1:kind_end], data[start:start + size]
        position = start + size
    return _Header(struct.unpack_from("<I", data, 4)[0], found, position + 1)
