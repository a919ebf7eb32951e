"""How the turn of the head moves a mouth in the picture, beside what the lips do."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..values import Track
from .canonical import MouthSpace, opening
from .mouth_modes import MODE_CURVES, PUCKER, SMILE, MouthModes, measure
from .mouth_pull import smoothstep
from .smoothing import segments, smooth
from .topology import FACE_OVAL, MOUTH_CORNERS

# What a turn's terms (yaw, pitch, their squares and their product; radians) are in doubt by, and what the
# mouth's curves are: a head that hardly turns must not explain speech, nor a nod of 2 degrees a smile.
_TURN_DOUBT = (0.03, 0.03, 0.01, 0.01, 0.01)
_CURVE_DOUBT = 0.005
# Radians of yaw (26 and 46 degrees) over which a mouth has to go back to its place on the head: further
# round, one that slides leaves the cheek.
_SLIDE_ENDS = (0.45, 0.80)
_SLIDE_WINDOW = 11  # frames
_SLIDE_ROOM = (0.05, 0.30)
"""Mouth widths of cheek beside the mouth over which it may begin to slide."""


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


@dataclass(frozen=True, eq=False)
class FacingAhead:
    """One person's faces as they would lie if the head faced as in its closed neutral. Rows: present frames.

    landmarks: (N, 478, 2), canonical. turned: (N, 478, 2), what the head's turn adds to them in the
    picture. curves: (N, 4), opening, width, pucker and jaw (`mouth_modes.measure`).
    """

    landmarks: np.ndarray
    turned: np.ndarray
    curves: np.ndarray

    @classmethod
    def of(cls, track: Track, space: MouthSpace) -> FacingAhead:
        """Ridge regression of the landmarks over the clip on the head's turn, and that part taken away.

        A similarity undoes the size and tilt of a head, not its turn: a nod lowers the chin in the picture,
        a turn narrows the mouth and slides it across the skull. Terms are yaw, pitch, their squares and their
        product; beside them stands what a turn leaves alone, opening, pucker and smile, so that speech and a
        smile are not taken for a nod.
        """
        canonical = space.canonical(track.landmarks[track.present])
        pucker = track.blendshapes[track.present, PUCKER].astype(float)
        apart = opening(canonical)
        yaw, pitch = turned_away(track, apart).T
        turn = np.stack([yaw, pitch, yaw * yaw, pitch * pitch, yaw * pitch], axis=1)
        smile = track.blendshapes[track.present][:, SMILE].mean(axis=1)
        turned = _explained(turn, np.stack([apart, pucker, smile], axis=1), canonical)
        curves = measure(canonical - turned, space, pucker)
        curves[:, MODE_CURVES.index("opening")] = apart
        return cls(canonical - turned, turned, curves)

    def modes(self, space: MouthSpace) -> MouthModes:
        """How this person's lower face moves, the head's turn left out."""
        return MouthModes.fit(self.landmarks - space.neutral, self.curves)


def _explained(turn: np.ndarray, curves: np.ndarray, canonical: np.ndarray) -> np.ndarray:
    """What of the landmarks (N, 478, 2) follows the turn (N, T), the mouth's curves (N, C) held."""
    features = np.concatenate([turn, curves], axis=1)
    centred = features - features.mean(axis=0)
    moved = (canonical - canonical.mean(axis=0)).reshape(len(canonical), -1)
    doubt = len(turn) * np.square([*_TURN_DOUBT, *[_CURVE_DOUBT] * curves.shape[1]])
    slopes = np.linalg.solve(centred.T @ centred + np.diag(doubt), centred.T @ moved)[: turn.shape[1]]
    return (turn @ slopes).reshape(canonical.shape)


def may_slide(track: Track, ahead: FacingAhead) -> np.ndarray:
    """1 where the mouth may leave its place on the head, 0 where it would leave the face, (N,).

    That is where the head looks far aside from its closed neutral, or the cheek between mouth and
    outline is narrow.
    """
    seen = track.present
    canonical = ahead.landmarks + ahead.turned
    yaw = turned_away(track, opening(canonical))[:, 0]
    share = np.ones((len(seen), 1))
    ahead_enough = 1.0 - smoothstep(np.abs(yaw), *_SLIDE_ENDS)
    share[seen, 0] = ahead_enough * smoothstep(cheek(canonical), *_SLIDE_ROOM)
    # A smile, too, brings the corner nearer to the outline: what counts is how the head stands.
    return smooth(share, segments(seen, track.frames, track.cuts), _SLIDE_WINDOW, order=1)[:, 0]


def cheek(canonical: np.ndarray) -> np.ndarray:
    """How far the nearer corner of the mouth lies inside the face's outline, mouth widths, (N,)."""
    outlines = np.ascontiguousarray(canonical[:, list(FACE_OVAL)], np.float32)
    corners = canonical[:, list(MOUTH_CORNERS)].tolist()
    return np.array([
        min(cv2.pointPolygonTest(outline, (x, y), True) for x, y in two)
        for outline, two in zip(outlines, corners, strict=True)
    ])
