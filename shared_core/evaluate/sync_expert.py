"""What the lip-sync expert says: does this mouth fit this voice?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..faces.shot_crops import ShotCrops
from ..faces.silence import silence_gate
from ..networks.mouth_from_speech.sync import SURE, offset_of
from ..networks.requirements import require
from ..networks.speech.features import speech_of
from ..networks.syncnet.windows import HEIGHT, SHIFTS, STEP_S, STEPS_S, auc, nearest_rows
from ..spec.errors import BadInput
from ..values import Clip, Sound, Speech, Track

_WRONG_S = STEP_S * np.array(SHIFTS)
"""By how much the voice is wrong, s."""
_PAUSE = {"threshold_db": -30.0, "pause_s": 0.3, "attack_s": 0.0, "release_s": 0.0}


@dataclass(frozen=True, eq=False)
class Hearing:
    """A voice beside pictures.

    sound: the performance's. track: the plate's. clips: "plate" and "dub". frames: int (N,), those that were
    rendered. seconds, heard: (N,), each one's time and the moment of the voice that belongs to it, s.
    picture_s: how long one lasts, s. performer: who speaks, where the picture's sound may be late or early
    by itself; None where `heard` counts that in.
    """

    sound: Sound
    track: Track
    clips: Mapping[str, Clip]
    frames: np.ndarray
    seconds: np.ndarray
    heard: np.ndarray
    picture_s: float
    performer: Track | None = None

    @cached_property
    def speech(self) -> Speech:
        """The features of the voice."""
        return speech_of(self.sound)

    def in_sync(self) -> tuple[Hearing, str]:
        """The same with a performer's sound brought to their mouth, and what was done, "" for nothing."""
        if self.performer is None:
            return self, ""
        unknown = "sync_auc takes the driver's sound to be in sync: how late it is could not be told"
        try:
            found = offset_of(self.speech, self.performer)
        except BadInput as error:
            return self, f"{unknown}: {error}"
        if found.confidence < SURE:
            return self, f"{unknown} (confidence {found.confidence:.2f}, {SURE} is sure)"
        return (
            replace(self, heard=self.heard + found.offset_s, performer=None),
            f"sync_auc counts with the driver's sound {1000 * found.offset_s:.0f} ms late",
        )


class SyncExpert:
    """Dubnodes' own SyncNet (networks/syncnet) asked about a shot; its numbers are not LSE-C or LSE-D.

    Raises ModelError where torch, the expert's weights or those of the speech features are missing.
    """

    def __init__(self, hearing: Hearing) -> None:
        require("torch", "the lip-sync expert")
        from ..networks.syncnet.weights import read_network

        self._expert = read_network()[0]
        self._hearing, self.note = hearing.in_sync()

    def auc(
        self, who: str, counts: np.ndarray, advance: Callable[[int], None] = lambda done: None,
    ) -> float:
        """How often five pictures of `who` ("plate", "dub") with their own moment of the voice score above
        five with one 200 to 600 ms earlier or later: 1 always, 0.5 by chance. All moments of speech together.

        counts: bool (N,), the rendered frames that may stand in the middle. advance(done): pictures so far.
        Raises BadInput where no five pictures in a row are heard, or the voice ends before a wrong moment.
        """
        true, shifted = self.scores(who, counts, advance)
        wrong = shifted[np.isfinite(shifted)]
        if not len(wrong):
            raise BadInput("the voice is too short to be heard 200 ms earlier or later")
        return auc(true, wrong)

    def scores(
        self, who: str, counts: np.ndarray, advance: Callable[[int], None] = lambda done: None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores of W windows with their own moment of the voice (W,), and with wrong ones (W, S).

        Windows in a pause are left out: a shut mouth fits any. NaN where there is no voice at a wrong moment.
        """
        import torch

        hearing = self._hearing
        rows = np.array([_row_with_face(hearing.track, int(frame)) for frame in hearing.frames])
        nearest = nearest_rows(hearing.seconds, hearing.seconds[:, None] + STEPS_S, hearing.picture_s)
        seen = np.append(rows >= 0, False)[nearest].all(axis=1)
        moments = hearing.heard[:, None] + STEPS_S
        spoken = self._covered(moments) & (silence_gate(hearing.sound, hearing.heard, **_PAUSE) < 1)
        middles = np.flatnonzero(counts & seen & spoken)
        if not len(middles):
            raise BadInput(
                f"of {int(counts.sum())} dubbed frames {int((counts & seen).sum())} have five pictures with a"
                f" mouth around them, {int((counts & spoken).sum())} a voice; expected some with both")
        with torch.no_grad():
            pictures = self._expert.see_frames(self._features(who, rows[nearest[middles]], advance))
            true = self._heard(pictures, moments[middles])
            shifted = [self._wrong(pictures, moments[middles] + wrong) for wrong in _WRONG_S]
        return true, np.stack(shifted, axis=1)

    def _features(self, who: str, rows: np.ndarray, advance: Callable[[int], None]):
        """What the expert sees of the track's rows (W, 5): a tensor (W, 5, features)."""
        import torch

        from ..networks.syncnet.model import mouths_of

        crops = self._crops.of_clip(self._hearing.clips[who])
        used, place = np.unique(rows, return_inverse=True)
        found = []
        for done, row in enumerate(used, start=1):
            picture = np.clip(crops.encoded(int(row)), 0, 1).transpose(2, 0, 1)
            mouth = mouths_of(torch.from_numpy(np.ascontiguousarray(picture))[None])
            found.append(self._expert.frames(mouth)[0])
            advance(done)
        return torch.stack(found)[torch.from_numpy(place.reshape(rows.shape))]

    @cached_property
    def _crops(self) -> ShotCrops:
        """Of the plate: the dub is cut in the same places and seen at the same exposure."""
        return ShotCrops.of(self._hearing.clips["plate"], self._hearing.track, HEIGHT)

    def _heard(self, pictures, moments: np.ndarray) -> np.ndarray:
        """Scores (W,) of pictures with the voice at `moments` (W, 5)."""
        import torch

        speech = self._hearing.speech.at(moments.ravel()).reshape(*moments.shape, -1)
        return self._expert.score(pictures, self._expert.hear(torch.from_numpy(speech))).numpy()

    def _wrong(self, pictures, moments: np.ndarray) -> np.ndarray:
        return np.where(self._covered(moments), self._heard(pictures, moments), np.nan)

    def _covered(self, moments: np.ndarray) -> np.ndarray:
        """Whether the voice is there at all of `moments` (N, 5): bool (N,)."""
        return self._hearing.speech.covers(moments.ravel()).reshape(moments.shape).all(axis=1)


def _row_with_face(track: Track, frame: int) -> int:
    """The row of `frame`; -1 where the track has none, or no face in it."""
    row = track.row(frame)
    return row if row is not None and track.present[row] else -1
