"""How one person's lower face moves: a shape for each curve, learnt from that person's own frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canonical import MouthSpace, gap, jaw, opening, width

# Curves in the order of values.drive.CURVES, closure left out: it follows from the opening.
PUCKER = 38  # mouthPucker in MediaPipe's order of blendshapes
MODE_CURVES = ("opening", "width", "pucker", "jaw")
_RIDGE = 0.02


def measure(canonical: np.ndarray, space: MouthSpace, pucker: np.ndarray) -> np.ndarray:
    """Opening, width, pucker and jaw of canonical landmarks (N, 478, 2); returns (N, 4).

    Opening is the lips' distance itself; width and jaw are offsets from the neutral, all in mouth
    widths; `pucker` (N,) is MediaPipe's blendshape, 0 to 1, passed through.
    """
    return np.stack(
        [
            opening(canonical),
            width(canonical) - width(space.neutral),
            pucker,
            jaw(canonical) - jaw(space.neutral),
        ],
        axis=-1,
    )


@dataclass(frozen=True)
class MouthModes:
    """shapes: (4, 478, 2), the landmarks' move for one unit of each of MODE_CURVES, others held.

    centre: (4,), the curves' mean, at which the landmarks lie on average `rest` (478, 2) from the neutral.
    """

    shapes: np.ndarray
    centre: np.ndarray
    rest: np.ndarray

    @classmethod
    def fit(cls, offsets: np.ndarray, curves: np.ndarray) -> MouthModes:
        """Ridge regression of offsets from the neutral (N, 478, 2) on curves (N, 4)."""
        x = curves - curves.mean(axis=0)
        y = (offsets - offsets.mean(axis=0)).reshape(len(offsets), -1)
        gram = x.T @ x
        ridge = _RIDGE * np.diag(np.diag(gram) + 1e-9)
        shapes = np.linalg.solve(gram + ridge, x.T @ y).reshape(4, -1, 2)
        return cls(shapes, curves.mean(axis=0), offsets.mean(axis=0))

    def move(self, change: np.ndarray) -> np.ndarray:
        """Landmark offsets (N, 478, 2) for a change of the curves (N, 4)."""
        return np.einsum("nc,cpd->npd", change, self.shapes)

    def natural(self, curves: np.ndarray) -> np.ndarray:
        """Offsets from the neutral (N, 478, 2) as this person makes a mouth of these curves (N, 4)."""
        return self.rest + self.move(curves - self.centre)

    def reach(self, canonical: np.ndarray, wanted_opening: np.ndarray, rounds: int = 3) -> np.ndarray:
        """Canonical landmarks (N, 478, 2) opened or closed until the lips' distance is as wanted (N,)."""
        for _ in range(rounds):
            missing = wanted_opening - gap(canonical)
            change = np.zeros((len(canonical), 4))
            change[:, 0] = missing
            canonical = canonical + self.move(change)
        return canonical
