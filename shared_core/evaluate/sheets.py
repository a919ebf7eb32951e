"""Contact sheets: plate, driver, dub and reference under each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..faces import topology
from ..media.passes import file_to_flow
from ..values import Track
from . import regions, tiles
from .flow_colour import flow_colour, legend

if TYPE_CHECKING:
    from .opened_shot import OpenedShot

SPREAD = 8
RUN = 12
FULL_WIDTH, FULL_HEIGHT = 320, 320
ZOOM = 200
# Side of the zoomed square, in widths of the mouth as it is in that frame's face.
MOUTH_SIDE = 1.65
FLOW_CHANNELS = ("dub_flow.red", "dub_flow.green")
ROWS = ("plate", "driver", "dub", "reference")


def spread_rows(opened: OpenedShot, count: int = SPREAD) -> np.ndarray:
    """Rows of up to `count` frames spread evenly over the range."""
    total = len(opened.frames)
    return np.unique(np.linspace(0, total - 1, min(count, total)).round().astype(int))


def liveliest_run(opened: OpenedShot, count: int = RUN) -> np.ndarray:
    """Rows of `count` consecutive frames in which the wanted mouth moves most.

    By the path length of the drive's opening and width; frames that pass through move nothing.
    """
    total = len(opened.frames)
    if total <= count:
        return np.arange(total)
    curves = np.array([
        [wanted.curves["opening"], wanted.curves["width"]] if wanted.present else [0.0, 0.0]
        for wanted in (opened.drive.at(int(frame)) for frame in opened.frames)
    ])
    moved = np.r_[0.0, np.abs(np.diff(curves, axis=0)).sum(axis=1)]
    moved[[int(frame) in opened.states for frame in opened.frames]] = 0.0
    consecutive = np.diff(opened.frames, prepend=opened.frames[0] - 1) == 1
    path = np.convolve(np.where(consecutive, moved, 0.0), np.ones(count), mode="valid")
    start = int(np.argmax(path))
    return np.arange(start, start + count)


class Sources:
    """Where each row of a sheet takes its picture; None where a frame has none."""

    def __init__(self, opened: OpenedShot) -> None:
        self.opened = opened
        self._screens = {"plate": opened.screen(opened.plate), "dub": opened.screen(opened.dub)}
        if opened.takes is not None:
            self._screens["takes"] = opened.screen(opened.takes)
        if opened.driver is not None:
            self._screens["driver"] = opened.screen(opened.driver)
            self._driver_seconds = np.array([opened.driver.seconds(int(f)) for f in opened.driver.frames])

    def driver_frame(self, row: int) -> int | None:
        """The driver's frame that shows the moment of `row`; None outside the performance, or for a voice."""
        if self.opened.driver is None:
            return None
        time, seconds = self.opened.played_times[row], self._driver_seconds
        grace = 0.5 / float(self.opened.driver.fps)
        if not seconds[0] - grace <= time <= seconds[-1] + grace:
            return None
        return int(self.opened.driver.frames[int(np.argmin(np.abs(seconds - time)))])

    def look(self, name: str, row: int) -> tuple[np.ndarray, np.ndarray | None, str, float] | None:
        """(picture, landmarks in its px or None, caption, pixel aspect) of the sheet's row `name`."""
        opened, frame = self.opened, int(self.opened.frames[row])
        if name in ("plate", "dub"):
            points = _points(opened.plate_track, frame, opened.plate)
            caption = "passed through" if name == "dub" and frame in opened.states else ""
            return self._screens[name](frame), points, caption, opened.plate.pixel_aspect
        if name == "driver":
            shown = self.driver_frame(row)
            if shown is None:
                return None
            points = _points(opened.driver_track, shown, opened.driver)
            return self._screens["driver"](shown), points, str(shown), opened.driver.pixel_aspect
        lenders = opened.references.at(frame) if opened.references is not None else []
        if not lenders:
            return None
        clip, screen = (opened.takes, "takes") if lenders[0].clip else (opened.plate, "plate")
        points = lenders[0].landmarks.astype(float) - (clip.display.x, clip.display.y)
        caption = f"{'take ' if lenders[0].clip else ''}{lenders[0].frame}"
        return self._screens[screen](lenders[0].frame), points, caption, clip.pixel_aspect


def _points(track: Track, frame: int, clip) -> np.ndarray | None:
    row = track.row(frame)
    if row is None or not track.present[row]:
        return None
    return track.landmarks[row, :, :2].astype(np.float64) - (clip.display.x, clip.display.y)


