"""What the lip-sync expert says: does this mouth fit this voice?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..faces.shot_crops import ShotCrops
from ..networks.requirements import require
from ..networks.speech.features import speech_of
from ..spec.errors import BadInput
from ..values import Clip, Sound, Track

HEIGHT = 208
"""Of the face crops that are shown to the expert, px: what it was trained on."""
_WRONG_S = 0.04 * np.array([sign * size for size in range(5, 16) for sign in (-1, 1)])
"""By how much the voice is wrong, s: 200 to 600 ms, as where the expert itself is judged."""


@dataclass(frozen=True, eq=False)
class Hearing:
    """A voice beside pictures.

    sound: the performance's. frames: int (N,), those that were rendered. seconds, heard:
    (N,), each one's time and the moment of the voice that belongs to it, s. picture_s: how long one lasts, s.
    shown: clip and track of "plate" and "dub".
    """

    sound: Sound
    frames: np.ndarray
    seconds: np.ndarray
    heard: np.ndarray
    picture_s: float
    shown: Mapping[str, tuple[Clip, Track]]


class SyncExpert:
    """Dubnodes' own SyncNet (networks/syncnet) asked about a shot; its numbers are not LSE-C or LSE-D.

    Raises ModelError where torch, the expert's weights or those of the speech features are missing.
    """

    def __init__(self, hearing: Hearing) -> None:
        require("torch", "the lip-sync expert")
        from ..networks.syncnet.weights import read_network

        self._expert = read_network()[0]
        self._hearing, self._speech = hearing, speech_of(hearing.sound)

    def auc(
        self, who: str, counts: np.ndarray, advance: Callable[[int], None] = lambda done: None,
    ) -> float:
        """How often five pictures of `who` ("plate", "dub") fit their own moment of the voice better than one
        200 to 600 ms earlier or later: 1 always, 0.5 by chance.

        counts: bool (N,), the rendered frames that may stand in the middle. advance(done): pictures so far.
        Raises BadInput where no five pictures in a row are heard.
        """
        true, shifted = self.scores(who, counts, advance)
        below = np.searchsorted(np.sort(shifted.ravel()), true)
        return float(below.mean() / shifted.size)

    def scores(
        self, who: str, counts: np.ndarray, advance: Callable[[int], None] = lambda done: None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores of W windows with their own moment of the voice (W,), and with wrong ones (W, S)."""
        import torch

        from ..networks.syncnet.windows import STEPS_S, nearest_rows

        hearing = self._hearing
        rows = np.array([_row_with_face(hearing.shown[who][1], int(frame)) for frame in hearing.frames])
        nearest = nearest_rows(hearing.seconds, hearing.seconds[:, None] + STEPS_S, hearing.picture_s)
        seen = np.append(rows >= 0, False)
        moments = hearing.heard[:, None] + STEPS_S
        middles = np.flatnonzero(counts & seen[nearest].all(axis=1) & self._covered(moments))
        if not len(middles):
            raise BadInput("no five pictures with a mouth and a voice follow one another")
        with torch.no_grad():
            pictures = self._expert.see_frames(self._features(who, rows[nearest[middles]], advance))
            true = self._heard(pictures, moments[middles])
            shifted = [self._heard(pictures, moments[middles] + wrong) for wrong in _WRONG_S]
        return true, np.stack(shifted, axis=1)

    def _features(self, who: str, rows: np.ndarray, advance: Callable[[int], None]):
        """What the expert sees of the track's rows (W, 5): a tensor (W, 5, features)."""
        import torch

        from ..networks.syncnet.model import mouths_of

        crops = ShotCrops.of(*self._hearing.shown[who], HEIGHT)
        used, place = np.unique(rows, return_inverse=True)
        found = []
        for done, row in enumerate(used, start=1):
            picture = np.clip(crops.encoded(int(row)), 0, 1).transpose(2, 0, 1)
            mouth = mouths_of(torch.from_numpy(np.ascontiguousarray(picture))[None])
            found.append(self._expert.frames(mouth)[0])
            advance(done)
        return torch.stack(found)[torch.from_numpy(place.reshape(rows.shape))]

    def _heard(self, pictures, moments: np.ndarray) -> np.ndarray:
        """Scores (W,) of pictures with the voice at `moments` (W, 5)."""
        import torch

        speech = self._speech.at(moments.ravel()).reshape(*moments.shape, -1)
        return self._expert.score(pictures, self._expert.hear(torch.from_numpy(speech))).numpy()

    def _covered(self, moments: np.ndarray) -> np.ndarray:
        """Whether the voice is there at `moments` (N, 5) and at all wrong ones: bool (N,)."""
        ends = np.concatenate([moments + _WRONG_S.min(), moments + _WRONG_S.max()], axis=1)
        return self._speech.covers(ends.ravel()).reshape(ends.shape).all(axis=1)


def _row_with_face(track: Track, frame: int) -> int:
    """The row of `frame`; -1 where the track has none, or no face in it."""
    row = track.row(frame)
    return row if row is not None and track.present[row] else -1
