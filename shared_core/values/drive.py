"""What the mouth shall do."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .sidecar import Sidecar

CURVES = ("opening", "width", "pucker", "closure", "jaw")


@dataclass(frozen=True, eq=False)
class DriveFrame:
    """One frame of a Drive; see there."""

    frame: int
    present: bool
    landmarks: np.ndarray
    curves: dict[str, float]
    teeth: float


@dataclass(frozen=True, eq=False)
class Drive(Sidecar):
    """Where the actor's face shall be, frame by frame, at the plate's frame numbers.

    landmarks: float32 (N, 478, 2), the target in plate pixels (the actor's pose, the wanted
    mouth). present: bool (N,), False where no target could be made. curves: float32 (N, 5), in the
    order of CURVES: opening, width, pucker and jaw drop in units of the actor's neutral mouth
    width, as offsets from the neutral but for the opening (lips' distance itself), on a head that faces
    ahead; closure 0 to 1.
    teeth: float32 (N,), the share of the inner mouth that shows teeth in the performance, 0 to 1;
    NaN where unknown. moments: float64 (N,), the time of the performance's sound that each frame shows,
    s; None in a drive made by hand. report: how it was made, for the artist. warnings: plain sentences.
    """

    landmarks: np.ndarray
    present: np.ndarray
    curves: np.ndarray
    teeth: np.ndarray
    moments: np.ndarray | None = None
    report: dict = field(default_factory=dict, metadata={"keyed": False})
    warnings: tuple[str, ...] = field(default=(), metadata={"keyed": False})

    def at(self, frame: int) -> DriveFrame:
        """The target at `frame`; not present where the drive does not cover it."""
        row = self.row(frame)
        if row is None:
            zeros = np.zeros((478, 2), np.float32)
            return DriveFrame(frame, False, zeros, dict.fromkeys(CURVES, 0.0), float("nan"))
        curves = dict(zip(CURVES, map(float, self.curves[row]), strict=True))
        return DriveFrame(
            frame, bool(self.present[row]), self.landmarks[row], curves, float(self.teeth[row])
        )
