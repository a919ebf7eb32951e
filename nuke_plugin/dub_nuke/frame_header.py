"""What the header of a rendered frame says, with the standard library alone; no pixel is decoded.

Reference: "OpenEXR File Layout": magic number and version, then attributes as name, type, size, value,
and an empty name at the end.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Dict, Tuple

STATE = "dub:state"
"""What became of the frame: `dubbed`, or why the plate passed; see docs/formats.md."""
_MAGIC = b"\x76\x2f\x31\x01"
_FIRST_ATTRIBUTE = 8
_HEADERS = (2**16, 2**22)
"""Bytes to read: few, since a check looks at many frames; many, where the header is longer."""


def texts(path: Path) -> Dict[str, str]:
    """The text attributes of an EXR by their names; none for a file that is absent, damaged or no EXR."""
    return {
        name: value.decode("utf-8", "replace") for name, (kind, value) in _attributes(path).items()
        if kind == b"string"
    }


def pixel_aspect(path: Path) -> float:
    """The width of a pixel over its height; 1.0 for a file that does not say."""
    kind, value = _attributes(path).get("pixelAspectRatio", (b"", b""))
    return float(struct.unpack("<f", value)[0]) if kind == b"float" else 1.0


def _attributes(path: Path) -> Dict[str, Tuple[bytes, bytes]]:
    for size in _HEADERS:
        try:
            with open(str(path), "rb") as file:
                return _parsed(file.read(size))
        except (OSError, ValueError, struct.error):
            continue  # not all of the header was read, or it is none
    return {}


def _parsed(data: bytes) -> Dict[str, Tuple[bytes, bytes]]:
    """Name -> (type, value) of each attribute."""
    if data[:4] != _MAGIC:
        return {}
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
    return found
