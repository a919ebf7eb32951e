"""How the turn of the head moves a mouth in the picture, beside what the lips do."""

from __future__ import annotations

import numpy as np

from ..values import Track
from .canonical import MouthSpace, opening
from .mouth_modes import PUCKER, measure
from .mouth_pull import smoothstep

_TURN_RIDGE, _CURVE_RIDGE = 0.010, 0.005  # keep a head that hardly turns from explaining speech
_TURN_TERMS = 2
# Radians of yaw (26 and 46 degrees) over which a mouth has to go back to its place on the head: further
# round, one that slides leaves the cheek.
_SLIDE_ENDS = (0.45, 0.80)


def head_turns(pose: np.ndarray) -> np.ndarray:
    """Yaw and pitch of MediaPipe's 4 x 4 poses, in radians: (N, 2)."""
    yaw = np.arctan2(pose[:, 0, 2], pose[:, 2, 2])
    pitch = np.arcsin(np.clip(-pose[:, 1, 2], -1.0, 1.0))
    return np.stack([yaw, pitch], axis=-1)


def turned_away(track: Track, gap: np.ndarray) -> np.ndarray:
    """Yaw and pitch against those of the closed neutral, radians: (N, 2), rows of present frames only.

    gap: the lips' distance in these frames, (N,); the neutral is the tenth with the smallest.
    """
    turns = head_turns(track.pose[track.present])
    return turns - turns[gap <= np.quantile(gap, 0.10)].mean(axis=0)


def turn_offsets(track: Track, space: MouthSpace, canonical: np.ndarray) -> np.ndarray:
    """Where the head's turn alone puts each landmark against the neutral, (N, 478, 2), mouth widths.

    A similarity undoes the size and tilt of a head, not its turn: a mouth that lies before the
    skull slides across it. Ridge regression of the landmarks over the clip on yaw, pitch and the
    mouth's curves; the part of yaw and pitch. Squares of the two were tried, for a mouth narrows as it
    turns away: they made extreme heads tremble (1.11 of the plate's jitter against 1.08) and bought
    nothing. canonical: (N, 478, 2), rows of present frames only.
    """
    curves = measure(canonical, space, track.blendshapes[track.present, PUCKER])
    turn = turned_away(track, curves[:, 0])
    features = np.concatenate([turn, curves - curves.mean(axis=0)], axis=1)
    centred = features - features.mean(axis=0)
    moved = (canonical - canonical.mean(axis=0)).reshape(len(canonical), -1)
    ridge = np.diag([_TURN_RIDGE] * _TURN_TERMS + [_CURVE_RIDGE] * curves.shape[1])
    slopes = np.linalg.solve(centred.T @ centred + ridge, centred.T @ moved)[:_TURN_TERMS]
    return (turn @ slopes).reshape(len(canonical), -1, 2)


def may_slide(track: Track, space: MouthSpace) -> np.ndarray:
    """1 where the head faces as in its closed neutral, 0 where it looks far aside from that, (N,)."""
    seen = track.present
    share = np.ones(len(seen))
    away = turned_away(track, opening(space.canonical(track.landmarks[seen])))
    share[seen] = 1.0 - smoothstep(np.abs(away[:, 0]), *_SLIDE_ENDS)
    return share
