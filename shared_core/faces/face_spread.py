"""Faces that stand for all others: spread over the shapes of the mouth and the turns of the head."""

from __future__ import annotations

import numpy as np

from .topology import LIPS_INNER, LIPS_OUTER

_LIPS = list(LIPS_OUTER + LIPS_INNER)
_TURN = [1, 4, 152, 234, 454]
"""Nose, chin and the oval's sides: in a crop of constant radius they shift as the head turns."""
_TURN_COUNTS = 0.5
_FARTHEST = 0.97
"""The start takes faces that are far from those it has, but not the farthest: that one is often misread."""
_ROUNDS = 15


def spread_faces(landmarks: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """k-medoids of faces: rows (count,) of the medoids, and each face's medoid, 0 to count - 1, (K,).

    landmarks: (K, 478, 2), px of crops as faces.face_crop has them; K at least `count`. The same faces give
    the same choice. Medoids are faces that there are, each in the middle of its kind.
    """
    shapes = _shapes(landmarks)
    chosen = _far_apart(shapes, count)
    for _ in range(_ROUNDS):
        belongs = _belongs(shapes, chosen)
        middles = [_middle(shapes, np.flatnonzero(belongs == one)) for one in range(count)]
        if middles == chosen:
            break
        chosen = middles
    return np.array(chosen), _belongs(shapes, chosen)


def _belongs(shapes: np.ndarray, chosen: list[int]) -> np.ndarray:
    """The nearest of the chosen ones; each of these its own, though another be the same shape."""
    nearest = _distances(shapes, chosen).argmin(axis=1)
    nearest[chosen] = np.arange(len(chosen))
    return nearest


def _shapes(landmarks: np.ndarray) -> np.ndarray:
    lips = landmarks[:, _LIPS] - landmarks[:, _LIPS].mean(axis=1, keepdims=True)
    turn = landmarks[:, _TURN] - landmarks[:, _TURN].mean(axis=(0, 1))
    return np.concatenate([part.reshape(len(part), -1) for part in (lips, _TURN_COUNTS * turn)], axis=1)


def _distances(shapes: np.ndarray, chosen: list[int]) -> np.ndarray:
    return np.stack([np.square(shapes - shapes[row]).sum(axis=1) for row in chosen], axis=1)


def _far_apart(shapes: np.ndarray, count: int) -> list[int]:
    chosen = [int(np.square(shapes - np.median(shapes, axis=0)).sum(axis=1).argmin())]
    while len(chosen) < count:
        apart = _distances(shapes, chosen).min(axis=1)
        order = np.argsort(apart, kind="stable")
        free = [int(row) for row in order[int(_FARTHEST * (len(order) - 1)) :] if row not in chosen]
        chosen.append(free[0] if free else next(int(row) for row in order[::-1] if row not in chosen))
    return chosen


def _middle(shapes: np.ndarray, members: np.ndarray) -> int:
    """The member with the least distance to all others."""
    own = shapes[members]
    total = [np.square(own - one).sum(axis=1).sum() for one in own]
    return int(members[int(np.argmin(total))])
