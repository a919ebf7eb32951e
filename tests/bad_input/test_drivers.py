"""A driver that is shorter, longer, of another rate, or silent."""

from __future__ import annotations

import numpy as np
import pytest
from short_clips import state_of, write_movie

from shared_core.engine import sidecar

pytestmark = [pytest.mark.slow, pytest.mark.footage]


def test_a_shorter_driver_makes_a_shorter_shot(clips, new_shot, tmp_path):
    driver = write_movie(tmp_path / "short.mp4", clips.others[:5], 25)
    _, said = new_shot(clips.actor, driver, "--fps", "25")
    assert "frames 1001-1005 of 1001-1012" in said


def test_beyond_a_shorter_driver_the_plate_shows_and_that_is_said(clips, new_shot, dub_it, tmp_path):
    driver = write_movie(tmp_path / "short.mp4", clips.others[:5], 25)
    shot, said = new_shot(clips.actor, driver, "--fps", "25", "--frames", "1001-1007")
    assert "the driver ends early: the last 2 frames will show the plate" in said
    said = dub_it(shot)
    assert "5 dubbed, 2 passed through (no_drive: 1006-1007)" in said
    assert "frame 1006: plate passed through: the driver does not cover this frame" in said
    assert [state_of(shot.frame(frame)) for frame in (1005, 1006)] == ["dubbed", "no_drive"]


def test_a_longer_driver_dubs_the_whole_plate_and_no_more(clips, new_shot):
    _, said = new_shot(clips.actor, clips.driver, "--fps", "25")
    assert "frames 1001-1012 of 1001-1012" in said
    assert "ends early" not in said


def test_a_driver_that_never_meets_the_plate_is_refused(shot, refused):
    said = refused("prepare", shot.knob("drive", start=5000).path, "--progress", "none")
    assert "covers none of the plate's frames 1001 to 1012" in said
    assert "move Start or Time Shift" in said
    assert len(shot.rendered()) == 8, "what was rendered before stays"


def test_a_driver_of_half_the_rate_lasts_as_long(clips, new_shot, tmp_path):
    driver = write_movie(tmp_path / "half.mp4", clips.others[::2], 12.5)
    _, said = new_shot(clips.actor, driver, "--fps", "25")
    assert "driver: 7 frames, 360x288, 12.5 a second" in said
    assert "frames 1001-1012 of 1001-1012" in said


def test_a_driver_of_twice_the_rate_says_the_same_at_the_same_time(clips, new_shot, dub, dubbed, tmp_path):
    driver = write_movie(tmp_path / "twice.mp4", [one for one in clips.others for _ in (0, 1)], 50)
    shot, said = new_shot(clips.actor, driver, "--fps", "25")
    assert "50 a second" in said
    code, _, err = dub("prepare", shot.path, "--progress", "none")
    assert code == 0, err
    twice, once = (sidecar(one.path, "drive").curves[:, 0] for one in (shot, dubbed))
    assert np.ptp(once) > 0.03, "the dubber's mouth moves"
    assert np.corrcoef(twice, once)[0, 1] > 0.85


def test_a_silent_driver_is_said_and_its_sound_is_not_asked_for(clips, new_shot, dub_it, tmp_path):
    driver = write_movie(tmp_path / "silent.mp4", clips.others[:3], 25)
    shot, said = new_shot(clips.actor, driver, "--fps", "25")
    assert "driver's sound: there is none" in said
    assert "3 dubbed" in dub_it(shot)


def test_a_sound_socket_on_a_silent_driver_is_refused_by_name(clips, new_shot, refused, tmp_path):
    driver = write_movie(tmp_path / "silent.mp4", clips.others[:3], 25)
    shot, _ = new_shot(clips.actor, driver, "--fps", "25")
    shot.edit(lambda data: data["nodes"]["drive"]["inputs"].update(sound="@driver"))
    said = refused("prepare", shot.path, "--progress", "none")
    assert "media 'driver'" in said and "silent.mp4" in said and "sound" in said


def test_a_driver_with_sound_is_connected(clips, new_shot):
    _, said = new_shot(clips.actor, clips.driver, "--fps", "25")
    assert "driver's sound: connected" in said


@pytest.mark.parametrize("rate", ["0", "abc", "-25", "1e9"])
def test_a_rate_that_is_none_is_refused_and_nothing_is_written(rate, clips, refused, tmp_path):
    path = tmp_path / "no" / "shot.json"
    said = refused("new", path, "--plate", clips.actor, "--driver", clips.driver, f"--fps={rate}")
    assert "--plate: frame rate" in said
    assert not path.parent.exists()
