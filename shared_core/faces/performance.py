"""A dubber's performance, read at the plate's frames."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..values import Clip, Track
from .canonical import MouthSpace, opening
from .head_turn import FacingAhead
from .mouth_look import mouth_look
from .mouth_pull import smoothstep
from .smoothing import segments, smooth


def played_seconds(actor: Track, start: int, shift: float) -> np.ndarray:
    """The performance's time at each of the plate's frames, in seconds from its first frame, (N,).

    A `start` outside the track is counted on at the plate's rate.
    """
    rate = float(Fraction(actor.fps))
    nearest = int(np.clip(np.searchsorted(actor.frames, start), 0, len(actor.frames) - 1))
    begin = actor.seconds[nearest] + (start - int(actor.frames[nearest])) / rate
    return actor.seconds - begin - shift


def rows_played(
    actor: Track, driver: Track, start: int, shift: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each plate frame, the two rows of `driver` around its moment, their weights, and coverage.

    Covered means that both rows show the face, or the nearer one does at an exact hit, and that no
    more than two frames were left out between them: movies drop a frame now and then.
    """
    moment = played_seconds(actor, start, shift)
    position = np.interp(moment, driver.seconds, np.arange(len(driver.frames)))
    half = 0.5 / float(Fraction(driver.fps))
    inside = (moment >= driver.seconds[0] - half) & (moment <= driver.seconds[-1] + half)
    low = np.clip(np.floor(position).astype(int), 0, len(driver.frames) - 1)
    high = np.minimum(low + 1, len(driver.frames) - 1)
    share = position - low
    rows, weights = np.stack([low, high], axis=1), np.stack([1.0 - share, share], axis=1)
    seen = np.where(weights > 1e-6, driver.present[rows], True).all(axis=1)
    step = np.median(np.diff(driver.seconds)) if len(driver.frames) > 1 else 0.0
    joined = (driver.seconds[high] - driver.seconds[low] <= 3.5 * step) | (share < 1e-6)
    return rows, weights, inside & seen & joined


def rows_at(values: np.ndarray, rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Blend two rows a moment. values: (N, ...). rows: int (M, 2). weights: (M, 2). Returns (M, ...).

    A NaN counts only where its weight is above 0.
    """
    weights = weights.reshape(weights.shape + (1,) * (values.ndim - 1))
    parts = np.where(weights > 0, values[rows], 0.0)
    return (parts * weights).sum(axis=1)


def offsets_from_neutral(
    track: Track, space: MouthSpace, window: int
) -> tuple[np.ndarray, np.ndarray]:
    """Faces less the closed neutral, as if they faced ahead, and what the head's turn adds to them.

    Both (N, 478, 2), canonical, 0 where unseen; smoothed over `window` frames.
    """
    offsets, turned = np.zeros((2, len(track.frames), 478, 2))
    seen = track.present
    ahead = FacingAhead.of(track, space)
    offsets[seen], turned[seen] = ahead.landmarks - space.neutral, ahead.turned
    if window < 3:
        return offsets, turned
    runs = segments(seen, track.frames, track.cuts)
    return smooth(offsets, runs, window | 1), smooth(turned, runs, window | 1)


def closure_of(driver: Track, performer: MouthSpace) -> np.ndarray:
    """1 where the dubber's lips meet, 0 where they are clearly apart or unseen, (N,)."""
    closure = np.zeros(len(driver.frames))
    apart = opening(performer.canonical(driver.landmarks[driver.present]))
    closure[driver.present] = closedness(apart - performer.closed_opening)
    return closure


def closedness(beyond: np.ndarray) -> np.ndarray:
    """1 where lips meet, 0 where they are clearly apart, (N,).

    beyond: (N,), the opening less that of closed lips, mouth widths.
    """
    return 1.0 - smoothstep(beyond, 0.012, 0.045)


def teeth_shown(driver: Track, clip: Clip | None, performer: MouthSpace) -> np.ndarray:
    """Share of teeth in the driver's mouth, (N,); NaN where shut, unseen, or without the clip."""
    teeth = np.full(len(driver.frames), np.nan)
    if clip is None:
        return teeth
    corner = np.float32([clip.display.x, clip.display.y, 0])
    for row in np.flatnonzero(driver.present):
        frame = int(driver.frames[row])
        teeth[row] = mouth_look(clip.preview(frame), driver.landmarks[row] - corner, performer).teeth
    return teeth
