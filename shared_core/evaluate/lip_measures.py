"""All that landmarks tell of a dub: lips, timing, jitter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..spec.errors import BadInput
from ..values import Track
from . import independent, jitter, lips, timing
from .alignment import (
    MEDIAPIPE,
    POINTS_68,
    LandmarkSet,
    Person,
    canonical,
    closed_rows,
    landmarks_of,
    learn_person,
    lip_offsets,
    opening_of,
    square,
    width_of,
)
from .material import Material, Picture, rows_at

Measures = dict[str, Callable[[], float]]
# Closed frames that the independent model looks at beside the rendered ones.
MOST_CLOSED = 12


@dataclass(frozen=True, eq=False)
class Mouths:
    """Plate, dub and driver at the same moments, in their canonical spaces, by one landmark model.

    plate, dub, driver: (N, K, 2), one row a rendered frame, NaN where missing. actor, performer:
    what is constant about the two people.
    """

    plate: np.ndarray
    dub: np.ndarray
    driver: np.ndarray
    actor: Person
    performer: Person

    def opening(self, who: str) -> np.ndarray:
        return opening_of(getattr(self, who), self.actor.landmarks)

    def width(self, who: str) -> np.ndarray:
        return width_of(getattr(self, who), self.actor.landmarks)

    def offsets(self, who: str) -> np.ndarray:
        return lip_offsets(getattr(self, who), self.performer if who == "driver" else self.actor)

    def without(self, untouched: np.ndarray) -> Mouths:
        """The same, with the dub's rows that show the untouched plate left out. untouched: bool (N,)."""
        dub = self.dub.copy()
        dub[untouched] = np.nan
        return Mouths(self.plate, dub, self.driver, self.actor, self.performer)


def gather(
    plate: np.ndarray, dub: np.ndarray, driver: np.ndarray, material: Material, landmarks: LandmarkSet
) -> Mouths:
    """Remove pose and bring all to the plate's rendered frames.

    plate: (P, K, 2) for plate_track.frames; dub: for dub_track.frames; driver: for
    driver_track.frames; all in square px. The neutrals are learned from the whole clips.
    """
    actor = learn_person(plate, landmarks)
    performer = actor if material.by_voice else learn_person(driver, landmarks)
    performed = timing.at_times(
        canonical(driver, performer), material.driver_seconds, material.driver_times
    )
    return Mouths(
        canonical(rows_at(material.plate_track, plate, material.frames), actor),
        canonical(rows_at(material.dub_track, dub, material.frames), actor),
        performed, actor, performer,
    )


def by_tracker(material: Material) -> Mouths:
    """Mouths by the tracker's own landmarks, smoothed in time as it smooths all three."""
    tracks = (material.plate_track, material.dub_track, material.driver_track)
    return gather(*(_squared(track) for track in tracks), material, MEDIAPIPE)


def _squared(track: Track, raw: bool = False) -> np.ndarray:
    return square(landmarks_of(track, raw), track.pixel_aspect)


class SecondOpinion:
    """Mouths by dlib's 68 points: `see` each rendered frame, then ask for the `mouths`.

    The frames with closed lips are the tracker's choice (dlib would have to see the whole clips),
    the closed mouth in them is dlib's own. In plate and dub dlib looks at the very same place.
    Raises ModelError where dlib or its file are missing, BadInput where the frames play nothing of
    the performance.
    """

    def __init__(self, material: Material, fetch: bool = True) -> None:
        independent.predictor(fetch)
        self._material, self._fetch = material, fetch
        plate, driver = material.plate_track, material.driver_track
        self._played = _played(material)
        rendered, self._resting = _with_closed(plate, material.frames)
        performed, self._driver_resting = _with_closed(driver, driver.frames[self._played])
        self._wanted = {"plate": rendered, "dub": material.frames, "driver": performed}
        self._tracks = {"plate": plate, "dub": plate, "driver": driver}
        self._points = {who: landmarks_of(track) for who, track in self._tracks.items()}
        self._found: dict[tuple[str, int], np.ndarray] = {}

    def see(self, frame: int) -> None:
        """Look at a rendered frame, while its pictures are at hand."""
        for who in ("plate", "dub"):
            self._look(who, frame)

    @property
    def left(self) -> int:
        """How many pictures have not been looked at."""
        return sum(map(len, self._wanted.values())) - len(self._found)

    def mouths(self, advance: Callable[[int], None] = lambda done: None) -> Mouths:
        """Look at what is left, and free all of pose. advance(done): pictures of those that were left."""
        material, left = self._material, self.left
        seen = {}
        for who, frames in self._wanted.items():
            rows = []
            for frame in frames.tolist():
                rows.append(self._look(who, frame))
                advance(left - self.left)
            seen[who] = np.array(rows)
        actor = learn_person(
            seen["plate"], POINTS_68, np.searchsorted(self._wanted["plate"], self._resting)
        )
        performer = learn_person(
            seen["driver"], POINTS_68, np.searchsorted(self._wanted["driver"], self._driver_resting)
        )
        played = material.driver_track.frames[self._played]
        during = seen["driver"][np.isin(self._wanted["driver"], played)]
        own = seen["plate"][np.isin(self._wanted["plate"], material.frames)]
        return Mouths(
            canonical(independent.smoothed(own), actor),
            canonical(independent.smoothed(seen["dub"]), actor),
            timing.at_times(
                canonical(independent.smoothed(during), performer),
                material.driver_seconds[self._played], material.driver_times,
            ),
            actor, performer,
        )

    def _look(self, who: str, frame: int) -> np.ndarray:
        """dlib's landmarks in one picture: (68, 2) in square px, NaN where there is no face."""
        if (who, frame) not in self._found:
            track = self._tracks[who]
            points = rows_at(track, self._points[who], np.array([frame]))
            picture: Picture = getattr(self._material, who)
            found = independent.landmarks_68(picture, [frame], points, track.pixel_aspect, self._fetch)
            self._found[who, frame] = square(found, track.pixel_aspect)[0]
        return self._found[who, frame]


