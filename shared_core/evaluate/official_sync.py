"""LSE-C and LSE-D of a rendered shot, by the official SyncNet where the user has it."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from scipy.ndimage import median_filter

from .. import models
from ..networks.requirements import require
from ..networks.speech.samples import RATE, speech_samples
from ..spec.errors import BadInput
from ..values import Track
from .material import Material, Picture

WEIGHTS = "syncnet_v2"
"""The name under which a user adds the file: `dub models add syncnet_v2 FILE`."""
NAMES = ("lse_c", "lse_c_plate", "lse_d", "lse_d_plate")
_ASIDE, _STEADY, _BORDER = 0.4, 13, 110
"""The original's crop: so much of the face's half size beside it, the boxes' median over so many pictures,
and the grey that stands beyond the picture's edge."""
_LEAST = 25


class OfficialSync:
    """The scores of "plate" and "dub"; the network runs once for each.

    Faces are cut as the original cuts them, around the tracked landmarks in place of its own detector, which
    moves the numbers a little: compare shots measured here with one another.
    Raises ModelError where torch or the user's file are missing, or the file does not fit.
    """

    def __init__(self, material: Material) -> None:
        require("torch", "LSE-C and LSE-D")
        from ..networks.syncnet import lse

        self._material, self._network = material, lse.read_official(models.path(WEIGHTS, fetch=False))
        self._scores = cache(self._scored)

    def confidence(self, who: str) -> float:
        """LSE-C: how much nearer picture and voice are at their best shift than at the middle one of 31.

        Higher is better; real footage has 6 to 9. BadInput for less than a second of faces in a row.
        """
        return self._scores(who).confidence

    def distance(self, who: str) -> float:
        """LSE-D: the mean distance of picture and voice at their best shift, up to 0.6 s to either side.

        Lower is better; real footage has 6 to 8. BadInput for less than a second of faces in a row.
        """
        return self._scores(who).distance

    def _scored(self, who: str):
        from ..networks.syncnet import lse
        from ..networks.syncnet.windows import nearest_rows

        material, hearing = self._material, self._material.hearing
        track = {"plate": material.plate_track, "dub": material.dub_track}[who]
        screen = {"plate": material.plate, "dub": material.dub}[who]
        seconds = hearing.seconds
        grid = np.arange(seconds[0], seconds[-1] + 0.5 / lse.RATE, 1 / lse.RATE)
        rows = nearest_rows(seconds, grid, hearing.picture_s)
        rows[~_shown(track, hearing.frames)[rows]] = -1
        first, last = longest_run(rows >= 0)
        if last - first < _LEAST:
            raise BadInput(
                f"{last - first} pictures with a face follow one another; expected {_LEAST} or more")
        frames = hearing.frames[rows[first:last]]
        pictures = face_pictures(track, screen, frames, material.origin, lse.SIDE)
        begin = grid[first] + hearing.heard[0] - seconds[0] - hearing.sound.start
        return lse.scores(self._network, pictures, stretch(speech_samples(hearing.sound), begin, len(frames)))


def stretch(samples: np.ndarray, begin: float, pictures: int) -> np.ndarray:
    """Samples (M,) of so many pictures at 25 a second from `begin`, s; silence where the sound has none."""
    places = round(begin * RATE) + np.arange(pictures * RATE // 25)
    inside = (places >= 0) & (places < len(samples))
    return np.where(inside, samples[places.clip(0, len(samples) - 1)], 0)


def longest_run(there: np.ndarray) -> tuple[int, int]:
    """Where the longest run of True in `there` (N,) begins, and where it has ended."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(int)))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return 0, 0
    best = int((ends - starts).argmax())
    return int(starts[best]), int(ends[best])


def face_pictures(
    track: Track, screen: Picture, frames: np.ndarray, origin: tuple[int, int], side: int,
) -> np.ndarray:
    """Faces cut as syncnet_python cuts them: uint8 (N, side, side, 3), RGB.

    A square of 2.8 half sizes of the face's box, .4 of one above its middle's upper edge and below.
    """
    points = np.stack([track.at(int(frame)).landmarks[:, :2] for frame in frames]) - origin
    low, high = points.min(axis=1), points.max(axis=1)
    boxes = np.column_stack([(high - low).max(axis=1) / 2, (low + high) / 2])
    half, x, y = median_filter(boxes, (_STEADY, 1), mode="nearest").T
    found = []
    for frame, size, across, down in zip(frames, half, x, y, strict=True):
        border = int(size * (1 + 2 * _ASIDE))
        picture = cv2.copyMakeBorder(
            screen(int(frame)), *[border] * 4, cv2.BORDER_CONSTANT, value=(_BORDER,) * 3)
        top, bottom = int(down + border - size), int(down + border + size * (1 + 2 * _ASIDE))
        left, right = (int(across + border + way * size * (1 + _ASIDE)) for way in (-1, 1))
        found.append(cv2.resize(picture[top:bottom, left:right], (side, side)))
    return np.stack(found)


def _shown(track: Track, frames: np.ndarray) -> np.ndarray:
    """Whether the track shows a face in each of `frames`: bool (N + 1,), the last False for what is none."""
    rows = [track.row(int(frame)) for frame in frames]
    return np.array([row is not None and bool(track.present[row]) for row in rows] + [False])
