"""How one person's lower face moves: a shape for each curve, learnt from that person's own frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canonical import MouthSpace, gap, jaw, opening, width
from .topology import LIPS_INNER, LIPS_OUTER

# Curves in the order of values.drive.CURVES, closure left out: it follows from the opening.
PUCKER = 38  # mouthPucker in MediaPipe's order of blendshapes
SMILE = [44, 45]  # mouthSmileLeft, mouthSmileRight
MODE_CURVES = ("opening", "width", "pucker", "jaw")
LIPS = list(LIPS_OUTER + LIPS_INNER)
_RIDGE = 0.02
# What a frame's curves are in doubt by. A person who puckers by .05 in a whole shot shows no pucker but
# the tracker's noise: without the doubt its shape grows to three mouth widths a unit, and a dubber
# who does pucker tears the lips.
_DOUBT = (0.005, 0.005, 0.05, 0.005)


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


def known_by(curves: np.ndarray) -> np.ndarray:
    """How far frames of these curves (N, 4) tell what each of them moves, (4,): 0 where one never changes."""
    spread = curves.var(axis=0)
    return spread / (spread + np.square(_DOUBT))


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
        ridge = np.diag(_RIDGE * np.diag(gram) + len(curves) * np.square(_DOUBT))
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

    def towards(
        self, canonical: np.ndarray, space: MouthSpace, pucker: np.ndarray, wanted: np.ndarray,
        rounds: int = 3,
    ) -> np.ndarray:
        """Canonical landmarks moved until width, pucker and jaw are as in `wanted` (N, 4), by the modes.

        The opening is left alone: `reach` sets it exactly. What a move does to the pucker, landmarks do not
        show: it is moved once.
        """
        known = np.array([False, True, True, True])
        for _ in range(rounds):
            change = wanted - measure(canonical, space, pucker)
            canonical = canonical + self.move(change * known)
            known[MODE_CURVES.index("pucker")] = False
        return canonical

    def in_own_manner(
        self, canonical: np.ndarray, space: MouthSpace, pucker: np.ndarray, share: float
    ) -> np.ndarray:
        """Bend the lips' shape by `share` towards the person's own at these curves; their place stays."""
        own = space.neutral + self.natural(measure(canonical, space, pucker))
        shift = (canonical[:, LIPS] - own[:, LIPS]).mean(axis=1, keepdims=True)
        return canonical + share * (own + shift - canonical)
