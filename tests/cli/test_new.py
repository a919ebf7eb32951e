"""`dub new`."""

from __future__ import annotations

import json

import numpy as np
import pytest
from stub_shot import write_exr

from shared_core.spec.shot import read_shot


def _sequence(folder, name, frames):
    folder.mkdir(parents=True, exist_ok=True)
    for frame in frames:
        write_exr(folder / f"{name}.{frame:04d}.exr", np.full((8, 8, 3), 0.2, np.float32))
    return folder / f"{name}.####.exr"


@pytest.fixture
def media(tmp_path):
    return {
        "plate": _sequence(tmp_path / "plätes a", "plate", range(1001, 1041)),
        "driver": _sequence(tmp_path / "driver", "take", range(1, 21)),
    }


def _new(dub, path, media, *more):
    return dub("new", path, "--plate", media["plate"], "--driver", media["driver"], *more)


def test_a_new_shot_can_be_read_and_says_what_it_found(dub, media, tmp_path):
    path = tmp_path / "shots" / "sh010" / "shot.json"
    code, out, _ = _new(dub, path, media, "--name", "sh010")
    assert code == 0
    shot = read_shot(path)
    assert shot.name == "sh010"
    assert shot.output.path == "frames/sh010.####.exr"
    assert shot.media["plate"].path == "../../plätes a/plate.####.exr"
    assert "40 frames, 8x8" in out
    assert "driver's sound: there is none" in out
    assert f"dub prepare {path}" in out


def test_without_a_range_the_shot_is_what_both_cover_and_the_driver_starts_on_its_first(dub, media, tmp_path):
    path = tmp_path / "shot.json"
    _new(dub, path, media)
    shot = read_shot(path)
    assert str(shot.frames) == "1001-1020"
    assert shot.nodes["drive"].knobs == {"start": 1001}


def test_a_longer_or_faster_driver_is_measured_in_time(dub, media, tmp_path):
    path = tmp_path / "shot.json"
    _new(dub, path, media, "--fps", "24", "--driver-fps", "12")
    assert str(read_shot(path).frames) == "1001-1040"
    _new(dub, path, media, "--fps", "24", "--driver-fps", "48", "--overwrite")
    assert str(read_shot(path).frames) == "1001-1010"


def test_a_given_range_is_kept_and_the_driver_starts_there(dub, media, tmp_path):
    path = tmp_path / "shot.json"
    _new(dub, path, media, "--frames", "1005-1010", "--forbid", "10", "--consent", "C-1")
    shot = read_shot(path)
    assert str(shot.frames) == "1005-1010"
    assert shot.nodes["drive"].knobs["start"] == 1005
    assert shot.nodes["references"].knobs == {"forbid": 10}
    assert shot.consent == "C-1"


def test_a_folder_and_a_first_frame_are_taken(dub, media, tmp_path):
    path = tmp_path / "shot.json"
    media["plate"] = media["plate"].parent
    _new(dub, path, media, "--first", "1")
    assert read_shot(path).frames.first == 1


def test_a_shot_that_is_there_is_not_replaced_unasked(dub, media, tmp_path):
    path = tmp_path / "shot.json"
    _new(dub, path, media)
    before = path.read_bytes()
    code, _, err = _new(dub, path, media, "--name", "other")
    assert code == 2
    assert "--overwrite" in err
    assert path.read_bytes() == before
    assert _new(dub, path, media, "--name", "other", "--overwrite")[0] == 0


@pytest.mark.parametrize(("change", "said"), [
    ({"plate": "nowhere.mov"}, "--plate"), ({"driver": "no/where.####.exr"}, "--driver"),
])
def test_media_that_are_not_there_are_named_and_nothing_is_written(dub, media, tmp_path, change, said):
    path = tmp_path / "new" / "shot.json"
    code, _, err = _new(dub, path, {**media, **change})
    assert code == 2
    assert said in err
    assert not path.parent.exists()


