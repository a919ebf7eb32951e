"""The clips of a folder: what is usable, what is left out, and why."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from speaking_people import Person

from shared_core.spec.errors import BadInput, FaceError, MediaError
from shared_core.tuning.drive_data import TRACK_FILE, replayed, take_of, takes_in

from .conftest import write_movie


def test_kept_clips_come_sorted_and_whole(people):
    takes = takes_in(people)
    assert [take.name for take in takes] == ["person1", "person2", "person3", "person4"]
    assert takes[0].length == pytest.approx(6.0, abs=0.05)


def test_a_movie_without_sound_is_refused(tmp_path):
    with pytest.raises(MediaError, match="has no sound"):
        take_of(write_movie(tmp_path / "mute.mkv"))


def test_a_movie_with_a_silent_track_is_refused(tmp_path):
    with pytest.raises(MediaError, match="its sound is silent"):
        take_of(write_movie(tmp_path / "silent.mkv", sound=np.zeros(32000)))


def test_a_movie_without_a_face_is_refused(tmp_path, noise, monkeypatch, landmark_model):
    monkeypatch.setattr("shared_core.tuning.drive_data._heard", lambda *_: Person(1).speech)
    monkeypatch.setattr("shared_core.tuning.drive_data.cache_folder", lambda: tmp_path / "cache")
    with pytest.raises(FaceError, match="no face found in any of the 50 frames"):
        take_of(write_movie(tmp_path / "grey.mkv", sound=noise))


def test_a_clip_of_too_few_frames_is_refused(tmp_path):
    dataclasses.replace(Person(1), seconds=1.0).store(tmp_path)
    with pytest.raises(FaceError, match=r"25 of 25 frames \(1.0 s\); expected 1.5 s"):
        take_of(tmp_path / "person1")


def test_unusable_clips_are_left_out_and_named(tmp_path):
    Person(1).store(tmp_path)
    write_movie(tmp_path / "mute.mkv")
    said = []
    assert [take.name for take in takes_in(tmp_path, say=said.append)] == ["person1"]
    assert any(text.startswith("mute: left out") and "no sound" in text for text in said)


def test_a_folder_without_a_usable_clip_is_refused(tmp_path):
    write_movie(tmp_path / "mute.mkv")
    with pytest.raises(BadInput, match="no usable clip"):
        takes_in(tmp_path)
    with pytest.raises(BadInput, match="is no folder"):
        takes_in(tmp_path / "nothing")


def test_a_clip_that_is_not_there_is_named(people):
    with pytest.raises(BadInput, match="--only nobody.*person1"):
        takes_in(people, only=["nobody"])


def test_features_of_another_kind_are_refused(people):
    with pytest.raises(BadInput, match="holds 'whisper' features; expected 'mel'"):
        take_of(people / "person1", "mel")


def test_a_damaged_track_is_named(tmp_path):
    Person(1).store(tmp_path)
    (tmp_path / "person1" / TRACK_FILE).write_bytes(b"PK nonsense")
    with pytest.raises(BadInput, match="track.npz: no Track"):
        take_of(tmp_path / "person1")


def test_a_faster_replay_shortens_the_track_and_keeps_the_faces():
    track = Person(1).track
    fast = replayed(track, 1.25)
    assert fast.seconds[-1] == pytest.approx(track.seconds[-1] / 1.25)
    np.testing.assert_array_equal(fast.landmarks, track.landmarks)


def test_what_was_tracked_and_heard_is_kept(tmp_path, noise, monkeypatch):
    """A second look reads the cache; a movie that changed is tracked again."""
    asked = []
    monkeypatch.setattr("shared_core.tuning.drive_data.cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr("shared_core.tuning.drive_data._heard", lambda *_: Person(1).speech)
    monkeypatch.setattr(
        "shared_core.tuning.drive_data._tracked", lambda path: asked.append(path) or Person(1).track
    )
    movie = write_movie(tmp_path / "clip.mkv", sound=noise)
    take_of(movie)
    take_of(movie)
    assert len(asked) == 1
    write_movie(movie, seconds=3.0, sound=noise)
    take_of(movie)
    assert len(asked) == 2
