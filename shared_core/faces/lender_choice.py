"""Which frame lends its mouth to which: a path of least cost through a pool of the actor's frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Lenders:
    """The pool, one row a frame. clip: int (M,). frame: int (M,). shape: (M, K, 2), canonical lips.

    pose: (M, 3), head turn as unit-free offsets (turn, nod, roll). look: (M, D), what the mouth
    looks like, scaled so that 1 is a clear change. teeth: (M,), NaN where shut. penalty: (M,), for
    blur and other faults.
    """

    clip: np.ndarray
    frame: np.ndarray
    shape: np.ndarray
    opening: np.ndarray
    pose: np.ndarray
    look: np.ndarray
    teeth: np.ndarray
    penalty: np.ndarray


@dataclass(frozen=True)
class Weights:
    """How much each difference counts, all in mouth widths of lip distance."""

    opening: float = 4.0
    pose: float = 0.25
    teeth: float = 0.06
    switch: float = 0.02
    look: float = 0.05
    jump: float = 1.0


def unary_costs(
    lenders: Lenders, shape: np.ndarray, opening: np.ndarray, pose: np.ndarray, teeth: np.ndarray,
    weights: Weights,
) -> np.ndarray:
    """Cost (N, M) of every lender for every wanted mouth.

    The opening counts on its own, beyond its share in the shape: a closed mouth pulled open shows
    stretched lips where there should be a hole, a narrow one pulled wide merely looks soft.

    shape: (N, K, 2), canonical lips about their middle. opening: (N,). pose: (N, 3). teeth: (N,), NaN
    where it does not matter.
    """
    costs = np.empty((len(shape), len(lenders.frame)), np.float32)
    for row in range(len(shape)):
        distance = np.linalg.norm(lenders.shape - shape[row], axis=-1).mean(axis=-1)
        turned = np.linalg.norm(lenders.pose - pose[row], axis=-1)
        bared = np.nan_to_num(np.abs(lenders.teeth - teeth[row]), nan=0.0)
        apart = np.abs(lenders.opening - opening[row])
        costs[row] = distance + weights.opening * apart + weights.pose * turned
        costs[row] += weights.teeth * bared + lenders.penalty
    return costs


def switch_costs(lenders: Lenders, weights: Weights) -> np.ndarray:
    """Cost (M, M) of going from one lender to another between two frames; 0 for playing on.

    Playing on means the same frame, or the next or the one before in the same clip.
    """
    shape = lenders.shape.reshape(len(lenders.frame), -1).astype(np.float32)
    far = _distances(shape) / np.sqrt(lenders.shape.shape[1])
    look = _distances(lenders.look.astype(np.float32))
    costs = weights.switch + weights.look * look + 0.25 * weights.jump * far
    step = np.abs(lenders.frame[:, None] - lenders.frame[None, :])
    costs[(step <= 1) & (lenders.clip[:, None] == lenders.clip[None, :])] = 0.0
    return costs.astype(np.float32)


def _distances(rows: np.ndarray) -> np.ndarray:
    """Euclidean distances (M, M) between the rows of (M, D)."""
    squares = (rows**2).sum(axis=1)
    return np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2.0 * rows @ rows.T, 0.0))


def cheapest_path(unary: np.ndarray, switch: np.ndarray, restarts: np.ndarray) -> np.ndarray:
    """The lender of each frame, int (N,): Viterbi's path of least total cost.

    unary: (N, M), infinity forbids. switch: (M, M). restarts: bool (N,), True where a frame does
    not follow on from the one before. Ties go to the lower index, so the path is the same
    everywhere. Viterbi, IEEE Trans. Information Theory 1967.
    """
    best = unary[0].astype(np.float64)
    came_from = np.zeros(unary.shape, np.int32)
    for row in range(1, len(unary)):
        if restarts[row]:
            came_from[row] = int(np.argmin(best))
            best = best.min() + unary[row]
            continue
        arriving = best[:, None] + switch
        came_from[row] = np.argmin(arriving, axis=0)
        best = arriving[came_from[row], np.arange(unary.shape[1])] + unary[row]
    path = np.empty(len(unary), int)
    path[-1] = int(np.argmin(best))
    for row in range(len(unary) - 1, 0, -1):
        path[row - 1] = came_from[row, path[row]]
    return path
