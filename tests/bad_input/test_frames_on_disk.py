"""Frames that are missing, damaged, empty, of another size, huge, or that hold something else."""

from __future__ import annotations

import shutil
import time

import numpy as np
import pytest
from short_clips import read_planes, write_deep, write_picture, write_sequence

footage = pytest.mark.footage
slow = pytest.mark.slow


@pytest.fixture
def own_plate(shot, clips, tmp_path):
    """The dubbed shot over a copy of its plate, which a test may spoil; not rendered anew."""
    folder = tmp_path / "plates"
    shutil.copytree(clips.actor, folder)
    shot.edit(lambda data: data["media"]["plate"].update(path="../plates/plate.####.exr"))
    return folder


def _spoil(path, how):
    data = path.read_bytes()
    path.write_bytes({"empty": b"", "cut off": data[: len(data) // 2], "garbage": b"\0no picture" * 99}[how])


@slow
@footage
def test_missing_frames_are_all_named_before_anything_is_made(shot, own_plate, refused):
    before = shot.rendered()
    for frame in (1003, 1006, 1007):
        (own_plate / f"plate.{frame}.exr").unlink()
    said = refused("render", shot.path, "--prepare", "--progress", "none")
    assert "3 of 8 frames are not there: 1003,1006-1007" in said
    assert "supply them or change --frames" in said
    assert shot.rendered() == before


@slow
@footage
def test_a_plate_with_a_hole_is_dubbed_around_it(clips, new_shot, dub_it, tmp_path):
    plate = tmp_path / "holed"
    shutil.copytree(clips.actor, plate)
    for frame in (1004, 1005):
        (plate / f"plate.{frame}.exr").unlink()
    shot, said = new_shot(plate, clips.driver, "--fps", "25")
    assert "frames 1001-1003,1006-1012" in said
    assert "10 dubbed" in dub_it(shot)


@slow
@footage
@pytest.mark.parametrize("how", ["empty", "cut off", "garbage"])
def test_a_damaged_frame_is_named_and_what_was_rendered_stays(how, shot, own_plate, refused):
    before = shot.rendered()
    _spoil(own_plate / "plate.1005.exr", how)
    said = refused("render", shot.path, "--prepare", "--progress", "none")
    assert "plate.1005.exr" in said
    assert "copy it again" in said
    assert shot.rendered() == before


@slow
@footage
def test_a_frame_damaged_after_the_look_stops_there_and_the_mended_one_goes_on(shot, own_plate, dub, refused):
    """The whole shot was looked at; then a copy goes wrong, and later it is copied again."""
    code, _, err = dub("prepare", shot.path, "--progress", "none")
    assert code == 0, err
    whole = (own_plate / "plate.1004.exr").read_bytes()
    shot.edit(lambda data: data["media"]["plate"].update(analysis="1001-1003"))
    dub("prepare", shot.path, "--progress", "none")
    shutil.rmtree(shot.frames_folder)
    _spoil(own_plate / "plate.1004.exr", "cut off")
    dub("prepare", shot.path, "--progress", "none")
    said = refused("render", shot.path, "--progress", "none")
    assert "plate.1004.exr" in said
    assert sorted(shot.rendered()) == [f"shot.{frame}.exr" for frame in (1001, 1002, 1003)]
    (own_plate / "plate.1004.exr").write_bytes(whole)
    code, out, err = dub("render", shot.path, "--prepare", "--progress", "alf")
    assert code == 0, err
    assert len(shot.rendered()) == 8


@slow
@footage
def test_a_frame_of_another_size_is_refused_with_both_sizes(shot, own_plate, refused):
    write_picture(own_plate / "plate.1005.exr", np.full((144, 180, 3), 90, np.uint8))
    said = refused("render", shot.path, "--prepare", "--progress", "none")
    assert "180x144" in said and "360x288" in said and "1005" in said


@footage
@pytest.mark.parametrize("how", ["empty", "cut off", "garbage"])
def test_a_damaged_movie_is_refused_and_nothing_is_written(how, clips, refused, tmp_path):
    movie = tmp_path / "take.mp4"
    shutil.copy(clips.driver, movie)
    _spoil(movie, how)
    path = tmp_path / "no" / "shot.json"
    said = refused("new", path, "--plate", clips.actor, "--driver", movie)
    assert said.startswith("dub new: --driver: ") and "take.mp4" in said
    assert not path.parent.exists()


def _alpha_only(folder):
    return write_picture(folder / "a.1001.exr", np.ones((8, 12, 1), np.float32), "half", ("A",))


def _vectors(folder):
    return write_picture(folder / "v.1001.exr", np.ones((8, 12, 2), np.float32), "half", ("u", "v"))


@pytest.mark.parametrize(("write", "reason"), [
    (_alpha_only, "has no red, green and blue; its channels are A"),
    (_vectors, "has no red, green and blue; its channels are u, v"),
    (lambda folder: write_deep(folder / "d.1001.exr"), "is a deep EXR; a flat one is expected: merge it"),
])
@pytest.mark.parametrize("option", ["plate", "driver"])
def test_an_exr_without_a_flat_picture_is_refused_and_nothing_is_written(
    write, reason, option, refused, tmp_path
):
    good = write_sequence(tmp_path / "good", [np.full((8, 12, 3), 90, np.uint8)] * 2)
    bad = write(tmp_path / "bad").parent
    media = {"plate": good, "driver": good, option: bad}
    path = tmp_path / "no" / "shot.json"
    said = refused("new", path, "--plate", media["plate"], "--driver", media["driver"])
    assert f"--{option}: " in said and reason in said
    assert not path.parent.exists()


@slow
@footage
def test_oddly_named_channels_are_found_and_kept_to_the_bit(clips, new_shot, dub_it, tmp_path):
    names = ("beauty.Red", "beauty.Green", "beauty.Blue", "mäsk 1", "crypto00.z", "N.x.y")
    rng = np.random.default_rng(0)
    plate = tmp_path / "odd"
    for frame, face in enumerate(clips.faces[:3], 1001):
        colours = (face / np.float32(255)) ** np.float32(2.2)
        others = rng.normal(0, 9, (*face.shape[:2], 3)).astype(np.float32)
        others[0, :3] = [np.nan, np.inf, -0.0]
        write_picture(plate / f"odd.{frame}.exr", np.dstack([colours, others]), "float", names)
    shot, said = new_shot(plate, clips.driver)
    assert "taken from layer 'beauty'" in said
    assert "3 dubbed" in dub_it(shot)
    source, dubbed = read_planes(plate / "odd.1002.exr"), read_planes(shot.frame(1002))
    for name in names:
        assert np.array_equal(source[name].view(np.uint32), dubbed[name].view(np.uint32)), name
    outside = dubbed["dub.alpha"] == 0
    assert np.array_equal(dubbed["R"][outside], source["beauty.Red"][outside])
    assert not np.array_equal(dubbed["R"], source["beauty.Red"])


@slow
@footage
@pytest.mark.parametrize("size", [(16384, 320), (400, 16384)], ids=["wide", "tall"])
def test_a_16k_picture_is_dubbed(size, clips, new_shot, dub_it, tmp_path):
    width, height = size
    picture = np.full((height, width, 3), 60, np.uint8)
    top, left = height - 300, width - 380  # the far corner
    picture[top:top + 288, left:left + 360] = clips.faces[0]
    plate = write_sequence(tmp_path / "huge", [picture], name="p.{}.exr")
    shot, said = new_shot(plate, clips.driver)
    assert f"{width}x{height}" in said
    assert "1 dubbed" in dub_it(shot)
    source, dubbed = read_planes(plate / "p.1001.exr"), read_planes(shot.frame(1001))
    outside = dubbed["dub.alpha"] == 0
    assert 0 < (~outside).sum() < 360 * 288
    assert all(np.array_equal(source[name][outside], dubbed[name][outside]) for name in "RGB")


@slow
def test_a_shot_is_made_over_a_hundred_thousand_frames_in_seconds(dub, tmp_path):
    plate = write_sequence(tmp_path / "long", [np.full((8, 12, 3), 90, np.uint8)] * 2, 1, "p.{:06d}.png")
    for frame in range(3, 100_001):
        (plate / f"p.{frame:06d}.png").touch()
    driver = write_sequence(tmp_path / "driver", [np.full((8, 12, 3), 90, np.uint8)] * 2)
    began = time.process_time()
    code, out, err = dub(
        "new", tmp_path / "shot.json", "--plate", plate, "--driver", driver, "--frames", "5000-5001")
    assert code == 0, err
    assert time.process_time() - began < 10
    assert "frames 5000-5001 of 1-100000" in out
    shutil.rmtree(plate)
