"""A preview movie shows the frames it was given, with the sound where it belongs, or it is not there."""

from __future__ import annotations

import errno
import os
from fractions import Fraction

import numpy as np
import pytest

from shared_core.media import open_clip
from shared_core.media.movie_write import MovieWriter
from shared_core.media.sound import read_sound
from shared_core.spec.errors import DiskError
from shared_core.values import Sound


def test_frames_rate_and_colours_come_back(tmp_path, striped, number_in, colour):
    path = tmp_path / "neu ü" / "p.mp4"
    with MovieWriter(path, (64, 48), Fraction(30000, 1001), texts={"title": "é"}) as movie:
        for frame in range(40):
            movie.write(striped(frame))
    clip = open_clip(path, colour=colour)
    assert clip.fps == Fraction(30000, 1001) and len(clip.frames) == 40
    assert [number_in(clip.preview(frame)) for frame in clip.frames] == list(range(40))
    assert not any("is taken" in note and "matrix" in note for note in clip.notes)


@pytest.mark.parametrize("code", [(200, 30, 30), (30, 180, 60), (128, 128, 128), (255, 255, 255), (0, 0, 0)])
def test_flat_colours_keep_their_codes(code, tmp_path, colour):
    with MovieWriter(tmp_path / "p.mp4", (64, 64), Fraction(25)) as movie:
        for _ in range(3):
            movie.write(np.broadcast_to(np.array(code, np.uint8), (64, 64, 3)).copy())
    shown = open_clip(tmp_path / "p.mp4", colour=colour).preview(2)[32, 32]
    assert np.abs(shown.astype(int) - code).max() <= 3


@pytest.mark.parametrize("start", [0.0, 0.3, -0.25])
@pytest.mark.parametrize("rate", [16000, 44100, 192000])
def test_sound_lies_at_its_time_and_ends_with_the_picture(start, rate, tmp_path):
    samples = np.zeros(rate * 3, np.float32)
    samples[rate // 2 : rate // 2 + rate // 50] = 0.8 * np.sin(
        np.arange(rate // 50) * 2 * np.pi * 1000 / rate
    )
    with MovieWriter(tmp_path / "p.mp4", (32, 32), Fraction(25), Sound(samples, rate, start)) as movie:
        for _ in range(25):
            movie.write(np.zeros((32, 32, 3), np.uint8))
    sound = read_sound(tmp_path / "p.mp4")
    heard = sound.start + np.argmax(np.abs(sound.samples) > 0.2) / sound.rate
    assert heard == pytest.approx(0.5 + start, abs=0.005) and sound.duration == pytest.approx(1.0, abs=0.1)


def test_an_odd_size_is_grown_by_a_pixel(tmp_path, colour):
    with MovieWriter(tmp_path / "p.mp4", (33, 31), Fraction(25)) as movie:
        movie.write(np.full((31, 33, 3), 90, np.uint8))
    assert open_clip(tmp_path / "p.mp4", colour=colour).preview(1).shape == (32, 34, 3)


def test_nothing_is_left_when_the_work_fails(tmp_path):
    with (
        pytest.raises(RuntimeError, match="mine"),
        MovieWriter(tmp_path / "p.mp4", (32, 32), Fraction(25)) as movie,
    ):
        movie.write(np.zeros((32, 32, 3), np.uint8))
        raise RuntimeError("mine")
    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_a_disk_error_and_leaves_the_old_movie(tmp_path, monkeypatch):
    (tmp_path / "p.mp4").write_bytes(b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shared_core.media.atomic.os.fsync", full)
    with (
        pytest.raises(DiskError, match="disk is full"),
        MovieWriter(tmp_path / "p.mp4", (32, 32), Fraction(25)) as movie,
    ):
        movie.write(np.zeros((32, 32, 3), np.uint8))
    assert os.listdir(tmp_path) == ["p.mp4"] and (tmp_path / "p.mp4").read_bytes() == b"old"


@pytest.mark.parametrize("pixels", [np.zeros((31, 32, 3), np.uint8), np.zeros((32, 32, 3), np.float32)])
def test_a_frame_of_another_size_or_type_is_refused(pixels, tmp_path):
    with (
        pytest.raises(ValueError, match="expected uint8"),
        MovieWriter(tmp_path / "p.mp4", (32, 32), Fraction(25)) as movie,
    ):
        movie.write(pixels)
