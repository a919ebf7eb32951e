"""Where the pixels of a face's crop come from, in each of several references."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Motion:
    """One frame's motion, in its crop. vectors: float32 (R, h, w, 2), backward, dx and dy in px of this grid,
    y down. share: float32 (R, h, w), how much of each reference, 1 in sum. crop: float64 (2, 3), where the
    crop of SIZE lies in the plate (faces.face_crop). Without a face R, h and w are 0.
    """

    vectors: np.ndarray
    share: np.ndarray
    crop: np.ndarray

    def __post_init__(self) -> None:
        if self.vectors.dtype != np.float32 or self.vectors.shape != (*self.share.shape, 2):
            raise ValueError(
                f"motion is {self.vectors.dtype} {self.vectors.shape} with shares {self.share.shape};"
                " expected float32 (R, h, w, 2) and (R, h, w)"
            )

    @classmethod
    def none(cls) -> Motion:
        """No motion, where there is no face."""
        return cls(np.zeros((0, 0, 0, 2), np.float32), np.zeros((0, 0, 0), np.float32), np.zeros((2, 3)))

    @property
    def empty(self) -> bool:
        return self.vectors.size == 0

    @property
    def mean(self) -> np.ndarray:
        """The motion of what is seen: vectors weighted by their shares, float32 (h, w, 2)."""
        return (self.vectors * self.share[..., None]).sum(axis=0)
