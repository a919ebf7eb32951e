"""Which of the actor's own frames lend their mouth to which frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .sidecar import Sidecar

CLIP_SOCKETS = ("clip", "takes")
"""By which socket an operator that borrows gets lender clip 0, and 1."""


@dataclass(frozen=True, eq=False)
class Reference:
    """One lender: `clip` 0 is the plate, 1 the other takes; frame in that clip; weight 0 to 1."""

    clip: int
    frame: int
    weight: float
    landmarks: np.ndarray
    gain: np.ndarray


@dataclass(frozen=True, eq=False)
class References(Sidecar):
    """Two lenders a frame, for a short dissolve where one takes over from the other.

    clip: int8 (N, 2). source: int64 (N, 2), frame numbers in that clip. weight: float32 (N, 2),
    each row sums to 1, or is 0 where no lender is wanted. landmarks: float32 (N, 2, 478, 2), the
    lenders' landmarks in their own frame's pixels. gain: float32 (N, 2, 8, 3), from the lender's
    light to this frame's at faces.skin_levels.LEVEL_POINTS, scene-linear factors for R, G and B,
    smoothed over the shot. pool: what the choice was made from, for the report. warnings: plain
    sentences for the artist.
    """

    clip: np.ndarray
    source: np.ndarray
    weight: np.ndarray
    landmarks: np.ndarray
    gain: np.ndarray
    pool: dict = field(default_factory=dict, metadata={"keyed": False})
    warnings: tuple[str, ...] = field(default=(), metadata={"keyed": False})

    def at(self, frame: int) -> list[Reference]:
        """The lenders of `frame` with a weight above 0, heaviest first; empty where there is none."""
        row = self.row(frame)
        if row is None:
            return []
        lenders = [
            Reference(int(self.clip[row, i]), int(self.source[row, i]), float(self.weight[row, i]),
                      self.landmarks[row, i], self.gain[row, i])
            for i in range(2)
            if self.weight[row, i] > 0
        ]
        return sorted(lenders, key=lambda lender: -lender.weight)

    def frames_used(self, frame: int) -> dict[str, tuple[int, ...]]:
        """The lenders' frames, by the sockets of CLIP_SOCKETS."""
        lenders = self.at(frame)
        return {
            socket: tuple(lender.frame for lender in lenders if lender.clip == clip)
            for clip, socket in enumerate(CLIP_SOCKETS)
        }
