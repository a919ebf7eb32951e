"""Sheets and preview of a drawn shot: who stands where, and the sound at its time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import cv2
import numpy as np
import pytest

from shared_core.evaluate import preview, sheets
from shared_core.values import Drive, References, Sound, Window

COUNT = 30
DISPLAY = Window(0, 0, 320, 360)


class DrawnClip:
    """What sheets ask of a clip."""

    frames, fps, display, pixel_aspect = tuple(range(1, COUNT + 1)), Fraction(25), DISPLAY, 1.0

    def seconds(self, frame: int) -> float:
        return (frame - 1) / 25


class DrawnShot:
    """What sheets and preview ask of an opened shot, over the drawn material."""

    takes = None

    def __init__(self, material, folder: Path) -> None:
        self.shot = SimpleNamespace(name="sh010", folder=folder, consent="")
        self.frames, self.played_times = material.frames, material.driver_times
        self.heard_times = self.played_times
        self.plate, self.dub, self.driver = DrawnClip(), DrawnClip(), DrawnClip()
        self._pictures = {id(self.plate): material.plate, id(self.dub): material.dub,
                          id(self.driver): material.driver}
        self.plate_track, self.driver_track = material.plate_track, material.driver_track
        self.states = {2: "plate passed through: no face was found"}
        self._sound = None
        count = len(self.frames)
        curves = np.zeros((count, 5), np.float32)
        curves[12:24, 0] = 0.3 * (np.arange(count)[12:24] % 2)
        points = material.dub_track.landmarks[..., :2]
        self.drive = Drive(self.frames, points, np.ones(count, bool), curves, np.ones(count, np.float32))
        self.references = References(
            self.frames, np.zeros((count, 2), np.int8), np.full((count, 2), 5),
            np.tile(np.array([[1, 0]], np.float32), (count, 1)),
            np.repeat(points[:, None], 2, axis=1), np.ones((count, 2, 3), np.float32),
        )

    def screen(self, clip):
        return self._pictures[id(clip)]

    def glance(self, clip, width, height):
        assert clip is self.driver
        return lambda frame: cv2.resize(self._pictures[id(clip)](frame), (width, height))

    def sound(self):
        return self._sound

    def has_channels(self, names: tuple[str, ...]) -> bool:
        return names == ("dub_flow.red", "dub_flow.green")

    def channels(self, frame: int, names: tuple[str, ...], window: Window):
        assert DISPLAY.contains(window)
        return np.stack([np.full((360, 320), 4.0), np.zeros((360, 320))], axis=-1), DISPLAY


@pytest.fixture
def drawn(stage, tmp_path):
    return DrawnShot(stage.material(COUNT), tmp_path)


def test_the_run_of_the_mouth_sheet_is_where_the_mouth_moves(drawn):
    rows = sheets.liveliest_run(drawn)
    assert len(rows) == 12
    np.testing.assert_array_equal(np.diff(rows), 1)
    assert 11 <= rows[0] <= 14


def test_the_run_of_a_short_shot_is_all_of_it(stage, tmp_path):
    shot = DrawnShot(stage.material(7), tmp_path)
    np.testing.assert_array_equal(sheets.liveliest_run(shot), np.arange(7))
    np.testing.assert_array_equal(sheets.spread_rows(shot), np.arange(7))


def test_frames_are_spread_from_the_first_to_the_last(drawn):
    rows = sheets.spread_rows(drawn)
    assert len(rows) == 8
    assert (rows[0], rows[-1]) == (0, COUNT - 1)


def test_a_sheet_has_four_rows_of_pictures(drawn):
    full, mouth = sheets.full_sheet(drawn), sheets.mouth_sheet(drawn)
    assert full.shape[1] > 8 * sheets.FULL_WIDTH
    assert full.shape[0] > 4 * 300
    assert mouth.shape[1] > 12 * sheets.ZOOM
    assert mouth.shape[0] > 4 * sheets.ZOOM


def test_a_mouth_that_lends_to_none_is_shown_as_none(drawn):
    drawn.references = None
    assert sheets.mouth_sheet(drawn).shape[0] < 4 * sheets.ZOOM + 60


def test_flow_to_the_right_is_red(drawn):
    sheet = sheets.flow_sheet(drawn)
    tile = sheet[90:180, 140:240].reshape(-1, 3).astype(int)
    assert (tile[:, 0] > tile[:, 2] + 100).mean() > 0.5


def test_a_shot_without_flow_has_no_flow_sheet(drawn):
    drawn.has_channels = lambda names: False
    assert sheets.flow_sheet(drawn) is None


def test_outside_the_performance_the_driver_is_none(drawn):
    drawn.played_times = drawn.played_times + 100
    sources = sheets.Sources(drawn)
    assert sources.driver_frame(0) is None
    assert sources.look("driver", 0) is None
    preview.compose(sources, 0)


def test_the_preview_shows_plate_and_dub_side_by_side(drawn):
    picture = preview.compose(sheets.Sources(drawn), 15)
    width = picture.shape[1] // 2
    assert (width, picture.shape[0]) == (320, 360 + preview.BAR)
    right = picture[preview.BAR :, width:]
    np.testing.assert_array_equal(right, drawn.screen(drawn.dub)(16))
    left = picture[preview.BAR : preview.BAR + 200, :width]
    np.testing.assert_array_equal(left, drawn.screen(drawn.plate)(16)[:200])


def test_the_preview_has_a_frame_for_each_and_the_sound_at_its_time(drawn, tmp_path):
    rate = 16000
    samples = np.zeros(3 * rate, np.float32)
    # A beep half a second into the performance, which began 0.2 s before the first frame.
    samples[rate // 2 : rate // 2 + 800] = np.sin(np.arange(800) * 0.5)
    drawn._sound = Sound(samples, rate)
    drawn.heard_times = drawn.played_times + 0.2
    path = tmp_path / "preview.mp4"
    with preview.Preview(drawn, path) as movie:
        movie.write_until(3)
        movie.write_until(2)
        movie.write_until(COUNT)
    with av.open(str(path)) as movie:
        assert sum(1 for _ in movie.decode(video=0)) == COUNT
    with av.open(str(path)) as movie:
        heard = [(piece.time, np.abs(piece.to_ndarray()).max()) for piece in movie.decode(audio=0)]
    loud = [time for time, level in heard if level > 0.3]
    assert loud[0] == pytest.approx(0.3, abs=0.08)


def test_a_range_with_holes_has_no_sound(drawn):
    drawn._sound = Sound(np.zeros(100, np.float32), 100)
    drawn.frames = drawn.frames[::2]
    assert preview.sound_of(drawn) is None
