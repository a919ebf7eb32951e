"""The preview movie: plate | dub, the driver in a corner, the performance's sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..media.movie_write import MovieWriter
from ..values import Sound
from . import tiles
from .sheets import Sources

if TYPE_CHECKING:
    from .opened_shot import OpenedShot

HALF_WIDTH, HALF_HEIGHT = 960, 720
INSET = 0.24
BAR = 30
EDGE = 10


class Preview:
    """The preview being written, as an MP4 at the plate's frame rate; use it in a `with`.

    The sound is the performance's, at the moment that the first frame shows; silent before it begins
    and after it ends. Raises DiskError and MediaError.
    """

    def __init__(self, opened: OpenedShot, path: Path) -> None:
        self._sources, self._written = Sources(opened), 0
        width, height = _half(self._sources.look("plate", 0)[0].shape, opened.plate.pixel_aspect)
        consent = opened.shot.consent or "none named"
        texts = {"title": opened.shot.name, "comment": f"Dubnodes preview; consent: {consent}"}
        size = (2 * width, height + BAR)
        self._movie = MovieWriter(path, size, opened.plate.fps, sound_of(opened), texts=texts)

    def __enter__(self) -> Preview:
        self._movie.__enter__()
        return self

    def __exit__(self, *how: object) -> bool | None:
        return self._movie.__exit__(*how)

    def write_until(self, count: int) -> None:
        """Write on until the first `count` frames are written."""
        for row in range(self._written, count):
            self._movie.write(compose(self._sources, row))
            self._written = row + 1


def compose(sources: Sources, row: int) -> np.ndarray:
    """One frame of the preview: uint8 (height, width, 3), both even."""
    opened = sources.opened
    frame = int(opened.frames[row])
    aspect = opened.plate.pixel_aspect
    plate, dub = sources.look("plate", row)[0], sources.look("dub", row)[0]
    width, height = _half(plate.shape, aspect)
    result = tiles.blank(2 * width, height + BAR)
    result[BAR:, :width] = tiles.fitted(plate, width, height, aspect)
    result[BAR:, width:] = tiles.fitted(dub, width, height, aspect)
    _inset(result, sources, row, width, height)
    tiles.write_text(result, f"{opened.shot.name}   plate", EDGE, 5, 15)
    tiles.write_text(result, "dub", width + EDGE, 5, 15)
    if frame in opened.states:
        tiles.write_text(result, opened.states[frame], width + 52, 6, 14, tiles.DIM)
    number = str(frame)
    tiles.write_text(result, number, 2 * width - EDGE - tiles.text_size(number, 15)[0], 5, 15)
    return result


def _half(shape: tuple[int, ...], aspect: float) -> tuple[int, int]:
    """Width and height of one half: the plate's shape, not enlarged, even."""
    rows, columns = shape[0], shape[1] * aspect
    scale = min(1.0, HALF_WIDTH / columns, HALF_HEIGHT / rows)
    return 2 * max(8, round(columns * scale / 2)), 2 * max(8, round(rows * scale / 2))


def _inset(result: np.ndarray, sources: Sources, row: int, width: int, height: int) -> None:
    """The driver, small, in the plate's lower left corner."""
    shown = sources.driver_frame(row)
    if shown is None:
        return
    driver = sources.opened.driver
    display, aspect = driver.display, driver.pixel_aspect
    box_width = round(INSET * width)
    box_height = round(min(box_width * display.height / (display.width * aspect), 0.45 * height))
    picture = sources.opened.glance(driver, 2 * box_width, 2 * box_height)(shown)
    box = tiles.fitted(picture, box_width, box_height, aspect)
    if box_width > 110:
        box = tiles.captioned(box, f"driver {shown}", 12)
    top, left = BAR + height - EDGE - box_height, EDGE
    result[top - 1 : top + box_height + 1, left - 1 : left + box_width + 1] = tiles.INK
    result[top : top + box_height, left : left + box_width] = box


def sound_of(opened: OpenedShot) -> Sound | None:
    """The performance's sound, its `start` against the first frame; None where it has none.

    None too for a range with holes, in which picture and sound would part.
    """
    sound = opened.sound()
    if sound is None or np.any(np.diff(opened.frames) != 1):
        return None
    return Sound(sound.samples, sound.rate, sound.start - float(opened.heard_times[0]))
