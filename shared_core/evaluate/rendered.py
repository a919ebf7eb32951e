"""A rendered frame as it is looked at: its picture and its final matte, from one read of the file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..colour import ColourContext
from ..media import MediaClip
from ..values import Mask, Window

MATTE_CHANNEL = "dub.alpha"


@dataclass(frozen=True, eq=False)
class Rendered:
    """picture: uint8 sRGB of the display window. matte: what of it is not 0; None: there is none."""

    picture: np.ndarray
    matte: Mask | None

    @property
    def nbytes(self) -> int:
        return self.picture.nbytes + (0 if self.matte is None else self.matte.alpha.nbytes)

    def matte_over(self, display: Window) -> np.ndarray:
        """The matte over the display window: float32 (height, width)."""
        result = np.zeros((display.height, display.width), np.float32)
        if not self.matte.window.empty:
            result[self.matte.window.slices_in(display)] = self.matte.alpha
        return result


def read_rendered(clip: MediaClip, frame: int, colour: ColourContext) -> Rendered:
    """Read a frame once. May be called from several threads. Raises MissingFrame and CorruptMedia."""
    image, matte = clip.image_and(frame, MATTE_CHANNEL, clip.display)
    return Rendered(colour.preview(image.pixels), None if matte is None else _trimmed(matte))


def _trimmed(matte: Mask) -> Mask:
    """A copy of the matte's part that is not 0: the face's, of a whole frame."""
    rows, columns = (np.flatnonzero((matte.alpha != 0).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return Mask.empty()
    window = matte.window
    part = Window(
        window.x + int(columns[0]), window.y + int(rows[0]),
        int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1,
    )
    return Mask(matte.alpha[part.slices_in(window)].copy(), part)