def full_sheet(opened: OpenedShot) -> np.ndarray:
    """Whole frames, about eight of them, spread over the range."""
    rows = spread_rows(opened)

    def tile(look: tuple) -> np.ndarray:
        picture, _, caption, aspect = look
        made = tiles.fitted(picture, FULL_WIDTH, _height(picture, aspect), aspect)
        return tiles.captioned(made, caption) if caption else made

    return _sheet(opened, rows, tile, FULL_WIDTH, opened.shot.name)


def mouth_sheet(opened: OpenedShot) -> np.ndarray:
    """The mouth, zoomed, over a run of consecutive frames where it moves most."""
    rows = liveliest_run(opened)

    def tile(look: tuple) -> np.ndarray:
        picture, points, caption, _ = look
        if points is None:
            return tiles.captioned(tiles.blank(ZOOM, ZOOM), "no face")
        centre = points[list(topology.LIPS_OUTER)].mean(axis=0)
        made = tiles.zoomed(picture, centre, MOUTH_SIDE * _steady_width(points), ZOOM)
        return tiles.captioned(made, caption, 13) if caption else made

    title = f"{opened.shot.name}: the mouth, frames {opened.frames[rows[0]]} to {opened.frames[rows[-1]]}"
    return _sheet(opened, rows, tile, ZOOM, title)


def _steady_width(points: np.ndarray) -> float:
    """About a mouth's width, from the eyes' distance: a zoom that does not pump with speech."""
    left, right = (points[list(eye)].mean(axis=0) for eye in topology.EYE_CORNERS)
    return max(0.8 * float(np.hypot(*(right - left))), 0.3 * regions.face_height(points), 4.0)


def _height(picture: np.ndarray, aspect: float) -> int:
    return min(FULL_HEIGHT, round(FULL_WIDTH * picture.shape[0] / (picture.shape[1] * aspect)))


def _sheet(
    opened: OpenedShot, rows: np.ndarray, tile: Callable[[tuple], np.ndarray], size: int, title: str
) -> np.ndarray:
    sources = Sources(opened)
    there = {"driver": opened.driver is not None, "reference": opened.references is not None}
    names = [name for name in ROWS if there.get(name, True)]
    lines = []
    for name in names:
        looks = [sources.look(name, int(row)) for row in rows]
        made = [None if look is None else tile(look) for look in looks]
        height = max((one.shape[0] for one in made if one is not None), default=size // 2)
        empty = tiles.captioned(tiles.blank(size, height), "none")
        lines.append((name, [empty if one is None else one for one in made]))
    columns = [str(int(opened.frames[row])) for row in rows]
    return tiles.grid(title, columns, lines)


def flow_sheet(opened: OpenedShot) -> np.ndarray | None:
    """The motion flow as colour on the face, beside the dub; None where the shot writes no `dub_flow`."""
    rows = spread_rows(opened)
    if not opened.has_channels(FLOW_CHANNELS):
        return None
    crops = [_flow_crop(opened, int(opened.frames[row])) for row in rows]
    lengths = [np.nanpercentile(np.hypot(*np.moveaxis(flow, -1, 0)), 99) for flow, _ in crops if flow.size]
    longest = max(1.0, float(max(lengths, default=1.0)))
    colours = [tiles.fitted(flow_colour(flow, longest), ZOOM, ZOOM) for flow, _ in crops]
    dubs = [tiles.fitted(picture, ZOOM, ZOOM) for _, picture in crops]
    columns = [str(int(opened.frames[row])) for row in rows]
    sheet = tiles.grid(
        f"{opened.shot.name}: flow; full colour at {longest:.1f} px",
        columns, [("flow", colours), ("dub", dubs)],
    )
    wheel = tiles.blank(sheet.shape[1], 108)
    wheel[4:104, 12:112] = legend(100)
    tiles.write_text(wheel, "a pixel is fetched from where its colour points", 126, 42, 16)
    return tiles.stacked([sheet, wheel])


def _flow_crop(opened: OpenedShot, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """Flow in px, y down, and the dub's picture, on the face's window."""
    window = display = opened.plate.display
    points = _points(opened.plate_track, frame, opened.plate)
    if points is not None:
        window = regions.face_window(points + (display.x, display.y), display)
    vectors, covers = opened.channels(frame, FLOW_CHANNELS, window)
    window = window.intersection(covers)
    picture = opened.screen(opened.dub)(frame)[window.slices_in(display)]
    return file_to_flow(vectors[window.slices_in(covers)], window).vectors, picture