@pytest.mark.parametrize(("more", "said"), [
    (("--frames", "1:5"), "OpenJD"), (("--frames", "1-5"), "the plate has no frames 1-5"),
    (("--forbid", "-1"), "out of range"), (("--matte", "nowhere.####.exr"), "--matte"),
    (("--from", "nowhere.json"), "nowhere.json"), (("--analysis", "x"), "analysis"),
    (("--colourspace", "no such space"), "no such space"),
])
def test_what_cannot_be_is_refused(dub, media, tmp_path, more, said):
    path = tmp_path / "shot.json"
    code, _, err = _new(dub, path, media, *more)
    assert code == 2
    assert said in err
    assert not path.exists()


def test_a_shot_file_has_to_end_in_json(dub, media, tmp_path):
    code, _, err = _new(dub, tmp_path / "shot", media)
    assert code == 2
    assert ".json" in err


def test_a_neighbour_lends_its_knobs(dub, media, tmp_path):
    first, second = tmp_path / "a" / "shot.json", tmp_path / "b" / "shot.json"
    _new(dub, first, media, "--consent", "C-1")
    data = json.loads(first.read_text())
    data["nodes"]["composite"]["knobs"] = {"amount": {"keys": [[1001, 0.0], [1005, 1.0]]}}
    data["nodes"]["drive"]["knobs"]["opening_gain"] = 1.2
    first.write_text(json.dumps(data))
    code, out, _ = _new(dub, second, media, "--from", first, "--frames", "1011-1020")
    assert code == 0
    shot = read_shot(second)
    assert shot.nodes["drive"].knobs == {"opening_gain": 1.2, "start": 1011}
    assert shot.nodes["composite"].knobs == {}
    assert shot.consent == ""
    assert "composite.amount: belongs to the other shot's frames" in out
    assert "consent: belongs to the other shot" in out


def test_a_plate_with_a_gap_gives_the_frames_that_there_are(dub, media, tmp_path):
    (media["plate"].parent / "plate.1005.exr").unlink()
    path = tmp_path / "shot.json"
    _new(dub, path, media)
    assert str(read_shot(path).frames) == "1001-1004,1006-1020"


def test_a_shot_in_a_linked_folder_finds_its_media(dub, media, tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "er")
    path = tmp_path / "link" / "sh" / "shot.json"
    assert _new(dub, path, media)[0] == 0
    shot = read_shot(path)
    assert shot.media_path("plate").parent.resolve() == media["plate"].parent.resolve()


@pytest.mark.footage
def test_a_movie_with_sound_is_connected(dub, footage, tmp_path):
    path = tmp_path / "shot.json"
    media = {"plate": footage / "public/obama_480.mp4", "driver": footage / "public/grid_swwp2s.mpg"}
    code, out, _ = _new(dub, path, media)
    assert code == 0
    shot = read_shot(path)
    assert shot.frames.first == 1
    assert shot.nodes["drive"].inputs["sound"] == "@driver"


def test_a_driver_that_ends_early_is_said(dub, media, tmp_path):
    _, out, _ = _new(dub, tmp_path / "a.json", media, "--frames", "1001-1030")
    assert "the last 10 frames will show the plate" in out
    _, out, _ = _new(dub, tmp_path / "b.json", media, "--frames", "1001-1020")
    assert "will show the plate" not in out


@pytest.mark.parametrize("target", ["a/b/shot.json", "./a/../c/shot.json", "{tmp}/x/y/shot.json"])
def test_a_shot_may_lie_in_folders_that_are_not_there_yet(dub, media, tmp_path, monkeypatch, target):
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    matte = _sequence(tmp_path / "mattes", "m", range(1001, 1011))
    media["driver"] = "../driver/take.####.exr"
    path = target.format(tmp=tmp_path)
    code, _, err = _new(dub, path, media, "--matte", matte)
    assert code == 0, err
    shot = read_shot(path)
    for name in ("plate", "driver", "matte"):
        assert shot.media_path(name).parent.is_dir(), name
