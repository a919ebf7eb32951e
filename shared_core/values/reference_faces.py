"""Crops of the actor's face from which a network borrows, the same for all of a shot."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from .sidecar import Sidecar


@dataclass(frozen=True, eq=False)
class ReferenceFaces(Sidecar):
    """`frames` counts the references from 0, least open mouth first.

    pictures: float16 (N, H, W, 3), RGB in network space, crops as faces.face_crop has them. source: int64
    (N,), their frame numbers in the plate. landmarks: float32 (N, 478, 2), px of the pictures. opening:
    float32 (N,), mouth widths. rec709: the working space to linear Rec.709, nine numbers by rows. exposure:
    of the plate's network space, one for the shot. report, warnings: for the artist.
    """

    pictures: np.ndarray
    source: np.ndarray
    landmarks: np.ndarray
    opening: np.ndarray
    rec709: tuple[float, ...]
    exposure: float
    report: dict = field(default_factory=dict, metadata={"keyed": False})
    warnings: tuple[str, ...] = field(default=(), metadata={"keyed": False})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pictures.dtype != np.float16 or self.pictures.ndim != 4 or self.pictures.shape[3] != 3:
            raise ValueError(
                f"reference pictures are {self.pictures.dtype} {self.pictures.shape};"
                " expected float16 (N, height, width, 3)"
            )

    @property
    def matrix(self) -> np.ndarray:
        """`rec709` as float64 (3, 3)."""
        return np.array(self.rec709, np.float64).reshape(3, 3)

    def key_at(self, frame: int) -> str:
        """A digest of everything: each frame is made from all references."""
        parts = [array.tobytes() for array in self._arrays().values()]
        return hashlib.sha256(b"".join(parts) + repr((self.rec709, self.exposure)).encode()).hexdigest()
