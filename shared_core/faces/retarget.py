"""Bending a performance to what one actor's face can do."""

from __future__ import annotations

import numpy as np

from ..spec.errors import BadInput
from ..values import Curves, Track
from ..values.drive import CURVES
from .canonical import MouthSpace
from .head_turn import FacingAhead
from .mouth_modes import LIPS, MODE_CURVES, known_by
from .mouth_pull import lip_weights, pull_weights, smoothstep
from .smoothing import segments, smooth
from .topology import MOUTH_CORNERS, mirror

OPENING, WIDTH, CLOSURE = (CURVES.index(name) for name in ("opening", "width", "closure"))
_TILT_WINDOW = 11  # frames
MODES = [CURVES.index(name) for name in MODE_CURVES]


def held_back(turn: np.ndarray, slide: np.ndarray) -> np.ndarray:
    """What to add to a performance so that its mouth slides at most `slide` (N,), mouth widths.

    turn: (N, 478, 2), how much further the actor's head turn moves each landmark than the
    dubber's. All of it keeps the mouth in its place on the head, none of it lets it slide.
    """
    way = np.linalg.norm(turn[:, LIPS].mean(axis=1), axis=-1) + 1e-9
    limit = np.maximum(slide, 1e-9)
    return (1.0 - limit * np.tanh(way / limit) / way)[:, None, None] * turn


def tilt(canonical: np.ndarray) -> np.ndarray:
    """Angle of the line through the mouth's corners against the eye line, radians, (N,)."""
    left, right = MOUTH_CORNERS
    across = canonical[..., right, :] - canonical[..., left, :]
    return np.arctan2(across[..., 1], across[..., 0])


def own_tilt_of(actor: Track, space: MouthSpace) -> np.ndarray:
    """The tilt of the actor's own mouth in the plate, smoothed over a third of a second, (N,)."""
    tilts = np.zeros((len(actor.frames), 1))
    tilts[actor.present, 0] = tilt(space.canonical(actor.landmarks[actor.present]))
    return smooth(tilts, segments(actor.present, actor.frames, actor.cuts), _TILT_WINDOW, order=1)[:, 0]


def levelled(mouth: np.ndarray, wanted: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Canonical landmarks (N, 478, 2) turned about the lips' middle by `share` (N,) of the way to a tilt.

    wanted: (N,), radians. A closed neutral seen on a turned head is tilted in the picture, and so
    would every mouth be that is built on it.
    """
    turn = np.exp(1j * share * (wanted - tilt(mouth)))[:, None]
    middle = mouth[:, LIPS].mean(axis=1, keepdims=True)
    turned = ((mouth - middle) @ np.array([1.0, 1.0j])) * turn
    return np.stack([turned.real, turned.imag], axis=-1) + middle


def less_crooked(offsets: np.ndarray, asymmetry: np.ndarray) -> np.ndarray:
    """Offsets (N, 478, 2) with `asymmetry` (N,) of the difference between left and right kept."""
    level = 0.5 * (offsets + offsets[:, mirror()] * (-1.0, 1.0))
    return level + asymmetry[:, None, None] * (offsets - level)


def within_range(wanted: np.ndarray, shown: np.ndarray, range_limit: float) -> np.ndarray:
    """Bend opening and width softly back into `range_limit` times the range that the actor shows.

    wanted: (N, 5). shown: (M, 4), the actor's own curves. Beyond that range no lender has the lips, and a
    stretched mouth shows.
    """
    if range_limit == 0:
        return wanted
    limited = wanted.copy()
    for name, has_floor in (("opening", False), ("width", True)):
        low, high = np.quantile(shown[:, MODE_CURVES.index(name)], (0.01, 0.99))
        middle, half = 0.5 * (low + high), 0.5 * (high - low) * range_limit
        values = wanted[:, CURVES.index(name)]
        floor = middle - half if has_floor else -np.inf
        limited[:, CURVES.index(name)] = _bend(values, floor, middle + half)
    return limited


def _bend(values: np.ndarray, low: float, high: float, knee: float = 0.03) -> np.ndarray:
    """Values as they are between `low` and `high`; beyond, they approach `knee` outside of it."""
    above, below = np.maximum(values - high, 0.0), np.maximum(low - values, 0.0)
    return np.clip(values, low, high) + knee * (np.tanh(above / knee) - np.tanh(below / knee))


def drawn_shut(wanted: np.ndarray, closed_opening: float, *shares: np.ndarray) -> np.ndarray:
    """`wanted` (N, 5) with the opening drawn to closed lips by each of `shares` (N,), 0 to 1."""
    left = np.prod([1.0 - share for share in shares], axis=0)
    shut = wanted.copy()
    shut[:, OPENING] += (1.0 - left) * (closed_opening - wanted[:, OPENING])
    return shut


def edited(
    wanted: np.ndarray, frames: np.ndarray, curves: Curves | None, only: int | None = None
) -> np.ndarray:
    """`wanted` (N, 5) with the values that the artist set; of the curve `only` alone where it is given.

    Raises BadInput for a value that no mouth can take.
    """
    if curves is None:
        return wanted
    if curves.beyond():
        raise BadInput(f"the edited curves: {curves.beyond()}; correct the table and import it again")
    changed = wanted.copy()
    for row, frame in enumerate(frames):
        for name, value in curves.at(int(frame)).items():
            if only is None or CURVES.index(name) == only:
                changed[row, CURVES.index(name)] = value
    return changed


def eased(covered: np.ndarray, ease: int) -> np.ndarray:
    """How far each frame follows the performance, 0 to 1, (N,): 0 where it is not covered.

    Rises over `ease` frames where the performance begins in mid-clip, and falls where it ends there; at
    the clip's own ends there is nothing to pass from.
    """
    rows = np.arange(len(covered))
    outside = np.flatnonzero(~covered)
    if not len(outside):
        return np.ones(len(covered))
    after = np.searchsorted(outside, rows)
    away = np.minimum(
        np.abs(rows - outside[np.maximum(after - 1, 0)]),
        np.abs(rows - outside[np.minimum(after, len(outside) - 1)]),
    )
    return smoothstep(away, 0.0, ease + 1.0)


def onto_actor(
    actor: Track, space: MouthSpace, ahead: FacingAhead, mouth: np.ndarray, share: np.ndarray,
    wanted: np.ndarray,
) -> np.ndarray:
    """Blend the wanted mouth (N, 478, 2) into the actor's own face, in plate pixels; 0 where unseen.

    ahead: the actor's. share: (N,), 0 keeps the actor's own mouth, 1 takes the wanted one. wanted: its
    curves (N, 4), in the order of MODE_CURVES, as on a head that faces ahead. The lips go to their place;
    skin and jaw go as far from theirs as this actor's do when the curves change so. Where the curves
    are the plate's own, the jaw stays where it is, and a nod of either head does not move it. An actor
    whose mouth never opens in the plate does not show how far that is: there all goes to its place.
    """
    landmarks = np.zeros((len(actor.frames), 478, 2))
    seen = actor.present
    pose = space.pose(actor.landmarks[seen])
    own = ahead.landmarks + ahead.turned
    skin = ahead.modes(space).move(wanted[seen] - ahead.curves)
    opens = known_by(ahead.curves)[MODE_CURVES.index("opening")] if len(own) else 0.0
    near = 1.0 - opens * (1.0 - lip_weights(space)[:, None])
    pull = share[seen, None, None] * pull_weights(space)[:, None]
    landmarks[seen] = space.to_plate(own + pull * (skin + near * (mouth[seen] - own - skin)), pose)
    return landmarks
