"""Curves, mattes and flows that an artist hands back with a slip in them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from short_clips import read_planes, write_picture, write_sequence

pytestmark = [pytest.mark.slow, pytest.mark.footage]


@pytest.fixture
def table(shot, dub):
    """The shot's curves as exported."""
    path = shot.folder / "mouth.csv"
    code, _, err = dub("curves", shot.path, "--export", path)
    assert code == 0, err
    return path


def _set(table, frame, opening):
    """Write `opening` at `frame` into a CSV of curves."""
    table.write_text(re.sub(rf"(?m)^{frame},[^,]*", f"{frame},{opening}", table.read_text()))


@pytest.mark.parametrize(("old", "new", "said"), [
    ("1005,", "1oo5,", "line 6: '1oo5' is not a frame number"),
    ("opening", "openning", "the first line is 'frame,openning,width"),
    ("1005,", "1005,x", "line 6, opening: 'x"),
    ("1005,", "1005,0,", "line 6: has 7 cells; expected 6"),
    ("1005,", "1004,", "line 6: frame 1004 stands there twice"),
    ("1005,", "2005,", "frame 2005 of the curves is none of the drive's 1001 to 1012"),
    ("1005,", "1005,7", "opening is 7"),
    (",", ";", "the first line is 'frame;opening;width"),
])
def test_a_typo_in_the_curves_is_refused_at_its_place_and_changes_nothing(
    old, new, said, shot, table, refused
):
    table.write_text(table.read_text().replace(old, new))
    before = shot.path.read_bytes()
    assert said in refused("curves", shot.path, "--import", table)
    assert shot.path.read_bytes() == before
    assert not (shot.folder / "curves").exists()


def test_a_value_that_no_mouth_can_take_is_refused_in_a_hand_edited_version_too(shot, table, dub, refused):
    _set(table, 1005, 0.2)
    code, out, err = dub("curves", shot.path, "--import", table)
    assert code == 0, err
    version = shot.folder / "curves/drive_v001.csv"
    _set(version, 1005, 90)
    said = refused("prepare", shot.path, "--progress", "none")
    assert "node 'drive'" in said and "at frame 1005; expected -3 to 3 mouth widths" in said


def test_an_export_never_replaces_another_kind_of_file(shot, refused):
    before = shot.path.read_bytes()
    assert "no table of curves" in refused("curves", shot.path, "--export", shot.path)
    assert shot.path.read_bytes() == before


def test_an_export_over_edits_keeps_them_aside(shot, table, dub):
    _set(table, 1005, 0.2)
    edits = table.read_bytes()
    code, out, _ = dub("curves", shot.path, "--export", table)
    assert code == 0
    assert "kept as mouth.csv~" in out
    assert table.with_name("mouth.csv~").read_bytes() == edits != table.read_bytes()


