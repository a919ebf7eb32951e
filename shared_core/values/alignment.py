"""What the sound asks of the references, frame by frame: what a network's alignment leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .sidecar import Sidecar


@dataclass(frozen=True, eq=False)
class AlignmentFrame:
    """One frame of an Alignment; see there."""

    present: bool
    style: np.ndarray
    attention: np.ndarray
    crop: np.ndarray


@dataclass(frozen=True, eq=False)
class Alignment(Sidecar):
    """present: bool (N,), False where there is no face or nothing to hear. style: float32 (N, D), v_alg of
    IPTalker, Eq. 3. attention: float32 (N, R), how much of each reference the sound took, 1 in sum. crop:
    float64 (N, 2, 3), where the face's crop lies (faces.face_crop). weights: sha256 of the checkpoint that
    made it; only the same one understands `style`. report, warnings: for the artist.
    """

    present: np.ndarray
    style: np.ndarray
    attention: np.ndarray
    crop: np.ndarray
    weights: str
    report: dict = field(default_factory=dict, metadata={"keyed": False})
    warnings: tuple[str, ...] = field(default=(), metadata={"keyed": False})

    def at(self, frame: int) -> AlignmentFrame:
        """What is asked for at `frame`; not present where the alignment does not cover it."""
        row = self.row(frame)
        if row is None:
            return AlignmentFrame(False, np.zeros(0), np.zeros(0), np.zeros((2, 3)))
        return AlignmentFrame(
            bool(self.present[row]), self.style[row], self.attention[row], self.crop[row])
