"""What an evaluation looks at: pictures by frame number, tracks, and which moment belongs to which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..values import References, Track
from .sync_expert import Hearing

Picture = Callable[[int], np.ndarray]
# Above this the mouth counts as covered: Track.occlusion runs from 0, free, to 1.
COVERED = 0.5


@dataclass(frozen=True, eq=False)
class Material:
    """A dubbed shot, ready to be measured; frames are the plate's numbers.

    frames: int (N,), those that were rendered. plate, dub, driver, truth: frame -> uint8 sRGB
    (H, W, 3), all of the display window; `driver` by the driver's own frame numbers. matte: frame
    -> float32 (H, W), the final one. plate_track, driver_track: of the whole clips. dub_track: of the
    rendered frames, by the same tracker. driver_times: (N,), the moment of the performance that
    each frame shows, s from the driver's first frame; driver_seconds: (M,), the times of
    driver_track.frames. origin: the display window's corner, px. by_voice: a voice drives, and the
    driver is the actor: the true mouth, or without pictures (None) the one that the drive asks for.
    hearing: the performance's sound beside plate and dub; None where it has none.
    """

    name: str
    fps: float
    frames: np.ndarray
    plate: Picture
    dub: Picture
    driver: Picture | None
    matte: Picture
    plate_track: Track
    dub_track: Track
    driver_track: Track
    driver_times: np.ndarray
    driver_seconds: np.ndarray
    references: References | None = None
    truth: Picture | None = None
    origin: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = field(default=())
    by_voice: bool = False
    hearing: Hearing | None = None

    def nearest_driver_frame(self, row: int) -> int | None:
        """The driver's frame shown at row `row` of `frames`; None before its start or after its end."""
        time = self.driver_times[row]
        seconds = self.driver_seconds
        grace = 0.5 * float(np.median(np.diff(seconds))) if len(seconds) > 1 else 0.0
        if not seconds[0] - grace <= time <= seconds[-1] + grace:
            return None
        return int(self.driver_track.frames[int(np.argmin(np.abs(seconds - time)))])


def rows_at(track: Track, points: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """The rows of `points` (one for each of track.frames) at `frames`; NaN where the track has none."""
    result = np.full((len(frames), *points.shape[1:]), np.nan)
    for row, frame in enumerate(frames):
        source = track.row(int(frame))
        if source is not None:
            result[row] = points[source]
    return result


def passed_through(material: Material, matte_peak: np.ndarray) -> dict[int, str]:
    """Why a frame shows the plate untouched: {frame: reason}, for those whose matte is 0 throughout.

    matte_peak: (N,), the highest value of each frame's final matte.
    """
    reasons = {}
    for frame, peak in zip(material.frames.tolist(), matte_peak, strict=True):
        if peak <= 0:
            reasons[frame] = _reason(material, frame)
    return reasons


def _reason(material: Material, frame: int) -> str:
    face = material.plate_track.at(frame)
    if not face.present:
        return "no face in the plate"
    if face.occlusion >= COVERED:
        return f"the mouth is covered (occlusion {face.occlusion:.2f})"
    row = int(np.flatnonzero(material.frames == frame)[0])
    if material.nearest_driver_frame(row) is None:
        return "the performance has not begun or is over"
    if material.references is not None and not material.references.at(frame):
        return "no reference frame was chosen"
    return "amount or matte is 0"