def _with_closed(track: Track, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`frames` together with those in which the lips are closed, ascending; and the latter alone."""
    resting = np.sort(track.frames[closed_rows(_squared(track))[:MOST_CLOSED]])
    return np.union1d(frames, resting), resting


def _played(material: Material) -> np.ndarray:
    """Rows of the driver's frames that the range plays, one more at each end."""
    times, seconds = material.driver_times, material.driver_seconds
    first = max(0, int(np.searchsorted(seconds, times.min())) - 1)
    last = min(len(seconds), int(np.searchsorted(seconds, times.max())) + 2)
    if last - first < 2:
        raise BadInput(
            f"the frames play the performance from {times.min():.2f} to {times.max():.2f} s; the driver "
            f"lasts {seconds[-1]:.2f} s. Choose other frames, or the drive's start and shift"
        )
    return np.arange(first, last)


def tracker_measures(mouths: Mouths, material: Material) -> Measures:
    """The tracker's share of `dub evaluate`'s names, in its units; each is measured when called."""
    dub, driver = mouths.opening("dub"), mouths.opening("driver")
    moved, own, wanted = (mouths.offsets(who) for who in ("dub", "plate", "driver"))
    spread = _spread(material.frames)
    return {
        "lip_error_ratio": lambda: lips.lip_error_ratio(moved, own, wanted),
        "lip_error": lambda: lips.lip_error(moved, wanted),
        "lip_error_plate": lambda: lips.lip_error(own, wanted),
        "opening_r": lambda: lips.opening_r(dub, driver),
        "opening_gain": lambda: lips.opening_gain(dub, driver),
        "width_r": lambda: lips.width_r(mouths.width("dub"), mouths.width("driver")),
        "lag_frames": lambda: timing.lag_frames(spread(dub), spread(driver)),
        "closed_opening": lambda: lips.closed_opening(dub, driver, mouths.actor, mouths.performer),
        "lmd": lambda: lips.lmd(mouths.dub, mouths.driver, mouths.actor, mouths.performer),
        "lmd_plate": lambda: lips.lmd(mouths.plate, mouths.driver, mouths.actor, mouths.performer),
    }


def independent_measures(mouths: Mouths) -> Measures:
    """What the independent model says of the lips: the same formulas, its own landmarks."""
    moved, own, wanted = (mouths.offsets(who) for who in ("dub", "plate", "driver"))
    return {
        "lip_error_ratio_independent": lambda: lips.lip_error_ratio(moved, own, wanted),
        "opening_r_independent": lambda: lips.opening_r(mouths.opening("dub"), mouths.opening("driver")),
    }


def jitter_measures(mouths: Mouths, material: Material) -> Measures:
    """Tremble outside the mouth against the plate, and of the lips against the driver; nothing smoothed."""
    plate, dub = (
        _spread(material.frames)(rows_at(track, _squared(track, raw=True), material.frames))
        for track in (material.plate_track, material.dub_track)
    )
    both = np.isfinite(plate[:, :1, :1]) & np.isfinite(dub[:, :1, :1])
    plate, dub = np.where(both, plate, np.nan), np.where(both, dub, np.nan)

    def outside() -> float:
        return jitter.jitter_outside_ratio(dub, plate, float(np.nanmedian(width_of(plate, MEDIAPIPE))))

    def of_lips() -> float:
        driver = _squared(material.driver_track, raw=True)[_played(material)]
        pairs = ((dub, mouths.actor), (driver, mouths.performer))
        loops = [canonical(points, person)[:, list(MEDIAPIPE.lips)] for points, person in pairs]
        return jitter.jitter_lips_ratio(*loops)

    return {"jitter_outside_ratio": outside, "jitter_lips_ratio": of_lips}


def _spread(frames: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """A function that spreads rows over consecutive frame numbers, NaN where the range has holes."""

    def spread(rows: np.ndarray) -> np.ndarray:
        result = np.full((int(frames[-1] - frames[0]) + 1, *rows.shape[1:]), np.nan)
        result[frames - frames[0]] = rows
        return result

    return spread
