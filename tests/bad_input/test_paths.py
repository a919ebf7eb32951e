"""Names with spaces and letters of all kinds, and paths that lead where they may not."""

from __future__ import annotations

import os
import shlex
import shutil

import numpy as np
import pytest
from short_clips import write_sequence


@pytest.fixture
def grey(tmp_path):
    """A two-frame sequence without a face: for what is refused before anybody looks."""
    return write_sequence(tmp_path / "grey", [np.full((8, 12, 3), 90, np.uint8)] * 2)


@pytest.mark.slow
@pytest.mark.footage
def test_letters_of_all_kinds_go_from_new_to_the_preview(clips, dub, tmp_path):
    folder = tmp_path / "sh 010 ü 影 'x' $HOME"
    plate = folder / "pläte 1"
    write_sequence(plate, clips.faces[:3], name="A%20 ü #1.{:04d}.exr")
    path = folder / "shot é.json"
    code, out, err = dub("new", path, "--plate", plate, "--driver", clips.driver)
    assert code == 0, err
    words = shlex.split(out.splitlines()[-1])
    assert words == ["next:", "dub", "prepare", str(path), "&&", "dub", "render", str(path)]
    code, out, err = dub("render", path, "--prepare", "--progress", "alf")
    assert code == 0, err
    assert sorted(os.listdir(folder / "frames")) == [f"shot é.{frame}.exr" for frame in (1001, 1002, 1003)]
    assert "3 dubbed" in out
    code, _, err = dub("view", path, "--progress", "none")
    assert code == 0, err
    assert (folder / "preview.mp4").stat().st_size > 0


def test_a_name_that_is_not_utf_8_is_refused(grey, refused, tmp_path):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/pl\xff")
    os.mkdir(odd)
    for picture in grey.iterdir():
        shutil.copy(picture, odd)
    said = refused("new", tmp_path / "shot.json", "--plate", odd, "--driver", grey)
    assert "is not UTF-8; rename" in said
    assert not (tmp_path / "shot.json").exists()


def test_a_file_name_that_is_too_long_is_refused(grey, refused, tmp_path):
    path = tmp_path / f"{'a' * 300}.json"
    said = refused("new", path, "--plate", grey, "--driver", grey)
    assert "File name too long" in said and "name another file" in said


@pytest.mark.parametrize("output", [
    "../frames/x.####.exr", "frames/../../x.####.exr", "/tmp/x.####.exr", "..\\x.####.exr", "C:\\x.####.exr",
    "sidecars/x.####.exr", "frames/x.exr", "frames/####/x.####.exr", "frames/x.####.png", " ",
])
@pytest.mark.slow
@pytest.mark.footage
def test_an_output_path_that_climbs_out_is_refused_and_nothing_is_written(output, shot, refused):
    shot.edit(lambda data: data["output"].update(path=output))
    around = sorted(shot.folder.parent.rglob("*"))
    assert "output.path" in refused("render", shot.path, "--progress", "none")
    assert sorted(shot.folder.parent.rglob("*")) == around


@pytest.mark.slow
@pytest.mark.footage
@pytest.mark.parametrize("name", ["../track", "a/b", "", "tr ack", "CON:", "x" * 65])
def test_a_node_name_that_would_be_another_folder_is_refused(name, shot, refused):
    shot.edit(lambda data: data["nodes"].update({name: data["nodes"]["track"]}))
    around = sorted(shot.folder.parent.rglob("*"))
    assert "expected a letter, then letters, digits or _" in refused("prepare", shot.path)
    assert sorted(shot.folder.parent.rglob("*")) == around


@pytest.mark.slow
@pytest.mark.footage
@pytest.mark.parametrize(("path", "reason"), [
    ("/dev/zero", "is a device"), ("../../../../../../../../dev/zero", "is a device"),
    ("https://example.com/a.mov", "is an address"), ("", "is empty"), ("a\nb.mov", "control character"),
    ("gone/p.####.exr", "cannot be listed"), ("gone.mov", "is not there"),
])
def test_media_that_are_none_are_refused_by_name(path, reason, shot, refused):
    shot.edit(lambda data: data["media"]["driver"].update(path=path))
    said = refused("prepare", shot.path)
    assert "driver" in said and reason in said


def _bytes(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_shot_whose_frames_would_replace_its_plate_is_not_made(grey, refused, tmp_path):
    plate = tmp_path / "sh" / "frames"
    write_sequence(plate, [np.full((8, 12, 3), 90, np.uint8)] * 2, name="sh010.{:04d}.exr")
    before = _bytes(plate)
    path = tmp_path / "sh" / "sh010.json"
    for given in (plate, plate / "sh010.####.exr", plate / "sh010.%04d.exr", plate / "sh010.1001.exr"):
        said = refused("new", path, "--plate", given, "--driver", grey)
        assert "frames would be written over media 'plate'" in said
    assert not path.exists()
    assert _bytes(plate) == before


@pytest.mark.footage
def test_a_driver_that_the_preview_would_replace_is_refused(clips, refused, tmp_path):
    driver = tmp_path / "sh" / "preview.mp4"
    driver.parent.mkdir()
    shutil.copy(clips.driver, driver)
    said = refused("new", tmp_path / "sh" / "shot.json", "--plate", clips.actor, "--driver", driver)
    assert ".media.driver: `dub view` and `dub evaluate` write preview.mp4 here" in said


@pytest.mark.parametrize("output", ["plates/plate.####.exr", "plates/plate.%06d.exr", "link/plate.####.exr"])
@pytest.mark.slow
@pytest.mark.footage
def test_an_output_edited_onto_the_plate_is_refused_and_the_plate_stands(output, shot, clips, refused):
    plate = shot.folder / "plates"
    shutil.copytree(clips.actor, plate)
    (shot.folder / "link").symlink_to(plate)
    before = _bytes(plate)
    shot.edit(lambda data: data["media"]["plate"].update(path="plates/plate.####.exr"))
    shot.edit(lambda data: data["output"].update(path=output))
    said = refused("render", shot.path, "--prepare", "--progress", "none")
    assert "frames would be written over media 'plate'" in said
    assert _bytes(plate) == before


@pytest.mark.slow
@pytest.mark.footage
def test_frames_of_another_name_may_lie_beside_the_plate(clips, dub, dub_it, tmp_path):
    """A folder was given; that rendered frames join it changes nothing."""
    plate = tmp_path / "sh" / "frames"
    write_sequence(plate, clips.faces[:2], name="plate.{:04d}.exr")
    path = tmp_path / "sh" / "sh010.json"
    code, _, err = dub("new", path, "--plate", plate, "--driver", clips.driver)
    assert code == 0, err
    for outcome in ("2 made", "0 made, 2 were up to date"):
        code, out, err = dub("render", path, "--prepare", "--progress", "alf")
        assert code == 0, err
        assert outcome in out
