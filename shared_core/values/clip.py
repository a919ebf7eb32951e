"""A clip: frames on demand. The engine opens it; operators only ask it for frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

from .image import Image
from .window import Window


class Clip(Protocol):
    """A movie or an image sequence behind one face. Reading never changes it; any order is allowed.

    frames: the frame numbers that exist, ascending. fps: frames a second. display: the display
    window, in pixels. pixel_aspect: width of a pixel over its height. key: text that changes when
    the media change. rec709: float64 (3, 3), from the pixels' scene-linear space to linear Rec.709.
    """

    frames: Sequence[int]
    fps: Fraction
    display: Window
    pixel_aspect: float
    key: str
    rec709: np.ndarray

    def image(self, frame: int, window: Window | None = None) -> Image:
        """Scene-linear RGB of `frame`, all of its data window or `window` alone.

        Pixels of `window` outside the data window repeat the nearest edge pixel.
        Raises MissingFrame or CorruptMedia.
        """
        ...

    def preview(self, frame: int) -> np.ndarray:
        """The display window as uint8 sRGB (height, width, 3): for tracking and for looking."""
        ...

    def seconds(self, frame: int) -> float:
        """The frame's time from the clip's first frame, in seconds (from its timestamp in a movie)."""
        ...


INAUDIBLE_DB = -70.0
"""Of full scale, root mean square: quieter is silence, however quiet the rest of the sound."""


@dataclass(frozen=True, eq=False)
class Sound:
    """samples: float32 mono, -1 to 1. rate: in Hz.

    start: time of sample 0 against the clip's first frame, s.
    """

    samples: np.ndarray
    rate: int
    start: float = 0.0

    def __post_init__(self) -> None:
        if self.samples.dtype != np.float32 or self.samples.ndim != 1:
            raise ValueError(
                f"sound is {self.samples.dtype} {self.samples.shape}; expected float32, one channel"
            )

    @property
    def duration(self) -> float:
        """In seconds."""
        return len(self.samples) / self.rate
