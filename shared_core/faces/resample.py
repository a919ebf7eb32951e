"""Rows between rows: a track's values at moments between its frames."""

from __future__ import annotations

import numpy as np


def rows_at(values: np.ndarray, rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Blend two rows a moment. values: (N, ...). rows: int (M, 2). weights: (M, 2). Returns (M, ...).

    A NaN counts only where its weight is above 0.
    """
    weights = weights.reshape(weights.shape + (1,) * (values.ndim - 1))
    parts = np.where(weights > 0, values[rows], 0.0)
    return (parts * weights).sum(axis=1)
