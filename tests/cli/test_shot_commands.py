"""prepare, render, curves, cache and describe, over the stub operators."""

from __future__ import annotations

import json
import os

import pytest

pytestmark = pytest.mark.usefixtures("stub_registry")


def test_prepare_then_render_then_nothing(dub, shot):
    code, _, err = dub("prepare", shot.path)
    assert code == 0
    assert "prepared: track v001, drive v001" in err
    code, _, err = dub("render", shot.path, "--frames=1001-1004")
    assert code == 0
    assert "4 made" in err
    assert "3 dubbed, 1 passed through (no_face: 1004)" in err
    assert "frame 1004: plate passed through: no face was found" in err
    code, out, _ = dub("render", shot.path, "--frames", "1001-1004", "--progress", "deadline")
    assert code == 0
    assert "0 made, 4 were up to date" in out
    assert "Progress: 100%" in out


def test_render_without_prepare_says_what_to_run(dub, shot):
    code, _, err = dub("render", shot.path, "--progress", "none")
    assert code == 2
    assert f"run `dub prepare {shot.path}`" in err
    assert dub("render", shot.path, "--prepare", "--progress", "none")[0] == 0
    assert shot.frame(1010).exists()


def test_overwrite_makes_again(dub, shot):
    dub("render", shot.path, "--prepare", "--frames", "1001", "--progress", "none")
    before = shot.frame(1001).stat().st_mtime_ns
    dub("render", shot.path, "--overwrite", "--frames", "1001", "--progress", "none")
    assert shot.frame(1001).stat().st_mtime_ns > before


@pytest.mark.parametrize(("frames", "said"), [
    ("1-10:2", "OpenJD"), ("x", "not a frame range"), ("1-5", "not there: 1-5"),
])
def test_a_range_that_cannot_be_rendered_ends_with_2(dub, shot, frames, said):
    dub("prepare", shot.path, "--progress", "none")
    code, _, err = dub("render", shot.path, "--frames", frames)
    assert code == 2
    assert said in err


def test_the_shot_file_is_never_changed_by_rendering(dub, shot):
    before = shot.path.read_bytes()
    dub("render", shot.path, "--prepare", "--frames", "1001", "--progress", "none")
    assert shot.path.read_bytes() == before


def test_curves_go_out_are_edited_and_come_back(dub, shot, tmp_path):
    dub("prepare", shot.path, "--progress", "none")
    table = tmp_path / "curves.csv"
    code, out, _ = dub("curves", shot.path, "--export", table)
    assert code == 0
    lines = table.read_text().splitlines()
    assert lines[0] == "frame,opening,width,pucker,closure,jaw"
    assert len(lines) == 11
    cells = lines[2].split(",")
    lines[2] = ",".join([cells[0], "0.5", *cells[2:]])
    table.write_text("\n".join(lines) + "\n")
    code, out, _ = dub("curves", shot.path, "--import", table)
    assert code == 0
    assert "1 frames are edited" in out
    written = json.loads(shot.path.read_text())
    assert written["nodes"]["drive"]["inputs"]["curves"] == "@curves"
    stored = shot.path.parent / written["media"]["curves"]["path"]
    assert stored == shot.path.parent / "curves" / "drive_v001.csv"
    dub("prepare", shot.path, "--progress", "none")
    assert shot.session().sidecar("drive").curves[1, 0] == 0.5
    assert shot.session().media.curves("curves").edited_frames() == (1002,)


def test_a_second_import_keeps_the_first_and_its_file(dub, shot, tmp_path):
    dub("prepare", shot.path, "--progress", "none")
    table = tmp_path / "curves.json"
    for frame, value in ((1002, 0.5), (1003, 0.25)):
        dub("curves", shot.path, "--export", table)
        data = json.loads(table.read_text())
        data["opening"][frame - 1001] = value
        table.write_text(json.dumps(data))
        assert dub("curves", shot.path, "--import", table)[0] == 0
        dub("prepare", shot.path, "--progress", "none")
    assert shot.session().media.curves("curves").edited_frames() == (1002, 1003)
    names = sorted(path.name for path in (shot.path.parent / "curves").iterdir())
    assert names == ["drive_v001.csv", "drive_v002.csv"]


