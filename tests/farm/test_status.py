"""`dub status` tells, of every frame, what is on disk and why it is not what it should be."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from stub_shot import plate_pixels, write_exr

from shared_core.engine.failures import FailureLog
from shared_core.farm.status import shot_status, table
from shared_core.farm.status_sheet import COLOURS, status_sheet
from shared_core.spec.errors import CorruptMedia, DiskError
from shared_core.spec.frames import FrameRange


def look(shot, frames=None):
    status = shot_status(shot.session(), FrameRange.parse(frames) if frames else None)
    return {one.frame: (one.state, one.why) for one in status.frames}


def test_nothing_rendered_is_all_missing(shot):
    assert set(look(shot).values()) == {("missing", "not rendered yet")}


def test_rendered_frames_are_whole_with_their_dub_state(shot):
    shot.render("1001-1005")
    status = shot_status(shot.session())
    assert [one.state for one in status.frames] == ["whole"] * 5 + ["missing"] * 5
    assert status.frames[3].dub == "no_face"
    assert not status.complete
    lines = "\n".join(table(status))
    assert "5 of 10 frames whole" in lines
    assert "1001-1005  3 dubbed, 2 passed through (no_face: 1004-1005)" in lines


def test_looking_changes_nothing(shot):
    shot.render()
    before = {path: path.stat().st_mtime_ns for path in shot.path.parent.rglob("*")}
    shot_status(shot.session())
    assert {path: path.stat().st_mtime_ns for path in shot.path.parent.rglob("*")} == before


def test_a_cut_off_file_is_damaged(shot):
    shot.render()
    data = shot.frame(1003).read_bytes()
    shot.frame(1003).write_bytes(data[: len(data) // 2])
    shot.frame(1004).write_bytes(b"no EXR")
    found = look(shot)
    assert found[1003] == found[1004] == ("damaged", "its file is not whole")
    assert found[1002] == ("whole", "")


@pytest.mark.parametrize(("change", "why"), [
    (lambda shot: shot.data["nodes"]["face"].update(knobs={"gain": 3.0}), "the shot file was changed since"),
    (lambda shot: write_exr(shot.plates / "plate.1002.exr", plate_pixels(1003)), "run `dub prepare`"),
])
def test_a_stale_frame_says_what_changed(shot, change, why):
    shot.render()
    change(shot)
    state, told = look(shot.save())[1002]
    assert state == "stale"
    assert why in told


def test_a_changed_plate_is_told_from_a_changed_shot(shot):
    shot.render()
    write_exr(shot.plates / "plate.1002.exr", plate_pixels(1003))
    shot.prepare()
    assert look(shot)[1002] == ("stale", "media, curves or sidecars were changed since")


def test_a_foreign_file_in_a_frames_place_is_stale(shot):
    shot.render()
    write_exr(shot.frame(1002), np.zeros((48, 64, 3), np.float32))
    assert look(shot)[1002] == ("stale", "it was not made by `dub render`")


def test_a_keyed_change_makes_only_its_frames_stale(shot):
    shot.render()
    keys = {"keys": [[1007, 1.0], [1008, 0.5]], "interpolation": "hold"}
    shot.data["nodes"]["comp"]["knobs"] = {"amount": keys}
    states = [state for state, _ in look(shot.save()).values()]
    assert states == ["whole"] * 7 + ["stale"] * 3


def test_a_frame_that_failed_says_why_until_it_is_made(shot):
    plate = shot.plates / "plate.1006.exr"
    whole = plate.read_bytes()
    shot.prepare()
    times = plate.stat()
    plate.write_bytes(whole[:-200] + bytes(200))
    os.utime(plate, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(CorruptMedia):
        shot.render()
    state, why = look(shot)[1006]
    assert state == "failed"
    assert why.startswith("CorruptMedia: ") and "(exit code 2, on " in why
    assert look(shot)[1007] == ("missing", "not rendered yet")
    plate.write_bytes(whole)
    os.utime(plate, ns=(times.st_atime_ns, times.st_mtime_ns))
    shot.render()
    assert set(look(shot).values()) == {("whole", "")}
    assert not list((shot.path.parent / "sidecars/.failures").rglob("*.json"))


def test_a_full_disk_is_recorded_where_that_can_be_written(shot, monkeypatch):
    from shared_core.engine import rendering

    def full(*_, **__):
        raise DiskError("the disk is full")

    monkeypatch.setattr(rendering, "write_dub_frame", full)
    with pytest.raises(DiskError):
        shot.render("1001")
    assert look(shot)[1001][1].startswith("DiskError: the disk is full (exit code 75")


def test_a_cancelled_frame_has_not_failed(shot):
    from shared_core.spec.errors import Cancelled

    FailureLog(shot.path.parent / "sidecars", shot.path).record(1001, Cancelled("stopped"))
    assert look(shot)[1001][0] == "missing"


def test_a_record_that_is_damaged_still_counts(shot):
    folder = shot.path.parent / "sidecars/.failures/shot"
    folder.mkdir(parents=True)
    (folder / "1002.json").write_text("{")
    (folder / "notes.json").write_text("{}")
    assert look(shot)[1002] == ("failed", "unknown: its record cannot be read (exit code 1, on ?, ?)")


def test_frames_beyond_the_plate_are_named(shot):
    assert look(shot, "1010-1011")[1011] == ("missing", "the plate has no such frame")


def test_json_holds_every_frame(shot):
    shot.render("1001")
    data = json.loads(json.dumps(shot_status(shot.session()).to_json()))
    assert data["counts"] == {"whole": 1, "stale": 0, "damaged": 0, "failed": 0, "missing": 9}
    assert data["frames"][0] == {"frame": 1001, "state": "whole", "why": "", "dub": "dubbed"}
    assert data["complete"] is False


def test_the_sheet_has_a_tile_a_frame_in_its_states_colour(shot):
    import cv2

    shot.render("1001-1005")
    session = shot.session()
    png = status_sheet(session, shot_status(session))
    sheet = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert sheet.shape == (120 + 18, 1600, 3), "160 px wide as the 64x48 plate, ten in a row, and a bar"
    bars = sheet[-2, 150::160]
    assert [tuple(map(int, bar)) for bar in bars] == [COLOURS["whole"]] * 5 + [COLOURS["missing"]] * 5
    assert sheet[:120, :160].std() > 5, "a picture"
    assert sheet[:120, 5 * 160 + 1 : 6 * 160].std() == 0, "nothing to show"


def test_a_long_shot_is_sampled_evenly(shot):
    import cv2

    session = shot.session()
    png = status_sheet(session, shot_status(session), most=4)
    assert cv2.imdecode(np.frombuffer(png, np.uint8), 1).shape[1] == 4 * 160
