"""Curves of the mouth that an artist edited by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .drive import CURVES
from .sidecar import Sidecar

WIDEST = 3.0
"""Mouth widths: no mouth goes further, and a matte around one that did would take all memory."""


@dataclass(frozen=True, eq=False)
class Curves(Sidecar):
    """What `dub curves --import` read.

    values: float32 (N, 5), in the order of CURVES and in the units of Drive.curves; NaN where the
    artist left the drive's own value.
    """

    values: np.ndarray

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.values.dtype != np.float32 or self.values.shape != (len(self.frames), len(CURVES)):
            raise ValueError(
                f"curves are {self.values.dtype} {self.values.shape};"
                f" expected float32 {(len(self.frames), len(CURVES))}"
            )

    def at(self, frame: int) -> dict[str, float]:
        """The edited curves of `frame` alone, by name; empty where nothing was edited."""
        row = self.row(frame)
        if row is None:
            return {}
        given = dict(zip(CURVES, map(float, self.values[row]), strict=True))
        return {name: value for name, value in given.items() if not np.isnan(value)}

    def edited_frames(self) -> tuple[int, ...]:
        """The frames where anything was edited."""
        return tuple(int(frame) for frame in self.frames[~np.isnan(self.values).all(axis=1)])

    def beyond(self) -> str:
        """A sentence on the first value that no mouth can take; "" where there is none."""
        for row, column in np.argwhere(np.abs(self.values) > WIDEST):
            return (
                f"{CURVES[column]} is {self.values[row, column]:g} at frame {self.frames[row]};"
                f" expected {-WIDEST:g} to {WIDEST:g} mouth widths"
            )
        return ""
