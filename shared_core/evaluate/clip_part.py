"""Some frames of a clip, behind a clip's face."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class PartOfClip:
    """Some frames of a clip, as `screen` shows them; counts those that were looked at."""

    def __init__(
        self, clip: Any, frames: np.ndarray, screen: Callable[[int], np.ndarray],
        advance: Callable[[int], None],
    ) -> None:
        self._clip, self._screen, self._advance, self._seen = clip, screen, advance, set()
        self.frames = tuple(frames.tolist())
        self.fps, self.display, self.pixel_aspect = clip.fps, clip.display, clip.pixel_aspect
        self.key = clip.key

    def preview(self, frame: int) -> np.ndarray:
        self._seen.add(frame)
        self._advance(len(self._seen))
        return self._screen(frame)

    def image(self, frame: int, window: Any = None) -> Any:
        return self._clip.image(frame, window)

    def seconds(self, frame: int) -> float:
        return self._clip.seconds(frame)
