"""All of a shot's face crops as networks see them: cut, and encoded at one exposure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from ..colour import NetworkSpace, exposure_for
from ..spec.errors import FaceError
from ..values import Clip, Track
from .canonical import MouthSpace
from .face_crop import SIZE, crop_matrices, cut_frame, face_hull, sized, to_crop

_LOOKED_AT = 9
"""Frames over which the exposure is taken, evenly over the shot."""


@dataclass(frozen=True, eq=False)
class ShotCrops:
    """clip, track: of one face. matrices: (N, 2, 3), see face_crop. height: of the crops, px."""

    clip: Clip
    track: Track
    matrices: np.ndarray
    height: int

    @classmethod
    def of(cls, clip: Clip, track: Track, height: int = SIZE[0]) -> Self:
        """Raises FaceError where the track shows no face."""
        return cls(clip, track, crop_matrices(track, MouthSpace.fit(track)), height)

    def landmarks(self, row: int) -> np.ndarray:
        """Of the track's `row`, float32 (478, 2), px of a crop of SIZE: not smoothed over time."""
        points = self.track.raw[row].astype(np.float64)
        return to_crop(points, self.matrices[row]).astype(np.float32)

    def linear(self, row: int) -> np.ndarray:
        """The crop of the track's `row` in linear Rec.709, float32 (height, width, 3)."""
        size = (self.height, self.height * SIZE[1] // SIZE[0])
        place = sized(self.matrices[row], self.height)
        pixels = cut_frame(self.clip, int(self.track.frames[row]), place, size)
        return pixels @ self.clip.rec709.T.astype(np.float32)

    def encoded(self, row: int) -> np.ndarray:
        """The same in network space, float32."""
        return self._space.encode(self.linear(row))

    @cached_property
    def exposure(self) -> float:
        """What brings the mean of the face's skin to middle grey: the middle one of frames over the shot.

        Hair, clothes and walls do not count: dark braids would lift a face into the curve's shoulder, where a
        little more is a great deal of light. Raises FaceError where no face lies in the picture, or all are
        black.
        """
        seen = np.flatnonzero(self.track.present)
        rows = seen[np.linspace(0, len(seen) - 1, min(len(seen), _LOOKED_AT)).astype(int)]
        crops = ((self.linear(row), face_hull(self.landmarks(row), self.height)) for row in rows)
        found = [exposure_for(*crop) for crop in crops if _lit(*crop)]
        if not found:
            raise FaceError(
                f"no face of {len(rows)} frames that were looked at, {self.track.frames[rows[0]]} to"
                f" {self.track.frames[rows[-1]]}, lies in the picture and is lit; check plate and track"
            )
        return float(np.median(found))

    def of_clip(self, clip: Clip) -> ShotCrops:
        """The same places at the same exposure in another clip of these frames, a dub."""
        crops = replace(self, clip=clip)
        crops.__dict__["exposure"] = self.exposure
        return crops

    @cached_property
    def _space(self) -> NetworkSpace:
        return NetworkSpace(self.exposure)


def _lit(picture: np.ndarray, face: np.ndarray) -> bool:
    return bool((face > 0)[(picture > 1e-6).any(axis=-1)].any())
