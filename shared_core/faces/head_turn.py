"""How the turn of the head moves a mouth in the picture, beside what the lips do."""

from __future__ import annotations

import numpy as np

from ..values import Track
from .canonical import MouthSpace
from .mouth_modes import PUCKER, measure

_RIDGE = 0.5  # frames' worth of doubt; keeps a head that hardly turns from explaining speech


def head_turns(pose: np.ndarray) -> np.ndarray:
    """Yaw and pitch of MediaPipe's 4 x 4 poses, in radians: (N, 2)."""
    yaw = np.arctan2(pose[:, 0, 2], pose[:, 2, 2])
    pitch = np.arcsin(np.clip(-pose[:, 1, 2], -1.0, 1.0))
    return np.stack([yaw, pitch], axis=-1)


def turn_offsets(track: Track, space: MouthSpace, canonical: np.ndarray) -> np.ndarray:
    """Where the head's turn alone puts each landmark against the neutral, (N, 478, 2), mouth widths.

    A similarity undoes the size and tilt of a head, not its turn: a mouth that lies before the
    skull slides across it. Ridge regression of the landmarks on yaw, pitch and the mouth's curves
    over the clip; the part of yaw and pitch. canonical: (N, 478, 2), rows of present frames only.
    """
    seen = track.present
    turns = head_turns(track.pose[seen])
    curves = measure(canonical, space, track.blendshapes[seen, PUCKER])
    gap = curves[:, 0]
    neutral = turns[gap <= np.quantile(gap, 0.10)].mean(axis=0)
    features = np.concatenate([turns - neutral, curves - curves.mean(axis=0)], axis=1)
    centred = features - features.mean(axis=0)
    moved = (canonical - canonical.mean(axis=0)).reshape(len(canonical), -1)
    scale = np.diag([0.02, 0.02, 0.01, 0.01, 0.01, 0.01]) * _RIDGE
    slopes = np.linalg.solve(centred.T @ centred + scale, centred.T @ moved)[:2]
    return (features[:, :2] @ slopes).reshape(len(canonical), -1, 2)
