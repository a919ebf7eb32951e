"""What the network learns to say: a tracked mouth's curves as z-scores of that person's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...faces.canonical import MouthSpace
from ...faces.head_turn import FacingAhead
from ...faces.mouth_modes import MODE_CURVES
from ...spec.errors import FaceError
from ...values import Track

LEAST_S = 1.5
_COVERED = 0.5


@dataclass(frozen=True, eq=False)
class MouthCurves:
    """The frames of a track that show the mouth free.

    rows: bool (F,), which frames of the track these are. seconds: (N,), their times. values: (N, 4), in the
    order of MODE_CURVES, in mouth widths (pucker 0 to 1). closed_opening: what the landmarks call an
    opening on closed lips.
    """

    rows: np.ndarray
    seconds: np.ndarray
    values: np.ndarray
    closed_opening: float

    @property
    def mean(self) -> np.ndarray:
        return self.values.mean(axis=0)

    @property
    def spread(self) -> np.ndarray:
        """Standard deviations (4,), never 0."""
        return np.maximum(self.values.std(axis=0), 1e-6)

    @property
    def scores(self) -> np.ndarray:
        """z-scores (N, 4): sound does not know the scale of a mouth."""
        return (self.values - self.mean) / self.spread


def mouth_curves(track: Track, least_s: float = LEAST_S) -> MouthCurves:
    """Measure the mouth on all frames that show it; FaceError where they last less than `least_s`."""
    space = MouthSpace.fit(track)
    seen = track.present & (track.occlusion < _COVERED)
    step = float(np.median(np.diff(track.seconds))) if len(track.frames) > 1 else 0.0
    if not seen.any() or seen.sum() * step < least_s:
        raise FaceError(
            f"the mouth shows in {int(seen.sum())} of {len(track.frames)} frames ({seen.sum() * step:.1f} s);"
            f" expected {least_s:g} s or more: choose a longer take, or another face"
        )
    values = FacingAhead.of(track, space).curves[seen[track.present]]
    return MouthCurves(seen, track.seconds[seen], values, space.closed_opening)


OPENING, WIDTH, JAW = (MODE_CURVES.index(name) for name in ("opening", "width", "jaw"))
