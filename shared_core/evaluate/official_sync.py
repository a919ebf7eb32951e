"""LSE-C and LSE-D of a rendered shot, by the official SyncNet where the user has it."""

from __future__ import annotations

from functools import cache, cached_property

import cv2
import numpy as np
from scipy.ndimage import median_filter

from .. import models
from ..networks.requirements import require
from ..networks.speech.samples import RATE, speech_samples
from ..networks.syncnet.windows import nearest_rows
from ..spec.errors import BadInput
from ..values import Track
from .alignment import square
from .material import Material, Picture

WEIGHTS = "syncnet_v2"
"""The name under which a user adds the file: `dub models add syncnet_v2 FILE`."""
NAMES = ("lse_c", "lse_c_plate", "lse_d", "lse_d_plate")
_ASIDE, _STEADY, _BEYOND = 0.4, 13, 110
"""The original's crop: so much of the face's half size beside it, the boxes' median over so many pictures,
and the grey that stands beyond the picture's edge."""
_LEAST = 25


class OfficialSync:
    """The scores of "plate" and "dub", over the same pictures; the network runs once for each.

    counts: bool (N,), the rendered frames that are dubbed. The longest run of them in one scene is taken in
    which both show a face and the voice is there. Faces are cut as the original cuts them, around the
    tracked landmarks in place of its own detector, which moves the numbers a little: compare shots measured
    here with one another. Raises ModelError where torch or the user's file are missing, or the file does not
    fit.
    """

    def __init__(self, material: Material, counts: np.ndarray) -> None:
        require("torch", "LSE-C and LSE-D")
        from ..networks.syncnet import lse

        self._network = lse.read_official(models.path(WEIGHTS, fetch=False))
        self._material, self._counts = material, counts
        self._scores = cache(self._scored)

    def confidence(self, who: str) -> float:
        """LSE-C: how much nearer picture and voice are at their best shift than at the middle one of 31.

        Higher is better; real footage has 6 to 9. BadInput for less than a second of dubbed faces in a row.
        """
        return self._scores(who).confidence

    def distance(self, who: str) -> float:
        """LSE-D: the mean distance of picture and voice at their best shift, up to 0.6 s to either side.

        Lower is better; real footage has 6 to 8. BadInput for less than a second of dubbed faces in a row.
        """
        return self._scores(who).distance

    def _scored(self, who: str):
        from ..networks.syncnet import lse

        material, hearing = self._material, self._material.hearing
        frames, begin = self._run
        track = {"plate": material.plate_track, "dub": material.dub_track}[who]
        screen = {"plate": material.plate, "dub": material.dub}[who]
        pictures = face_pictures(track, screen, frames, material.origin, lse.SIDE)
        count = len(frames) * lse.SAMPLES_A_PICTURE
        samples = stretch(speech_samples(hearing.sound), begin, count)
        return lse.scores(self._network, pictures, samples)

    @cached_property
    def _run(self) -> tuple[np.ndarray, float]:
        """The frames that are looked at, 25 a second, and where in the sound they begin, s."""
        from ..networks.syncnet import lse

        material, hearing = self._material, self._material.hearing
        seconds, late = hearing.seconds, hearing.heard[0] - hearing.seconds[0]
        grid = np.arange(seconds[0], seconds[-1] + 0.5 / lse.RATE, 1 / lse.RATE)
        rows = nearest_rows(seconds, grid, hearing.picture_s)
        shown = self._counts & _shown(material.plate_track, hearing.frames)
        shown = shown & _shown(material.dub_track, hearing.frames)
        since = grid + late - hearing.sound.start
        there = np.append(shown, False)[rows] & (since >= 0) & (since <= hearing.sound.duration)
        scenes = np.searchsorted(material.plate_track.cuts, hearing.frames[rows], side="right")
        first, last = max(
            (longest_run(there & (scenes == scene)) for scene in np.unique(scenes)),
            key=lambda run: run[1] - run[0])
        if last - first < _LEAST:
            raise BadInput(
                f"{last - first} dubbed pictures with a face and a voice follow one another; expected"
                f" {_LEAST} or more")
        return hearing.frames[rows[first:last]], float(since[first])


def stretch(samples: np.ndarray, begin: float, count: int) -> np.ndarray:
    """`count` samples from `begin`, s; silence where the sound has none."""
    places = round(begin * RATE) + np.arange(count)
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
    """Faces cut as syncnet_python cuts them: uint8 (N, side, side, 3), RGB, of square pixels.

    A square of 2.8 half sizes of the face's box; its middle is that of the box from left to right, and 1 of
    them below the upper edge. Beyond the picture stands grey.
    """
    points = np.stack([track.at(int(frame)).landmarks[:, :2] for frame in frames]) - origin
    points = square(points, track.pixel_aspect)
    low, high = points.min(axis=1), points.max(axis=1)
    boxes = np.column_stack([(high - low).max(axis=1) / 2, (low + high) / 2])
    half, x, y = median_filter(boxes, (_STEADY, 1), mode="nearest").T
    found = []
    for frame, size, across, down in zip(frames, half, x, y, strict=True):
        scale = 2 * (1 + _ASIDE) * size / side
        left, top = across - (1 + _ASIDE) * size, down - size
        # Pixel centres lie at halves.
        place = np.array([
            [scale / track.pixel_aspect, 0, (left + 0.5 * scale) / track.pixel_aspect - 0.5],
            [0, scale, top + 0.5 * scale - 0.5]])
        found.append(cv2.warpAffine(
            screen(int(frame)), place, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT, borderValue=(_BEYOND,) * 3))
    return np.stack(found)


def _shown(track: Track, frames: np.ndarray) -> np.ndarray:
    """Whether the track shows a face in each of `frames`: bool (N,)."""
    rows = [track.row(int(frame)) for frame in frames]
    return np.array([row is not None and bool(track.present[row]) for row in rows])
