"""What the plate or the driver shows is not what was hoped for."""

from __future__ import annotations

import numpy as np
import pytest
from short_clips import decoded, read_planes, state_of, write_picture, write_sequence

pytestmark = [pytest.mark.slow, pytest.mark.footage]


def test_a_plate_without_a_face_is_refused_and_nothing_is_rendered(clips, new_shot, refused, tmp_path):
    plate = write_sequence(tmp_path / "empty", [np.full_like(clips.faces[0], 60)] * 4)
    shot, _ = new_shot(plate, clips.driver)
    said = refused("render", shot.path, "--prepare", "--progress", "none")
    assert "node 'track': no face found in any of the 4 frames" in said
    assert not shot.frames_folder.exists()


def test_a_driver_without_a_face_is_named_and_the_plates_track_is_kept(clips, new_shot, refused, tmp_path):
    driver = write_sequence(tmp_path / "empty", [np.full_like(clips.faces[0], 60)] * 4)
    shot, _ = new_shot(clips.actor, driver)
    said = refused("prepare", shot.path, "--progress", "none")
    assert "node 'driver_track': no face found" in said
    assert (shot.folder / "sidecars/track/v001/track.npz").is_file()
    assert not (shot.folder / "sidecars/driver_track").exists()


def test_a_face_that_leaves_for_a_while_shows_the_plate_and_is_dubbed_again(
    clips, new_shot, dub_it, tmp_path
):
    empty = [np.full_like(clips.faces[0], 60)] * 4
    plate = write_sequence(tmp_path / "gap", [*clips.faces[:4], *empty, *clips.faces[4:8]], name="p.{}.exr")
    shot, _ = new_shot(plate, clips.driver)
    said = dub_it(shot)
    assert "8 dubbed, 4 passed through (no_face: 1005-1008)" in said
    assert "frame 1005: plate passed through: no face was found" in said
    states = [state_of(shot.frame(frame)) for frame in range(1001, 1013)]
    assert states == ["dubbed"] * 4 + ["no_face"] * 4 + ["dubbed"] * 4
    source, dubbed = read_planes(plate / "p.1006.exr"), read_planes(shot.frame(1006))
    assert not dubbed["dub.alpha"].any()
    assert all(np.array_equal(source[name], dubbed[name]) for name in "RGB")


@pytest.mark.parametrize(("index", "first_half"), [(0, "left"), (1, "right")])
def test_of_two_faces_that_swap_places_one_person_is_followed(
    index, first_half, clips, strangers, new_shot, dub_it, tmp_path
):
    def pair(row):
        both = [clips.faces[row][:, 60:300], strangers[row][:, 60:300]]
        return np.concatenate(both if row < 3 else both[::-1], axis=1)

    shot, _ = new_shot(write_sequence(tmp_path / "two", [pair(row) for row in range(6)]), clips.driver)
    shot.knob("track", face_index=index)
    assert "6 dubbed" in dub_it(shot)
    sides = []
    for frame in range(1001, 1007):
        columns = np.flatnonzero(read_planes(shot.frame(frame))["dub.alpha"].any(axis=0))
        assert columns[0] >= 240 or columns[-1] < 240, "only one of the two faces is touched"
        sides.append("left" if columns[-1] < 240 else "right")
    other = {"left": "right", "right": "left"}[first_half]
    assert sides == [first_half] * 3 + [other] * 3


def test_a_face_index_that_is_not_there_is_refused(clips, shot, refused):
    said = refused("prepare", shot.knob("track", face_index=3).path, "--progress", "none")
    assert "face_index is 3" in said and "more than 1 faces" in said


def test_a_turned_head_is_dubbed_or_passed_through_and_the_rest_stands(
    footage, clips, new_shot, dub_it, tmp_path
):
    frames = decoded(footage / "internal/profile_turns_512.mp4", 161, 4)
    plate = write_sequence(tmp_path / "profile", frames, name="p.{}.exr")
    shot, _ = new_shot(plate, clips.driver)
    dub_it(shot)
    for frame in range(1001, 1005):
        assert state_of(shot.frame(frame)) in ("dubbed", "no_face")
        source, dubbed = read_planes(plate / f"p.{frame}.exr"), read_planes(shot.frame(frame))
        outside = dubbed["dub.alpha"] == 0
        assert outside.mean() > 0.5
        for name in "RGB":
            assert np.array_equal(source[name][outside], dubbed[name][outside])
            assert np.isfinite(dubbed[name]).all()


def test_one_picture_is_a_shot_of_one_frame_and_a_poor_pool_is_said(clips, new_shot, dub, dub_it, tmp_path):
    still = write_picture(tmp_path / "portrait.png", clips.faces[0])
    shot, said = new_shot(still, clips.driver)
    assert "plate: 1 frame, 360x288" in said
    code, out, err = dub("prepare", shot.path, "--progress", "alf")
    assert code == 0, err
    assert "warning: references: Only 1 frame" in out
    assert "1 made" in dub_it(shot)
    assert state_of(shot.frame(1)) == "dubbed"
    code, _, err = dub("view", shot.path, "--progress", "none")
    assert code == 0, err


def test_one_picture_out_of_a_sequence_is_said_to_be_alone(clips, new_shot):
    _, said = new_shot(clips.actor / "plate.1003.exr", clips.driver)
    assert "one picture alone is taken" in said and "plate.####.exr" in said


def test_a_plate_that_stands_still_is_dubbed(clips, new_shot, dub_it, tmp_path):
    shot, _ = new_shot(write_sequence(tmp_path / "still", [clips.faces[0]] * 4), clips.driver)
    assert "4 dubbed" in dub_it(shot)
    for frame in range(1001, 1005):
        assert np.isfinite(read_planes(shot.frame(frame))["R"]).all()


def test_a_picture_as_driver_plays_one_frame(clips, new_shot, dub_it, tmp_path):
    still = write_picture(tmp_path / "portrait.png", clips.others[0])
    shot, said = new_shot(clips.actor, still, "--fps", "25", "--driver-fps", "25", "--frames", "1001-1003")
    assert "the driver ends early: the last 2 frames will show the plate" in said
    assert "1 dubbed, 2 passed through (no_drive: 1002-1003)" in dub_it(shot)
