"""What the lip-sync expert is shown in a step: stretches of clips, and which of their pairs are true.

A stretch is a run of moments of one clip; every window of its pictures meets every window of its sound. A
pair of the same moment is true. One shifted by NEAREST moments (200 ms) or more, as far as a stretch goes, is
false. Between them lies what nobody can call: it is neither. Windows of other clips make a few more false
pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..networks.syncnet.windows import NEAREST
from ..spec.errors import BadInput
from .syncnet_data import HALF, SyncClip, around

STRETCH = 32
_LENGTH_COUNTS = 0.6
"""A clip of twice the length is not drawn twice as often: the short ones are other people."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """Moments of one clip. first: the first of STRETCH, or of fewer in a short clip. count: how many."""

    clip: SyncClip
    first: int
    count: int

    @property
    def moments(self) -> np.ndarray:
        """Int (count,)."""
        return np.arange(self.first, self.first + self.count)


class Stretches:
    """Draws stretches from what may be learnt from, the same at each step of the same seed."""

    def __init__(
        self, clips: Sequence[SyncClip], allowed: Sequence[np.ndarray], length: int = STRETCH,
    ) -> None:
        """allowed: bool (J,) of each clip. Raises BadInput where no clip has a stretch of `length`."""
        self._found: list[tuple[SyncClip, np.ndarray]] = []
        self._length = length
        for clip, usable in zip(clips, allowed, strict=True):
            whole = np.convolve((clip.rows >= 0) & usable, np.ones(length, int), "valid") == length
            if whole.any():
                self._found.append((clip, np.flatnonzero(whole)))
        if not any(clip.heard for clip, _ in self._found):
            raise BadInput(
                f"no clip has {length / 25:.1f} s on end to learn from in which the mouth shows free and is"
                " heard; give longer clips"
            )
        shares = np.array([self._share(clip, firsts) for clip, firsts in self._found])
        self._shares = shares / shares.sum()

    @staticmethod
    def _share(clip: SyncClip, firsts: np.ndarray) -> float:
        # Clips at other speeds are the same people again; silent ones teach the pictures alone.
        share = float(len(firsts)) ** _LENGTH_COUNTS
        return share * (1.0 if clip.speed == 1.0 else 0.5) * (1.0 if clip.heard else 0.3)

    def draw(self, random: np.random.Generator, count: int) -> list[Stretch]:
        """`count` stretches."""
        chosen = random.choice(len(self._found), count, p=self._shares)
        return [
            Stretch(self._found[index][0], int(random.choice(self._found[index][1])), self._length)
            for index in chosen
        ]


def pair_kinds(stretches: Sequence[Stretch]) -> np.ndarray:
    """Which pairs of windows are what: int8 (M, M), pictures down, sound across, M windows of all stretches.

    1 is true; -1 false by shift; -2 false, of another clip; 0 neither: a shift under NEAREST, a clip that
    is not heard, or another stretch of the same clip, at whatever speed, whose moments overlap.
    """
    window = [(number, moment) for number, one in enumerate(stretches) for moment in centres(one)]
    stretch, moment = np.array(window).T
    heard = np.array([one.clip.heard for one in stretches])[stretch]
    names = np.array([one.clip.name for one in stretches])[stretch]
    shift = np.abs(moment[:, None] - moment[None, :])
    same = stretch[:, None] == stretch[None, :]
    kinds = np.zeros(same.shape, np.int8)
    kinds[same & (shift == 0)] = 1
    kinds[same & (shift >= NEAREST)] = -1
    kinds[names[:, None] != names[None, :]] = -2
    kinds[~(heard[:, None] & heard[None, :])] = 0
    return kinds


def centres(stretch: Stretch) -> np.ndarray:
    """The moments of a stretch around which a whole window lies in it."""
    return stretch.moments[HALF : stretch.count - HALF]


def windows(stretch: Stretch) -> np.ndarray:
    """The same windows, counted from the stretch's first moment: (M, WINDOW)."""
    return around(centres(stretch)) - stretch.first
