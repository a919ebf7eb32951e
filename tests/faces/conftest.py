"""Small clips in memory, and real faces to put into them."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from shared_core.values import Window

sys.path.append(str(Path(__file__).parent))


class PreviewClip:
    """A Clip that holds its previews; it counts how often each is asked for."""

    def __init__(self, previews, first=1, frames=None, origin=(0, 0), pixel_aspect=1.0):
        self._previews = list(previews)
        self.frames = list(frames) if frames is not None else list(range(first, first + len(self._previews)))
        height, width = self._previews[0].shape[:2]
        self.display = Window(*origin, width, height)
        self.fps, self.pixel_aspect, self.key = Fraction(25), pixel_aspect, "in memory"
        self.asked: list[int] = []

    def preview(self, frame):
        self.asked.append(frame)
        return self._previews[self.frames.index(frame)]

    def seconds(self, frame):
        return float((frame - self.frames[0]) / self.fps)


def read_movie(path, numbers) -> list[np.ndarray]:
    """The previews of frames `numbers` (from 1) of a movie, uint8 RGB."""
    wanted, out = set(numbers), []
    with av.open(str(path)) as movie:
        for number, frame in enumerate(movie.decode(video=0), 1):
            if number in wanted:
                out.append(np.ascontiguousarray(frame.to_ndarray(format="rgb24")))
            if number >= max(wanted):
                break
    return out


@pytest.fixture(scope="session")
def clip_of():
    return PreviewClip


@pytest.fixture(scope="session")
def movie():
    return read_movie


def _portrait(path, number, box, size) -> np.ndarray:
    (picture,) = read_movie(path, [number])
    x, y, width, height = box
    return cv2.resize(picture[y : y + height, x : x + width], size, interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="session")
def man(demo_footage) -> np.ndarray:
    """The demo plate's man, 200 x 240."""
    return _portrait(demo_footage["plate"], 10, MAN, (200, 240))


@pytest.fixture(scope="session")
def singer(demo_footage) -> np.ndarray:
    """The demo driver's singer, 200 x 240."""
    return _portrait(demo_footage["driver"], 60, SINGER, (200, 240))


MAN = (200, 26, 300, 360)
SINGER = (330, 60, 360, 432)


@pytest.fixture(scope="session")
def scene():
    """scene((portrait, x, y), ...) puts portraits into a grey 640 x 360 frame; the last one is in front."""

    def build(*placed, size=(640, 360)) -> np.ndarray:
        frame = np.full((size[1], size[0], 3), 96, np.uint8)
        for portrait, x, y in placed:
            height, width = portrait.shape[:2]
            left, right = max(x, 0), min(x + width, size[0])
            top, bottom = max(y, 0), min(y + height, size[1])
            if left < right and top < bottom:
                frame[top:bottom, left:right] = portrait[top - y : bottom - y, left - x : right - x]
        return frame

    return build
