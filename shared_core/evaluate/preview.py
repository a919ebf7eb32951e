"""The preview movie: plate | dub, the driver in a corner, the performance's sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..engine.progress import Progress, Silent
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


def write_preview(opened: OpenedShot, path: Path, progress: Progress | None = None) -> None:
    """Write the preview as an MP4 at the plate's frame rate.

    The sound is the performance's, at the moment that the first frame shows; silent before it begins
    and after it ends. Raises DiskError and MediaError.
    """
    progress = progress or Silent()
    progress.begin("preview", len(opened.frames))
    sources = Sources(opened)
    width, height = _half(sources.look("plate", 0)[0].shape, opened.plate.pixel_aspect)
    size = (2 * width, height + BAR)
    consent = opened.shot.consent or "none named"
    texts = {"title": opened.shot.name, "comment": f"Dubnodes preview; consent: {consent}"}
    with MovieWriter(path, size, opened.plate.fps, sound_of(opened), texts=texts) as movie:
        for row in range(len(opened.frames)):
            movie.write(compose(sources, row))
            progress.advance(row + 1)
    progress.end()


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
    look = sources.look("driver", row)
    if look is None:
        return
    picture, _, caption, aspect = look
    box_width = round(INSET * width)
    box_height = round(min(box_width * picture.shape[0] / (picture.shape[1] * aspect), 0.45 * height))
    box = tiles.fitted(picture, box_width, box_height, aspect)
    if box_width > 110:
        box = tiles.captioned(box, f"driver {caption}", 12)
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
    return Sound(sound.samples, sound.rate, sound.start - float(opened.driver_times[0]))
