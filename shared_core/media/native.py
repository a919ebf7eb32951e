"""A frame as its file holds it, and the picture's part of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared_core.values import Window


@dataclass(frozen=True)
class HeaderAttribute:
    """One attribute of an EXR header, its value as the file's own bytes."""

    name: str
    type: str
    value: bytes


@dataclass(frozen=True, eq=False)
class NativeFrame:
    """All that it takes to write a frame back without changing one bit.

    window: what the planes cover (EXR's data window). display: the display window. planes: channel
    name -> (height, width) in the file's own type: float16, float32 or uint32 in an EXR; uint8,
    uint16 or float32 from other pictures; uint8 (or float32 in 0 to 1, where a channel has more
    than 8 bits) from a movie. picture: the names of red, green and blue among the planes. alpha:
    the name of their alpha, or "". space: the colour space of the picture's values. attributes: an
    EXR's header, but for what describes the planes' storage. compression: the EXR's own, or "".
    notes: what a person has to know of how it was read.
    """

    window: Window
    display: Window
    planes: dict[str, np.ndarray]
    picture: tuple[str, str, str]
    alpha: str
    space: str
    pixel_aspect: float = 1.0
    attributes: tuple[HeaderAttribute, ...] = ()
    compression: str = ""
    notes: tuple[str, ...] = ()

    @property
    def from_exr(self) -> bool:
        return bool(self.compression)


def as_float(values: np.ndarray) -> np.ndarray:
    """Integers as their share of the type's largest value, floats as they are: float32."""
    if values.dtype.kind == "u":
        return values.astype(np.float32) / np.float32(np.iinfo(values.dtype).max)
    return values.astype(np.float32, copy=False)


def as_bytes(values: np.ndarray) -> np.ndarray:
    """Display-referred values as uint8, rounded; no other change."""
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.uint16:
        return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)
    shown = np.clip(np.nan_to_num(values.astype(np.float32)), 0.0, 1.0)
    return np.rint(shown * 255.0).astype(np.uint8)


def fit(values: np.ndarray, covers: Window, window: Window, outside: str = "edge") -> np.ndarray:
    """The part of `values` (over `covers`) that lies in `window`.

    outside: "edge" repeats the nearest pixel there, "black" leaves 0. A view where nothing is added.
    """
    if covers.contains(window):
        rows, columns = window.slices_in(covers)
        return values[rows, columns]
    if outside == "edge":
        rows = np.clip(np.arange(window.y, window.bottom) - covers.y, 0, covers.height - 1)
        columns = np.clip(np.arange(window.x, window.right) - covers.x, 0, covers.width - 1)
        return values[rows[:, None], columns[None, :]]
    out = np.zeros((window.height, window.width) + values.shape[2:], values.dtype)
    both = window.intersection(covers)
    if not both.empty:
        out[both.slices_in(window)] = values[both.slices_in(covers)]
    return out
