"""Pictures: pixels over a window of the plate.

Convention: arrays are float32, height x width (x channels), rows downwards; the window says where
they lie in the plate's pixel coordinates. Values are scene-linear and unbounded; nothing here
clips. Flow is backward and in pixels: `out(p) = source(p + flow(p))`, y down, pixel centres at
+0.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from .window import Window


def _checked(array: np.ndarray, window: Window, depth: int | None, what: str) -> np.ndarray:
    """A read-only float32 array of the window's size; ValueError says what stands there instead."""
    array = np.asarray(array)
    shape = (window.height, window.width) + (() if depth is None else (depth,))
    if array.dtype != np.float32 or array.shape != shape:
        raise ValueError(f"{what} is {array.dtype} {array.shape}; expected float32 {shape}")
    view = array.view()
    view.flags.writeable = False
    return view


class _Windowed:
    """Cropping, common to all that lies over a window; `_ARRAYS` names the arrays."""

    _ARRAYS: tuple[str, ...] = ()
    window: Window

    def crop(self, window: Window) -> Self:
        """The part inside `window`, without a copy; ValueError where it is not all there."""
        rows, columns = window.slices_in(self.window)
        parts = {name: getattr(self, name)[rows, columns] for name in self._ARRAYS}
        return replace(self, window=window, **parts)


@dataclass(frozen=True, eq=False)
class Image(_Windowed):
    """pixels: float32 (height, width, channels), scene-linear RGB unless `channels` says more."""

    pixels: np.ndarray
    window: Window
    channels: tuple[str, ...] = ("R", "G", "B")

    _ARRAYS = ("pixels",)

    def __post_init__(self) -> None:
        checked = _checked(self.pixels, self.window, len(self.channels), "image")
        object.__setattr__(self, "pixels", checked)


@dataclass(frozen=True, eq=False)
class Mask(_Windowed):
    """alpha: float32 (height, width), 0 outside to 1 inside."""

    alpha: np.ndarray
    window: Window

    _ARRAYS = ("alpha",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", _checked(self.alpha, self.window, None, "mask"))

    @classmethod
    def empty(cls) -> Mask:
        """A mask that is 0 everywhere."""
        return cls(np.zeros((0, 0), np.float32), Window(0, 0, 0, 0))


@dataclass(frozen=True, eq=False)
class Flow(_Windowed):
    """vectors: float32 (height, width, 2), dx and dy in px. confidence: float32 (height, width).

    Confidence is 0 where the vector is a guess and 1 where the source pixel was seen.
    """

    vectors: np.ndarray
    confidence: np.ndarray
    window: Window

    _ARRAYS = ("vectors", "confidence")

    def __post_init__(self) -> None:
        object.__setattr__(self, "vectors", _checked(self.vectors, self.window, 2, "flow"))
        checked = _checked(self.confidence, self.window, None, "flow confidence")
        object.__setattr__(self, "confidence", checked)
