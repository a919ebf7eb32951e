"""The geometric recipe without an engine: what the operators make of one another's results."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
import pytest

from shared_core.faces.tracking import TrackSettings, track_clip
from shared_core.geometry.raster import on_window
from shared_core.operators.composite import Composite, composite
from shared_core.operators.drive_from_video import drive_from_video
from shared_core.operators.landmark_mask import landmark_mask
from shared_core.operators.references import references
from shared_core.operators.warp_flow_mesh import Warp, warp_flow_mesh
from shared_core.values import Drive, Image, References, Track, Window


@dataclass(frozen=True)
class Dub:
    """A plate with all shot-scope results; frames are made on demand, each from nothing."""

    clip: object
    track: Track
    drive: Drive
    lent: References
    matte: str = "lower_face"

    def layers(self, frame: int) -> tuple[Warp, Composite]:
        plate = self.clip.image(frame)
        mask = getattr(landmark_mask(self.track, frame, self.drive), self.matte)
        warp = warp_flow_mesh(plate, self.track, self.drive, self.lent, self.clip, frame)
        return warp, composite(plate, warp.face, mask, self.track, frame)

    def picture(self, frame: int) -> np.ndarray:
        """The frame as the engine writes it: the plate, and the dub where the matte is above 0."""
        _, laid = self.layers(frame)
        out = self.clip.image(frame).pixels.copy()
        rows, columns = laid.matte.window.slices_in(self.clip.display)
        inside = laid.matte.alpha > 0
        out[rows, columns][inside] = laid.image.pixels[inside]
        return out

    def alpha(self, frame: int) -> np.ndarray:
        """The final matte over the whole frame."""
        return on_window(self.layers(frame)[1].matte, self.clip.display)


def dub_of(clip, track: Track, driver: Track, *, forbid: int = 0, matte: str = "lower_face", **knobs) -> Dub:
    drive = drive_from_video(track, driver, start=int(track.frames[0]), **knobs)
    return Dub(clip, track, drive, references(clip, track, drive, forbid=forbid), matte)


class MovieFrames:
    """Some frames of a movie as a Clip of its own, numbered from 1 at 25 a second; linear by 2.2."""

    def __init__(self, path, numbers) -> None:
        wanted = set(numbers)
        with av.open(str(path)) as movie:
            decoded = zip(range(1, max(wanted) + 1), movie.decode(video=0), strict=False)
            chosen = [frame for number, frame in decoded if number in wanted]
            self.previews = [frame.to_ndarray(format="rgb24") for frame in chosen]
        self.frames = list(range(1, len(self.previews) + 1))
        height, width = self.previews[0].shape[:2]
        self.display, self.fps, self.pixel_aspect = Window(0, 0, width, height), Fraction(25), 1.0
        self.key = str(path)

    def preview(self, frame: int) -> np.ndarray:
        return self.previews[frame - 1]

    def image(self, frame: int, window: Window | None = None) -> Image:
        window = self.display if window is None else window
        rows = np.clip(np.arange(window.y, window.bottom), 0, self.display.height - 1)
        columns = np.clip(np.arange(window.x, window.right), 0, self.display.width - 1)
        part = self.previews[frame - 1][np.ix_(rows, columns)]
        return Image((part.astype(np.float32) / 255) ** np.float32(2.2), window)

    def seconds(self, frame: int) -> float:
        return (frame - 1) / 25

    def with_pictures(self, pictures: list[np.ndarray]) -> MovieFrames:
        """The same clip showing other pictures, scene-linear."""
        other = object.__new__(MovieFrames)
        other.__dict__.update(self.__dict__)
        other.previews = [
            np.round(255 * np.clip(picture, 0, 1) ** (1 / 2.2)).astype(np.uint8) for picture in pictures
        ]
        return other


@pytest.fixture(scope="session")
def dub():
    return dub_of


@pytest.fixture(scope="session")
def movie_frames():
    return MovieFrames


@pytest.fixture(scope="session")
def track_of():
    """Track a few frames that lie apart: no smoothing from one to the next."""
    return lambda clip: track_clip(clip, TrackSettings(smoothing=1, fill_gap=0))
