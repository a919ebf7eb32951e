"""A frame with all of a bake's layers and nothing in them: zero alpha, so that the plate shows.

Blender makes an Image node's sockets from the layers of a file. Where the frames are made elsewhere and
later, this one stands in the first one's place until then. It says that it is blank, so nobody takes it
for a dubbed frame: the core writes over it, the guard counts it as missing. Standard library alone.

Reference: the OpenEXR file layout document.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

from .exr_glance import glance
from .shared_core.spec.errors import DiskError

MARK = "dub:blank"
_HALF, _ZIP, _LINES_A_BLOCK = 1, 3, 16


def write_blank(path: Path, size: tuple[int, int], layers: Iterable[tuple[str, int]]) -> None:
    """Write one at `path`, whole or not at all. layers: (name, channels, 3 or 4); DiskError.

    size: the plate's width and height, px. Under a smaller picture the plate would not show.
    """
    names = sorted([*"RGBA", *(
        f"{layer}.{channel}" for layer, count in layers
        for channel in ("red", "green", "blue", "alpha")[:count])])
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(_encoded(names, *size))
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise DiskError(f"{path}: cannot be written: {error.strerror}; free or unlock the disk") from None


def is_blank(path: Path) -> bool:
    """Whether `path` is a frame that `write_blank` wrote, and nothing has replaced since."""
    seen = glance(path)
    return seen is not None and MARK in seen.texts


def _encoded(channels: list[str], width: int, height: int) -> bytes:
    """A half-float EXR of zeros, in ZIP blocks of 16 lines."""
    box = struct.pack("<4i", 0, 0, width - 1, height - 1)
    listed = b"".join(_text(name) + struct.pack("<iIii", _HALF, 0, 1, 1) for name in channels) + b"\0"
    attributes = (
        ("channels", "chlist", listed), ("compression", "compression", bytes([_ZIP])),
        ("dataWindow", "box2i", box), ("displayWindow", "box2i", box), (MARK, "string", b"not rendered yet"),
        ("lineOrder", "lineOrder", b"\0"), ("pixelAspectRatio", "float", struct.pack("<f", 1)),
        ("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0)),
        ("screenWindowWidth", "float", struct.pack("<f", 1)),
    )
    head = struct.pack("<II", 20000630, 2) + b"".join(
        _text(name) + _text(kind) + struct.pack("<I", len(value)) + value for name, kind, value in attributes
    ) + b"\0"
    blocks, firsts = [], range(0, height, _LINES_A_BLOCK)
    for first in firsts:
        packed = _packed(2 * width * len(channels) * min(_LINES_A_BLOCK, height - first))
        blocks.append(struct.pack("<iI", first, len(packed)) + packed)
    position = len(head) + 8 * len(blocks)
    offsets = []
    for block in blocks:
        offsets.append(struct.pack("<Q", position))
        position += len(block)
    return b"".join((head, *offsets, *blocks))


def _packed(count: int) -> bytes:
    """`count` zero bytes as a ZIP block holds them: differences, 128 for none, deflated where that helps."""
    packed = zlib.compress(b"\0" + b"\x80" * (count - 1), 9)
    return packed if len(packed) < count else bytes(count)


def _text(name: str) -> bytes:
    return name.encode("ascii") + b"\0"
