"""Write and read small uncompressed 32-bit EXRs with nothing but numpy: oracles need no core."""

from __future__ import annotations

import struct

import numpy as np

_MAGIC = struct.pack("<II", 20000630, 2)


def write_exr(path, planes, attributes=None):
    """`planes`: channel name -> float32 (height, width). attributes: texts for the header."""
    planes = {name: np.asarray(planes[name], "<f4") for name in sorted(planes)}
    height, width = next(iter(planes.values())).shape
    listed = b"".join(name.encode() + b"\0" + struct.pack("<iIii", 2, 0, 1, 1) for name in planes) + b"\0"
    box = struct.pack("<4i", 0, 0, width - 1, height - 1)
    header = [
        ("channels", "chlist", listed), ("compression", "compression", b"\0"), ("dataWindow", "box2i", box),
        ("displayWindow", "box2i", box), ("lineOrder", "lineOrder", b"\0"),
        ("pixelAspectRatio", "float", struct.pack("<f", 1)),
        ("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0)),
        ("screenWindowWidth", "float", struct.pack("<f", 1)),
        *((name, "string", text.encode()) for name, text in (attributes or {}).items()),
    ]
    head = _MAGIC + b"".join(
        name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<I", len(value)) + value
        for name, kind, value in header
    ) + b"\0"
    begin = 4 * width * len(planes)
    rows = [
        struct.pack("<iI", y, begin) + b"".join(plane[y].tobytes() for plane in planes.values())
        for y in range(height)
    ]
    start = len(head) + 8 * height
    offsets = struct.pack(f"<{height}Q", *(start + y * len(rows[0]) for y in range(height)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head + offsets + b"".join(rows))


def layered(layers):
    """Planes of `write_exr` for {layer: (height, width, 3 or 4)}; "" is the picture itself."""
    planes = {}
    for layer, pixels in layers.items():
        names = "RGBA" if not layer else ("red", "green", "blue", "alpha")
        for name, plane in zip(names, np.moveaxis(np.asarray(pixels, np.float32), -1, 0), strict=False):
            planes[f"{layer}.{name}" if layer else name] = plane
    return planes