@pytest.mark.parametrize(("name", "text"), [("c.txt", "x"), ("c.csv", "frame,jaw\n9,1\n"), ("c.csv", "")])
def test_bad_curves_change_nothing(dub, shot, tmp_path, name, text):
    dub("prepare", shot.path, "--progress", "none")
    before = shot.path.read_bytes()
    (tmp_path / name).write_text(text)
    assert dub("curves", shot.path, "--import", tmp_path / name)[0] == 2
    assert shot.path.read_bytes() == before
    assert not (shot.path.parent / "curves").exists()


def test_curves_of_a_node_that_has_none_are_refused(dub, shot, tmp_path):
    dub("prepare", shot.path, "--progress", "none")
    code, _, err = dub("curves", shot.path, "--node", "track", "--export", tmp_path / "c.csv")
    assert code == 2
    assert "makes Track" in err
    assert dub("curves", shot.path, "--node", "nose", "--export", tmp_path / "c.csv")[0] == 2
    assert dub("curves", shot.path, "--export", tmp_path / "c.txt")[0] == 2


def _with_two_versions(dub, shot):
    dub("render", shot.path, "--prepare", "--frames", "1001", "--progress", "none")
    shot.data["nodes"]["track"]["knobs"] = {"offset": 1.0}
    shot.save()
    dub("prepare", shot.path, "--progress", "none")


def test_the_cache_list_shows_versions_sizes_and_frames(dub, shot):
    _with_two_versions(dub, shot)
    code, out, _ = dub("cache", "list", shot.path)
    assert code == 0
    rows = [line for line in out.splitlines() if line.startswith("track")]
    assert [("v002" in row, "in use" in row) for row in rows] == [(True, True), (False, False)]
    assert "the whole range, at this size" in out
    assert "free on this disk" in out


def test_prune_keeps_what_is_in_use_and_the_frames(dub, shot):
    _with_two_versions(dub, shot)
    left = shot.frames_folder / ".sh010.1002.exr.1-a.part"
    left.write_bytes(b"x")
    os.utime(left, (1, 1))
    code, out, _ = dub("cache", "prune", shot.path, "--dry-run")
    assert "would delete" in out
    assert (shot.path.parent / "sidecars" / "track" / "v001").exists()
    assert dub("cache", "prune", shot.path, "--keep", "1")[0] == 0
    assert (shot.path.parent / "sidecars" / "track" / "v001").exists()
    assert dub("cache", "prune", shot.path)[0] == 0
    assert sorted(p.name for p in (shot.path.parent / "sidecars" / "track").iterdir()) == ["current", "v002"]
    assert not left.exists()
    assert shot.frame(1001).exists()
    assert "track" in shot.session().sidecars()


def test_prune_leaves_the_sidecars_that_a_shot_beside_may_need(dub, shot):
    _with_two_versions(dub, shot)
    (shot.path.parent / "other.json").write_bytes(shot.path.read_bytes())
    (shot.path.parent / "notes.json").write_text("{}")
    _, out, _ = dub("cache", "prune", shot.path)
    assert "kept: the versions of 'track', which other.json has as well" in out
    assert (shot.path.parent / "sidecars" / "track" / "v001").exists()


def test_describe_lists_shows_and_gives_json(dub):
    code, out, _ = dub("describe")
    assert code == 0
    assert "stub_track" in out
    code, out, _ = dub("describe", "stub_composite")
    assert "amount = 1.0 (float, 0 to 1, keyable)" in out
    assert "plate: Image" in out
    code, out, _ = dub("describe", "stub_track", "--json")
    assert json.loads(out)["operators"][0]["name"] == "stub_track"
    code, _, err = dub("describe", "stub_trak")
    assert code == 2
    assert "'stub_track'" in err
