"""What a sound says, in steps of a network or of a filter bank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .sidecar import Sidecar

KINDS = ("whisper", "mel", "deepspeech")


@dataclass(frozen=True, eq=False)
class Speech(Sidecar):
    """Features of a sound at even steps; `frames` counts these steps from 0, not pictures.

    features: float32 (T, D). loudness: float32 (T,), the level around each step, dB of full scale.
    rate: steps a second. start: time of step 0's centre against the clip's first picture, s; in a
    sound file against its first sample. kind: one of KINDS.
    """

    features: np.ndarray
    loudness: np.ndarray
    rate: float
    start: float
    kind: str

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, axes in (("features", 2), ("loudness", 1)):
            array = getattr(self, name)
            if array.dtype != np.float32 or array.ndim != axes:
                raise ValueError(
                    f"speech {name} are {array.dtype} {array.shape}; expected float32 with {axes} axes"
                )
        if not len(self.frames) or not self.rate > 0 or self.kind not in KINDS:
            raise ValueError(
                f"speech has {len(self.frames)} steps of {self.kind!r} at {self.rate} a second;"
                f" expected one at least, one of {', '.join(KINDS)}, and a rate above 0"
            )
        # Plain floats, for they are stored as JSON.
        object.__setattr__(self, "rate", float(self.rate))
        object.__setattr__(self, "start", float(self.start))

    def at(self, seconds: np.ndarray) -> np.ndarray:
        """Features at the moments `seconds` (N,): float32 (N, D).

        Between two steps they lie on the straight line from one to the other; before the first and
        after the last they stay as they are there (`covers` tells).
        """
        return self._between(self.features, seconds)

    def loudness_at(self, seconds: np.ndarray) -> np.ndarray:
        """The level at the moments `seconds` (N,), dB: float32 (N,); read like `at`."""
        return self._between(self.loudness[:, None], seconds)[:, 0]

    def covers(self, seconds: np.ndarray) -> np.ndarray:
        """Whether each moment of `seconds` (N,) lies inside the sound, to half a step: bool (N,)."""
        position = self._position(seconds)
        return (position >= -0.5) & (position <= len(self.frames) - 0.5)

    def _position(self, seconds: np.ndarray) -> np.ndarray:
        return (np.asarray(seconds, np.float64) - self.start) * self.rate

    def _between(self, rows: np.ndarray, seconds: np.ndarray) -> np.ndarray:
        position = np.clip(self._position(seconds), 0, len(rows) - 1)
        before = np.floor(position).astype(np.int64)
        after = np.minimum(before + 1, len(rows) - 1)
        share = (position - before)[:, None].astype(np.float32)
        # This form is exact at the steps themselves.
        return rows[before] * (1 - share) + rows[after] * share
