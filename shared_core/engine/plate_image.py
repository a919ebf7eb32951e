"""The plate as operators see it, converted only where they look."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..colour import ColourContext
from ..media.native import NativeFrame, as_float
from ..values import Image, Window


class PlateImage(Image):
    """An Image over a frame as it was read: `crop` converts to scene-linear that part alone.

    So work on a face costs the same in a large plate as in a small one. Its values are those of
    the clip's `image`.
    """

    def __init__(self, native: NativeFrame, colour: ColourContext) -> None:
        object.__setattr__(self, "_native", native)
        object.__setattr__(self, "_colour", colour)
        object.__setattr__(self, "window", native.window)
        object.__setattr__(self, "channels", ("R", "G", "B"))

    @cached_property
    def pixels(self) -> np.ndarray:  # type: ignore[override]
        return self.crop(self.window).pixels

    def crop(self, window: Window) -> Image:
        """The part inside `window`, scene-linear; ValueError where it is not all there."""
        rows, columns = window.slices_in(self.window)
        planes = [as_float(self._native.planes[name][rows, columns]) for name in self._native.picture]
        return Image(self._colour.to_working(np.stack(planes, axis=-1), self._native.space), window)
