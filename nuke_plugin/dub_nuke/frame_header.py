"""What the header of a rendered frame says, with the standard library alone; no pixel is decoded.

Reference: "OpenEXR File Layout": magic number and version, then attributes as name, type, size, value,
and an empty name at the end.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Dict

STATE = "dub:state"
"""What became of the frame: `dubbed`, or why the plate passed; see docs/formats.md."""
_MAGIC = b"\x76\x2f\x31\x01"
_FIRST_ATTRIBUTE = 8
_HEADERS = (2**16, 2**22)
"""Bytes to read: few, since a check looks at many frames; many, where the header is longer."""


def texts(path: Path) -> Dict[str, str]:
    """The text attributes of an EXR by their names; none for a file that is absent, damaged or no EXR."""
    for size in _HEADERS:
        try:
            with open(str(path), "rb") as file:
                return _texts(file.read(size))
        except (OSError, ValueError, struct.error):
            continue  # not all of the header was read, or it is none
    return {}


def _texts(data: bytes) -> Dict[str, str]:
    if data[:4] != _MAGIC:
        return {}
    found: Dict[str, str] = {}
    position = _FIRST_ATTRIBUTE
    while data[position:position + 1] != b"\0":
        name_end = data.index(b"\0", position)
        kind_end = data.index(b"\0", name_end + 1)
        (size,) = struct.unpack_from("<i", data, kind_end + 1)
        start, name = kind_end + 5, data[position:name_end].decode()
        if not 0 <= size <= len(data) - start:
            raise ValueError(f"attribute {name}: {size} bytes")
        if data[name_end + 1:kind_end] == b"string":
            found[name] = data[start:start + size].decode("utf-8", "replace")
        position = start + size
    return found
