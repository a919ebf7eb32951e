"""A clip as shot-scope operators see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..values import Clip
from .cancel import Cancellation


class AnalysisClip:
    """Part of a clip for a shot-scope operator; every look at it counts and may be cancelled.

    look(count): called with the number of different frames looked at so far.
    """

    def __init__(
        self, clip: Clip, frames: tuple[int, ...], look: Callable[[int], None], cancel: Cancellation
    ) -> None:
        self._clip, self._look, self._cancel = clip, look, cancel
        self._seen: set[int] = set()
        self.frames = frames
        self.fps, self.display, self.pixel_aspect = clip.fps, clip.display, clip.pixel_aspect
        self.key = clip.key

    @property
    def rec709(self) -> np.ndarray:
        return self._clip.rec709

    def _watch(self, frame: int) -> None:
        self._cancel.check()
        if frame not in self._seen:
            self._seen.add(frame)
            self._look(len(self._seen))

    def image(self, frame: int, window: Any = None) -> Any:
        self._watch(frame)
        return self._clip.image(frame, window)

    def preview(self, frame: int) -> Any:
        self._watch(frame)
        return self._clip.preview(frame)

    def seconds(self, frame: int) -> float:
        return self._clip.seconds(frame)
