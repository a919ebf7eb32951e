"""A strip of thumbnails: what each frame of a shot looks like now, and in which state it is."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ..engine.session import Session
from ..media import open_clip
from ..spec.errors import MediaError
from .status import DAMAGED, FAILED, MISSING, STALE, WHOLE, FrameStatus, ShotStatus

COLOURS = {
    WHOLE: (70, 170, 90), STALE: (220, 170, 40), DAMAGED: (200, 90, 200), FAILED: (220, 60, 60),
    MISSING: (90, 90, 96),
}
"""sRGB of each state's bar."""
TILE_WIDTH, BAR, COLUMNS = 160, 18, 10


def status_sheet(session: Session, status: ShotStatus, most: int = 60) -> bytes:
    """A PNG of at most `most` frames, evenly spread, ten in a row; a bar tells number and state.

    Frames that nobody can read are dark. Raises ValueError for a `most` below 1.
    """
    if most < 1:
        raise ValueError(f"{most} frames on a sheet; expected 1 or more")
    display = session.media.clip("plate").display
    height = max(1, round(TILE_WIDTH * display.height / display.width))
    picture = _pictures(session, status)
    tiles = [_tile(picture(one), one, height) for one in _spread(status.frames, most)]
    columns = min(COLUMNS, len(tiles))
    empty = np.full_like(tiles[0], 24)
    tiles += [empty] * (math.ceil(len(tiles) / columns) * columns - len(tiles))
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    done, data = cv2.imencode(".png", cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))
    if not done:
        raise ValueError("the sheet could not be encoded")
    return data.tobytes()


def _spread(frames: tuple[FrameStatus, ...], most: int) -> list[FrameStatus]:
    if len(frames) <= most:
        return list(frames)
    return [frames[round(i)] for i in np.linspace(0, len(frames) - 1, most)]


def _pictures(session: Session, status: ShotStatus):
    """A function that gives a frame's picture, uint8 sRGB, or None where it cannot be read."""
    plate = session.media.clip("plate")
    try:
        clip = open_clip(
            status.output, colour=session.media.colour, fps=str(plate.fps),
            colourspace=session.shot.output.colourspace,
        )
    except MediaError:  # no frame is there at all
        return lambda one: None

    def picture(one: FrameStatus) -> np.ndarray | None:
        if one.state in (MISSING, DAMAGED):
            return None
        try:
            return clip.preview(one.frame)
        except MediaError:
            return None

    return picture


def _tile(picture: np.ndarray | None, one: FrameStatus, height: int) -> np.ndarray:
    tile = np.full((height + BAR, TILE_WIDTH, 3), 24, np.uint8)
    if picture is not None:
        tile[:height] = cv2.resize(picture, (TILE_WIDTH, height), interpolation=cv2.INTER_AREA)
    tile[height:] = COLOURS[one.state]
    ink = (255, 255, 255)
    cv2.putText(tile, f"{one.frame} {one.state}", (4, height + 13), cv2.FONT_HERSHEY_SIMPLEX, 0.4, ink, 1)
    tile[:, :1] = 24
    return tile