def _matte(height=288, width=360):
    picture = np.zeros((height, width, 1), np.uint8)
    picture[height // 2:, width // 3: 2 * width // 3] = 255
    return picture


def _new(tmp_path, clips, *more):
    return ("new", tmp_path / "no" / "shot.json", "--plate", clips.actor, "--driver", clips.driver, *more)


def test_a_matte_of_another_size_is_refused_with_both_sizes(clips, refused, tmp_path):
    matte = write_sequence(tmp_path / "proxy", [_matte(144, 180)] * 3, name="m.{}.png")
    said = refused(*_new(tmp_path, clips, "--matte", matte))
    assert "--matte" in said and "180x144" in said and "360x288" in said
    assert not (tmp_path / "no").exists()


def test_a_matte_numbered_otherwise_is_refused(clips, refused, tmp_path):
    matte = write_sequence(tmp_path / "from 1", [_matte()] * 3, 1, name="m.{}.png")
    said = refused(*_new(tmp_path, clips, "--matte", matte))
    assert "has frames 1-3, none of the plate's 1001-1012: nothing would be overridden" in said


def test_a_matte_for_some_frames_says_which(clips, new_shot, tmp_path):
    matte = write_sequence(tmp_path / "some", [_matte()] * 3, 1003, name="m.{}.png")
    _, said = new_shot(clips.actor, clips.driver, "--matte", matte)
    assert "matte by hand: at frames 1003-1005" in said
    _, said = new_shot(clips.actor, clips.driver, "--matte", matte / "m.1003.png")
    assert "matte by hand: one picture for every frame" in said


def _differs(frame, one, other):
    """Whether the picture of a frame differs between two shots."""
    return not np.array_equal(read_planes(one.frame(frame))["R"], read_planes(other.frame(frame))["R"])


def _with_matte(shot, pictures, first=1001):
    write_sequence(shot.folder / "matte", pictures, first, name="m.{}.png")
    shot.edit(lambda data: data["media"].update(matte={"path": "matte/m.####.png"}))
    return shot.edit(lambda data: data["nodes"]["mask"]["inputs"].update(matte="@matte"))


def test_a_matte_of_another_size_in_an_edited_shot_is_refused_at_its_frame(shot, refused):
    _with_matte(shot, [_matte()] * 2 + [_matte(144, 180)] + [_matte()] * 5)
    said = refused("render", shot.path, "--progress", "none")
    assert "media 'matte'" in said and "m.1003.png" in said and "180x144" in said


def test_frames_without_a_matte_are_said_and_made_as_before(shot, dub, dubbed):
    _with_matte(shot, [_matte()] * 3, 1003)
    code, out, err = dub("render", shot.path, "--progress", "alf")
    assert code == 0, err
    assert "media 'matte': no picture at frames 1001-1002,1006-1008: nothing is overridden there" in out
    assert not _differs(1002, shot, dubbed)
    assert _differs(1004, shot, dubbed)


def test_a_damaged_matte_frame_is_named_and_earlier_frames_are_whole(shot, refused):
    _with_matte(shot, [_matte()] * 8)
    (shot.folder / "matte/m.1004.png").write_bytes(b"")
    said = refused("render", shot.path, "--progress", "none")
    assert "media 'matte'" in said and "m.1004.png" in said and "zero bytes" in said


def _edited_flow(shot, frames, shift):
    """Rendered frames with their motion shifted by `shift` px to the right, as their own sequence."""
    for frame in frames:
        planes = read_planes(shot.frame(frame))
        planes["dub_flow.red"] = planes["dub_flow.red"] + np.float32(shift)
        names = tuple(planes)
        picture = np.stack([planes[name] for name in names], axis=-1)
        write_picture(shot.folder / "edit" / f"e.{frame}.exr", picture, "float", names)
    shot.edit(lambda data: data["media"].update(flow={"path": "edit/e.####.exr"}))
    return shot.edit(lambda data: data["nodes"]["warp"]["inputs"].update(flow="@flow"))


def test_a_rendered_frame_with_its_flow_edited_changes_that_frame_alone(shot, dub, dubbed):
    _edited_flow(shot, (1004,), 6.0)
    code, out, err = dub("render", shot.path, "--progress", "alf")
    assert code == 0, err
    assert "media 'flow': dub_flow.red, dub_flow.green, dub_flow.blue read as a flow in pixels, y up" in out
    assert [frame for frame in range(1001, 1009) if _differs(frame, shot, dubbed)] == [1004]


def test_the_shots_own_frames_are_no_flow_to_read(shot, refused):
    """They would be written over while they are read."""
    before = shot.rendered()
    shot.edit(lambda data: data["media"].update(flow={"path": "frames/shot.####.exr"}))
    shot.edit(lambda data: data["nodes"]["warp"]["inputs"].update(flow="@flow"))
    said = refused("render", shot.path, "--progress", "none")
    assert "frames would be written over media 'flow'" in said and "copy the media elsewhere" in said
    assert shot.rendered() == before


def test_a_flow_with_nan_is_refused_at_its_frame(shot, refused):
    _edited_flow(shot, (1004,), np.nan)
    said = refused("render", shot.path, "--progress", "none")
    assert "frame 1004" in said and "hold NaN or inf; mend the map" in said
