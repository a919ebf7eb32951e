"""The actor's frames that could lend a mouth, and what the choice looks at in them.

A lender is a still: its lips lie where they were seen in that one frame (`Track.raw`). Smoothed over
time, landmarks miss lips that open or shut within a frame or two, and a mouth cut out by them is not the one
that was asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ..spec.errors import FaceError
from ..spec.frames import FrameRange
from ..values import Clip, Track
from .canonical import MouthSpace, opening
from .lender_choice import Lenders
from .mouth_look import COLUMNS, ROWS, MouthLook, mouth_look
from .mouth_modes import LIPS
from .skin_levels import LEVEL_POINTS, skin_levels
from .smoothing import segments, smooth

_LEVEL_WINDOW = 9  # frames of Savitzky-Golay over the light's curves
_HIDDEN = 0.3  # occlusion from which a mouth cannot lend
_LOOK_UNIT = 64.0  # 8-bit steps, root mean square over the picture, that count as a clear change
_DULL = 0.85  # share of the clip's median sharpness below which a frame is marked down


@dataclass(frozen=True)
class Take:
    """One clip of the actor.

    rows: int, the track's rows that can lend. looks: one for each of them. levels: (N, 8, 3), the
    light around the mouth of every frame of the track (`skin_levels`), smoothed in time.
    """

    track: Track
    space: MouthSpace
    rows: np.ndarray
    looks: list[MouthLook]
    levels: np.ndarray


def look_through(clip: Clip, track: Track) -> Take:
    """Look at every frame of the clip in which `track` shows the mouth."""
    space = MouthSpace.fit(track)
    rows = np.flatnonzero(track.present & (track.occlusion < _HIDDEN))
    corner = np.float32([clip.display.x, clip.display.y])
    looks = [mouth_look(clip.preview(int(track.frames[r])), track.raw[r] - corner, space) for r in rows]
    seen = np.flatnonzero(track.present)
    levels = np.ones((len(track.frames), len(LEVEL_POINTS), 3))
    levels[seen] = skin_levels(clip, track, space, seen)
    levels = smooth(levels, segments(track.present, track.frames, track.cuts), _LEVEL_WINDOW)
    return Take(track, space, rows, looks, levels)


def turns(pose: np.ndarray) -> np.ndarray:
    """Yaw, pitch and half the roll in radians, (N, 3): a roll is undone by the warp, a yaw is not."""
    yaw = np.arctan2(pose[:, 0, 2], pose[:, 2, 2])
    pitch = np.arcsin(np.clip(-pose[:, 1, 2], -1, 1))
    roll = np.arctan2(pose[:, 1, 0], pose[:, 1, 1])
    return np.stack([yaw, pitch, 0.5 * roll], axis=-1)


def centred(lips: np.ndarray) -> np.ndarray:
    """Lips (N, K, 2) about their own middle: where the mouth lies is made good without any stretch."""
    return lips - lips.mean(axis=1, keepdims=True)


def gather(
    pool: list[Take], pool_size: int, ban: str, keep: Collection[int] = ()
) -> tuple[Lenders, np.ndarray]:
    """All usable frames of all takes, thinned to `pool_size`; and each lender's row in its track.

    ban: frames of the first take that may not lend, as a frame range. keep: frames of the first take
    that are not thinned away. Raises FaceError where none is left.
    """
    banned = set(FrameRange.parse(ban)) if ban.strip() else set()
    parts = [_columns(clip, take, banned if clip == 0 else set()) for clip, take in enumerate(pool)]
    *columns, rows = [np.concatenate(column) for column in zip(*parts, strict=True)]
    if not len(rows):
        raise FaceError(
            "no frame of the actor can lend its mouth: all are banned, covered or without a face; "
            "lift the ban or connect other takes"
        )
    lenders = Lenders(*columns)
    kept = _spread(lenders.shape.reshape(len(rows), -1), pool_size)
    wanted = np.isin(lenders.frame, list(keep)) & (lenders.clip == 0)
    kept = np.union1d(kept, np.flatnonzero(wanted))
    return Lenders(*[column[kept] for column in columns]), rows[kept]


def _columns(clip: int, take: Take, banned: set[int]) -> tuple[np.ndarray, ...]:
    """What `Lenders` holds of one take, in its order, and the rows in the take's track."""
    free = np.array([int(take.track.frames[row]) not in banned for row in take.rows], bool)
    rows = take.rows[free]
    looks = [look for look, is_free in zip(take.looks, free, strict=True) if is_free]
    mouths = take.space.canonical(take.track.raw[rows])
    pictures = np.array([look.picture.ravel() for look in looks], np.float32)
    pictures = pictures.reshape(len(rows), ROWS * COLUMNS * 3)
    sharpness = np.array([look.sharpness for look in looks])
    usual = max(float(np.median(sharpness)), 1e-6) if len(rows) else 1.0
    dull = np.maximum(0.0, _DULL - sharpness / usual)
    return (
        np.full(len(rows), clip),
        take.track.frames[rows],
        centred(mouths[:, LIPS]),
        opening(mouths),
        turns(take.track.pose[rows]),
        pictures / (_LOOK_UNIT * np.sqrt(pictures.shape[-1])),
        np.array([look.teeth for look in looks]),
        0.25 * dull,
        rows,
    )


def _spread(shapes: np.ndarray, size: int) -> np.ndarray:
    """Rows, ascending, that cover the shapes best: farthest-point sampling from the first row."""
    if len(shapes) <= size:
        return np.arange(len(shapes))
    kept = [0]
    nearest = np.linalg.norm(shapes - shapes[0], axis=1)
    while len(kept) < size:
        kept.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, np.linalg.norm(shapes - shapes[kept[-1]], axis=1))
    return np.array(sorted(kept))
