"""A face through the shot."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from .sidecar import Sidecar

LANDMARKS = 478
BLENDSHAPES = 52


@dataclass(frozen=True, eq=False)
class Face:
    """One frame of a Track; see there."""

    frame: int
    present: bool
    landmarks: np.ndarray
    confidence: float
    occlusion: float


@dataclass(frozen=True, eq=False)
class Track(Sidecar):
    """One person's face, frame by frame.

    landmarks: float32 (N, 478, 3), MediaPipe's topology; x and y in plate pixels (y down, pixel
    centres at +0.5, origin at the display window's corner's pixel coordinates), z in the same
    scale. Rows where `present` is False hold zeros. raw: float32 (N, 478, 2), x and y before
    smoothing in time. confidence: float32 (N,), 0 to 1. occlusion: float32 (N,), 0 for a free
    mouth to 1 for a covered one, attack and release already applied. quality: float32 (N,), 0 to
    1. blendshapes: float32 (N, 52), MediaPipe's order. pose: float32 (N, 4, 4), head to camera.
    cuts: the first frame of every scene after the first. size: width and height of the display
    window, px. pixel_aspect: width of a pixel over its height. fps: frames a second, as a fraction's text.
    seconds: float64 (N,), each frame's time from the clip's first one (a movie's timestamps); left
    out, it is counted from `fps`.
    """

    landmarks: np.ndarray
    raw: np.ndarray
    present: np.ndarray
    confidence: np.ndarray
    occlusion: np.ndarray
    quality: np.ndarray
    blendshapes: np.ndarray
    pose: np.ndarray
    cuts: tuple[int, ...] = ()
    size: tuple[int, int] = (0, 0)
    pixel_aspect: float = 1.0
    fps: str = "25"
    seconds: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.seconds is None:
            frames = np.asarray(self.frames, np.float64)
            counted = (frames - frames[:1].sum()) / float(Fraction(self.fps))
            object.__setattr__(self, "seconds", counted)
        super().__post_init__()

    def at(self, frame: int) -> Face:
        """The face at `frame`; not present where the track does not cover it."""
        row = self.row(frame)
        if row is None:
            return Face(frame, False, np.zeros((LANDMARKS, 3), np.float32), 0.0, 0.0)
        return Face(
            frame, bool(self.present[row]), self.landmarks[row],
            float(self.confidence[row]), float(self.occlusion[row]),
        )
