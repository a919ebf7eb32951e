"""Encode a single-part scanline EXR from planes, each with its own type, bit by bit.

The usual writers convert every channel to one type or take one array for all of them; this one
copies bytes, so that a half's NaN, a 32-bit id and a float lie in one file as they were.
Reference: the OpenEXR file layout document; ZIP is its byte split, difference and zlib.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path

import numpy as np

from shared_core.values import Window

from .exr_header import COMPRESSIONS, LINES_IN_BLOCK, LONG_NAMES, MAGIC
from .native import HeaderAttribute

WRITABLE = ("zip", "zips", "none")
_TYPES = {"uint32": 0, "float16": 1, "float32": 2}
_ZLIB_LEVEL = 4


def encode_exr(
    path: Path, planes: Mapping[str, np.ndarray], window: Window,
    attributes: Iterable[HeaderAttribute], compression: str,
) -> None:
    """Write `planes` (name -> uint32, float16 or float32, all of the window's size) to `path`.

    attributes: the header but for channels, compression, dataWindow and lineOrder, which are made
    here; displayWindow and the other required ones have to be among them. compression: one of
    WRITABLE. Raises ValueError for planes of another type or size, OSError where the disk refuses.
    """
    planes = dict(sorted(planes.items(), key=lambda item: item[0].encode()))
    for name, plane in planes.items():
        if plane.dtype.name not in _TYPES or plane.shape != (window.height, window.width):
            raise ValueError(
                f"channel {name!r} is {plane.dtype} {plane.shape}; expected uint32, float16 or "
                f"float32 of {(window.height, window.width)}"
            )
    header = _header(planes, window, attributes, compression)
    lines = LINES_IN_BLOCK[COMPRESSIONS.index(compression)]
    tops = range(0, window.height, lines)

    def block(top: int) -> bytes:
        data = _compressed(_rows(planes, top, min(top + lines, window.height)), compression)
        return struct.pack("<iI", window.y + top, len(data)) + data

    with ThreadPoolExecutor(_threads()) as pool:
        blocks = list(pool.map(block, tops))
    start = len(header) + 8 * len(blocks)
    offsets = list(accumulate(map(len, blocks), initial=start))[:-1]
    with path.open("wb") as file:
        file.write(header + struct.pack(f"<{len(blocks)}Q", *offsets))
        file.writelines(blocks)


def text_attribute(name: str, text: str) -> HeaderAttribute:
    return HeaderAttribute(name, "string", text.encode("utf-8"))


def required_attributes(display: Window, pixel_aspect: float) -> list[HeaderAttribute]:
    """The attributes that every EXR has and that do not describe its pixels."""
    corners = struct.pack("<4i", display.x, display.y, display.right - 1, display.bottom - 1)
    return [
        HeaderAttribute("displayWindow", "box2i", corners),
        HeaderAttribute("pixelAspectRatio", "float", struct.pack("<f", pixel_aspect)),
        HeaderAttribute("screenWindowCenter", "v2f", struct.pack("<2f", 0.0, 0.0)),
        HeaderAttribute("screenWindowWidth", "float", struct.pack("<f", 1.0)),
    ]


def _header(planes, window: Window, attributes: Iterable[HeaderAttribute], compression: str) -> bytes:
    channels = b"".join(
        name.encode() + b"\0" + struct.pack("<iIii", _TYPES[plane.dtype.name], 0, 1, 1)
        for name, plane in planes.items()
    )
    corners = struct.pack("<4i", window.x, window.y, window.right - 1, window.bottom - 1)
    packing = bytes([COMPRESSIONS.index(compression)])
    made = {
        "channels": HeaderAttribute("channels", "chlist", channels + b"\0"),
        "compression": HeaderAttribute("compression", "compression", packing),
        "dataWindow": HeaderAttribute("dataWindow", "box2i", corners),
        "lineOrder": HeaderAttribute("lineOrder", "lineOrder", b"\0"),
    }
    everything = {attribute.name: attribute for attribute in attributes} | made
    names = [*everything, *planes, *(attribute.type for attribute in everything.values())]
    flags = 2 | (LONG_NAMES if max(len(name.encode()) for name in names) > 31 else 0)
    parts = [MAGIC, struct.pack("<I", flags)]
    for name, attribute in everything.items():
        parts.append(name.encode("utf-8", "surrogateescape") + b"\0" + attribute.type.encode() + b"\0")
        parts.append(struct.pack("<I", len(attribute.value)) + attribute.value)
    return b"".join(parts) + b"\0"


def _rows(planes: Mapping[str, np.ndarray], top: int, bottom: int) -> np.ndarray:
    """The bytes of rows `top` to `bottom`: row after row, in each the channels one after another."""
    parts = [
        np.ascontiguousarray(plane[top:bottom]).view(np.uint8).reshape(bottom - top, -1)
        for plane in planes.values()
    ]
    return np.concatenate(parts, axis=1).reshape(-1)


def _compressed(raw: np.ndarray, compression: str) -> bytes:
    if compression == "none":
        return raw.tobytes()
    split = np.concatenate((raw[0::2], raw[1::2]))
    steps = np.empty_like(split)
    steps[0] = split[0]
    np.subtract(split[1:], split[:-1], out=steps[1:])
    steps[1:] += np.uint8(128)
    packed = zlib.compress(steps, _ZLIB_LEVEL)
    # A block that would not shrink is stored as it is: readers tell by its length.
    return packed if len(packed) < raw.size else raw.tobytes()


def _threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
