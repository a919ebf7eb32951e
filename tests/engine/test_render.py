"""Rendering: what is made, what is skipped, what the frames say."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pytest
from stub_shot import DARK, FRAMES, plate_pixels, read_exr, write_exr

from shared_core.engine import Cancellation
from shared_core.media.exr_header import read_header
from shared_core.spec.errors import (
    Cancelled,
    CorruptMedia,
    DiskError,
    FrameRangeError,
    MissingFrame,
    StaleSidecar,
)

ALL = list(FRAMES)


class Heard:
    """A progress that remembers."""

    def __init__(self):
        self.stages, self.said, self.counts = [], [], []

    def begin(self, stage, total):
        self.stages.append((stage, total))

    def advance(self, done):
        self.counts.append(done)

    def end(self):
        pass

    def say(self, text):
        self.said.append(text)

    def log(self, text):
        pass


def test_every_frame_is_made_and_its_state_is_said(prepared):
    heard = Heard()
    report = prepared.render(progress=heard)
    assert sorted(report.made) == ALL
    assert report.states == {f: "no_face" if f in DARK else "dubbed" for f in ALL}
    assert str(report).endswith("8 dubbed, 2 passed through (no_face: 1004-1005)")
    assert [text for text in heard.said if "1004" in text] == [
        "frame 1004: plate passed through: no face was found"]
    assert heard.stages[-1] == ("render", 10)
    assert heard.counts[-1] == 10


def test_outside_the_matte_every_bit_is_the_plates(prepared):
    prepared.render()
    for frame in ALL:
        plate = read_exr(prepared.plates / f"plate.{frame}.exr")
        dub = read_exr(prepared.frame(frame))
        outside = dub["dub.alpha"] == 0
        assert outside.all() == (frame in DARK)
        for name in "RGB":
            same = plate[name].view(np.uint16) == dub[name].view(np.uint16)
            assert same[outside].all()
            assert frame in DARK or not same[~outside].any()


def test_the_dubbed_square_is_what_the_operators_made(prepared):
    prepared.render("1001")
    plate, dub = (read_exr(p) for p in (prepared.plates / "plate.1001.exr", prepared.frame(1001)))
    inside = dub["dub.alpha"] > 0
    assert inside.sum() == 256
    assert np.allclose(dub["R"][inside], 2 * plate["R"][inside].astype(np.float32), rtol=2e-3)


def test_the_header_names_everything_that_made_the_frame(prepared):
    prepared.data["consent"] = "C-17, signed"
    prepared.save().render("1001,1004")
    header = read_header(prepared.frame(1001))
    assert header["dub:state"] == "dubbed"
    assert header["dub:consent"] == "C-17, signed"
    assert header["dub:shot"] == prepared.session().shot.digest()
    assert "track=stub_track 1" in header["dub:operators"]
    assert header["dub:core"]
    assert header["dub:working_space"]
    assert len(header["dub:frame_key"]) == 64
    assert read_header(prepared.frame(1004))["dub:state"] == "no_face"


def test_a_second_render_makes_nothing(prepared):
    prepared.render()
    before = {p: p.stat().st_mtime_ns for p in prepared.frames_folder.iterdir()}
    report = prepared.render()
    assert report.made == []
    assert sorted(report.skipped) == ALL
    assert report.states[1004] == "no_face", "the state of a skipped frame is read from its header"
    assert {p: p.stat().st_mtime_ns for p in prepared.frames_folder.iterdir()} == before


def test_overwrite_makes_every_frame_again(prepared):
    prepared.render("1001-1003")
    before = prepared.bytes()
    assert sorted(prepared.render("1001-1003", overwrite=True).made) == [1001, 1002, 1003]
    assert prepared.bytes() == before


def test_two_halves_equal_the_whole(prepared, tmp_path):
    prepared.render()
    whole = prepared.bytes()
    shutil.rmtree(prepared.frames_folder)
    prepared.render("1006-1010")
    prepared.render("1001-1005")
    assert prepared.bytes() == whole


def test_a_longer_range_makes_no_frame_stale(prepared):
    prepared.data["frames"] = "1001-1005"
    prepared.save().prepare()
    prepared.render()
    prepared.data["frames"] = "1001-1010"
    prepared.save()
    assert prepared.prepare().made == {}, "the analysis covers the media, not the range"
    report = prepared.render()
    assert sorted(report.skipped) == ALL[:5]
    assert sorted(report.made) == ALL[5:]


@pytest.mark.parametrize(("node", "knob", "value", "touched"), [
    ("face", "gain", 3.0, [f for f in ALL]),
    ("comp", "amount", {"keys": [[1007, 1.0], [1008, 0.5]], "interpolation": "hold"}, [1008, 1009, 1010]),
    ("face", "gain", {"keys": [[1001, 2.0], [1005, 2.0], [1006, 2.5], [1007, 2.0]]}, [1006]),
    ("track", "offset", {"keys": [[1008, 0.0], [1009, 3.0]], "interpolation": "hold"}, [1009, 1010]),
    ("mask", "smoothing", 0, []),
    ("comp", "amount", 1.0, []),
])
def test_a_changed_knob_makes_exactly_the_frames_that_it_touches(prepared, node, knob, value, touched):
    prepared.render()
    prepared.data["nodes"][node]["knobs"] = {knob: value}
    prepared.save().prepare()
    assert sorted(prepared.render().made) == touched


def test_a_keyed_knob_of_the_face_leaves_frames_without_a_face_alone_only_if_it_says_so(prepared):
    prepared.render()
    prepared.data["nodes"]["face"]["knobs"] = {"gain": {"keys": [[1004, 2.0], [1005, 4.0], [1006, 2.0]]}}
    assert prepared.save().render().made == [1005]


def test_a_neighbour_within_reach_is_part_of_the_key(prepared):
    prepared.data["nodes"]["mask"]["knobs"] = {"smoothing": 1}
    prepared.save().render()
    write_exr(prepared.plates / "plate.1008.exr", plate_pixels(1008) * 0.01)
    prepared.prepare()
    assert sorted(prepared.render().made) == [1007, 1008, 1009]


def test_a_changed_plate_frame_is_made_again_and_no_other(prepared):
    prepared.render()
    write_exr(prepared.plates / "plate.1002.exr", plate_pixels(1002) * 1.5)
    prepared.prepare()
    assert prepared.render().made == [1002]


def test_output_settings_are_part_of_the_key(prepared):
    prepared.render("1001")
    prepared.data["output"]["passes"] = {}
    assert prepared.save().render("1001").made == [1001]
    assert "dub.red" not in read_exr(prepared.frame(1001))
    prepared.data["output"]["compression"] = "none"
    assert prepared.save().render("1001").made == [1001]


def test_a_new_consent_alone_makes_nothing_again(prepared):
    prepared.render("1001")
    prepared.data["consent"] = "C-18"
    assert prepared.save().render("1001").made == []


def test_amount_0_passes_the_plate_and_says_so(prepared):
    prepared.data["nodes"]["comp"]["knobs"] = {"amount": 0}
    report = prepared.save().render("1001")
    assert report.states == {1001: "amount_0"}
    plate, dub = (read_exr(p) for p in (prepared.plates / "plate.1001.exr", prepared.frame(1001)))
    assert all((plate[n].view(np.uint16) == dub[n].view(np.uint16)).all() for n in "RGB")


def test_without_prepare_the_render_names_what_is_missing(shot):
    with pytest.raises(StaleSidecar, match="node 'track' is not there; run `dub prepare"):
        shot.render()
    assert not shot.frames_folder.exists()


def test_a_stale_sidecar_is_refused_and_not_used(prepared):
    prepared.data["nodes"]["track"]["knobs"] = {"offset": 1.0}
    with pytest.raises(StaleSidecar, match="belongs to other knobs or media"):
        prepared.save().render()


def test_all_missing_plate_frames_are_listed_before_anything_is_made(prepared):
    for frame in (1003, 1006, 1007):
        (prepared.plates / f"plate.{frame}.exr").unlink()
    with pytest.raises(MissingFrame, match="3 of 10 frames are not there: 1003,1006-1007") as caught:
        prepared.render()
    assert caught.value.exit_code == 2
    assert not prepared.frames_folder.exists()


def test_a_range_beyond_the_plate_is_refused(prepared):
    with pytest.raises(MissingFrame, match="1011-1012"):
        prepared.render("1009-1012")


def test_a_range_in_the_wrong_form_is_refused(prepared):
    with pytest.raises(FrameRangeError, match="--frames"):
        prepared.render("1001:1003")


@pytest.mark.parametrize("damage", [b"", b"not an exr"])
def test_a_damaged_plate_frame_stops_there_and_earlier_frames_stay(prepared, damage):
    path = prepared.plates / "plate.1006.exr"
    stat = path.stat()
    prepared.session()
    path.write_bytes(damage)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    _keep_sidecars(prepared)
    with pytest.raises(CorruptMedia, match="1006"):
        prepared.render()
    assert [p.name for p in sorted(prepared.frames_folder.iterdir())] == [
        f"sh010.{f}.exr" for f in range(1001, 1006)]


def test_a_truncated_plate_frame_stops_there(prepared):
    path = prepared.plates / "plate.1003.exr"
    path.write_bytes(path.read_bytes()[:-500])
    _keep_sidecars(prepared)
    with pytest.raises(CorruptMedia, match="1003"):
        prepared.render()
    assert prepared.frame(1002).exists()
    assert not prepared.frame(1003).exists()


def _keep_sidecars(shot):
    """Give the stored sidecars the keys that the damaged media ask for, so that render goes ahead."""
    session = shot.session()
    for node, key in session.wanted_keys.items():
        manifest = session.store.folder / node / "v001" / "manifest.json"
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "key": key}))


@pytest.mark.parametrize("damage", [lambda data: data[:-100], lambda data: b"", lambda data: data[:200]])
def test_a_frame_that_is_not_whole_is_made_again(prepared, damage):
    prepared.render()
    good = prepared.bytes()
    prepared.frame(1002).write_bytes(damage(good["sh010.1002.exr"]))
    assert prepared.render().made == [1002]
    assert prepared.bytes() == good


def test_somebody_elses_frame_at_the_path_is_made_anew(prepared):
    prepared.frames_folder.mkdir()
    write_exr(prepared.frame(1001), plate_pixels(1001))
    assert prepared.render("1001").made == [1001]


def test_cancelling_keeps_whole_frames_and_the_rest_comes_later(prepared):
    cancel = Cancellation()

    class Stops(Heard):
        def advance(self, done):
            if done >= 3:
                cancel.cancel()

    with pytest.raises(Cancelled):
        prepared.render(progress=Stops(), cancel=cancel)
    made = [p.name for p in prepared.frames_folder.iterdir()]
    assert all(name.endswith(".exr") and not name.startswith(".") for name in made)
    assert 3 <= len(made) < 10
    report = prepared.render()
    assert len(report.skipped) == len(made)
    assert len(report.made) == 10 - len(made)


def test_a_read_only_output_is_a_transient_error_that_names_the_path(prepared):
    prepared.frames_folder.write_text("a file where the folder should be")
    with pytest.raises(DiskError, match="frames") as caught:
        prepared.render()
    assert caught.value.exit_code == 75


def test_what_a_killed_process_left_behind_is_swept_when_it_is_old(prepared):
    prepared.render("1001")
    old, new = (prepared.frames_folder / f".sh010.1002.exr.{n}-abc.part" for n in (1, 2))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    prepared.render("1001")
    assert not old.exists()
    assert new.exists(), "another machine may be writing it now"


def test_an_artists_matte_acts_where_it_has_frames(prepared):
    prepared.data["media"]["matte"] = {"path": "mattes/m.####.exr"}
    prepared.data["nodes"]["mask"]["inputs"]["matte"] = "@matte"
    folder = prepared.path.parent / "mattes"
    folder.mkdir()
    write_exr(folder / "m.1002.exr", np.zeros((48, 64, 1), np.float32), "half", ("A",))
    heard = Heard()
    report = prepared.save().render("1001-1003", progress=heard)
    assert report.states == {1001: "dubbed", 1002: "matte_0", 1003: "dubbed"}
    assert any("matte" in text and "'A'" in text for text in heard.said)
    write_exr(folder / "m.1003.exr", np.zeros((48, 64, 1), np.float32), "half", ("A",))
    assert prepared.render("1001-1003").made == [1003]


def test_a_frames_folder_on_another_disk_may_be_a_link(prepared, tmp_path):
    (tmp_path / "big disk").mkdir()
    prepared.frames_folder.symlink_to(tmp_path / "big disk")
    prepared.render("1001")
    assert (tmp_path / "big disk" / "sh010.1001.exr").exists()


def test_one_frame_shot(prepared):
    prepared.data["frames"] = "1003"
    assert prepared.save().render().made == [1003]
