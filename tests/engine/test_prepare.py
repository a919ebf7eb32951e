"""Preparing: what runs, what is kept, what is stored."""

from __future__ import annotations

import hashlib
import json
import os
import threading

import numpy as np
import pytest

from shared_core.engine import Cancellation, lock
from shared_core.spec.errors import Busy, Cancelled, MediaError, MissingFrame

SHOT_STEPS = ["stub_track", "stub_drive"]


def _manifest(shot, node, version="v001"):
    return json.loads((shot.path.parent / "sidecars" / node / version / "manifest.json").read_text())


def test_shot_scope_operators_run_once_in_order(shot, calls):
    report = shot.prepare()
    assert calls == SHOT_STEPS
    assert report.made == {"track": "v001", "drive": "v001"}
    again = shot.prepare()
    assert calls == SHOT_STEPS
    assert again.made == {}
    assert again.kept == {"track": "v001", "drive": "v001"}


def test_a_sidecar_lies_under_a_human_path_with_its_manifest(shot):
    shot.prepare()
    folder = shot.path.parent / "sidecars" / "track"
    assert sorted(p.name for p in folder.iterdir()) == ["current", "v001"]
    assert (folder / "current").read_text() == "v001\n"
    manifest = _manifest(shot, "track")
    data = (folder / "v001" / "track.npz").read_bytes()
    assert manifest["sha256"] == hashlib.sha256(data).hexdigest()
    assert manifest["operator"] == "stub_track"
    assert manifest["type"] == "Track"


def test_a_stored_sidecar_equals_the_made_one(shot):
    shot.prepare()
    track = shot.session().sidecar("track")
    assert track.frames.tolist() == list(range(1001, 1011))
    assert track.size == (64, 48)
    assert not track.at(1004).present


def test_a_changed_knob_makes_a_new_version_and_what_hangs_on_it(shot, calls):
    shot.prepare()
    shot.data["nodes"]["track"]["knobs"] = {"offset": 1.0}
    assert shot.save().prepare().made == {"track": "v002", "drive": "v002"}
    assert calls == SHOT_STEPS * 2


def test_undoing_a_knob_finds_the_earlier_version_again(shot, calls):
    shot.prepare()
    shot.data["nodes"]["track"]["knobs"] = {"offset": 1.0}
    shot.save().prepare()
    shot.data["nodes"]["track"]["knobs"] = {}
    report = shot.save().prepare()
    assert report.kept == {"track": "v001", "drive": "v001"}
    assert len(calls) == 4
    assert (shot.path.parent / "sidecars" / "track" / "current").read_text() == "v001\n"
    assert (shot.path.parent / "sidecars" / "track" / "v002").is_dir(), "undo deletes nothing"


def test_the_default_spelled_out_is_no_change(shot, calls):
    shot.prepare()
    shot.data["nodes"]["track"]["knobs"] = {"offset": 0}
    assert shot.save().prepare().made == {}


def test_a_frame_scope_knob_prepares_nothing(shot):
    shot.prepare()
    shot.data["nodes"]["face"]["knobs"] = {"gain": 1.0}
    assert shot.save().prepare().made == {}


def test_the_analysis_range_limits_what_is_looked_at(shot):
    shot.data["media"]["plate"]["analysis"] = "1002-1006x2"
    shot.save().prepare()
    assert shot.session().sidecar("track").frames.tolist() == [1002, 1004, 1006]
    shot.data["media"]["plate"]["analysis"] = "1-5"
    with pytest.raises(MediaError, match="holds none of its frames 1001 to 1010"):
        shot.save().prepare()


def test_damaged_sidecars_are_made_again(shot, calls):
    shot.prepare()
    (shot.path.parent / "sidecars" / "track" / "v001" / "track.npz").write_bytes(b"damaged")
    assert shot.prepare().made == {"track": "v002"}
    (shot.path.parent / "sidecars" / "drive" / "v001" / "manifest.json").write_text("{")
    assert shot.prepare().made == {"drive": "v002"}


def test_changed_media_are_looked_at_again(shot):
    shot.prepare()
    path = next(shot.plates.iterdir())
    os.utime(path, (1, 1))
    assert set(shot.prepare().made) == {"track", "drive"}


def test_missing_media_are_named(shot):
    shot.data["media"]["plate"]["path"] = "../nowhere/plate.####.exr"
    with pytest.raises(MediaError, match="media 'plate'.*nowhere"):
        shot.save().prepare()


def test_an_operators_error_names_its_node(shot, monkeypatch):
    (shot.plates / "plate.1002.exr").write_bytes(b"")
    with pytest.raises(MediaError, match="node 'track'.*1002"):
        shot.prepare()
    assert not list((shot.path.parent / "sidecars").rglob("*.npz"))


def test_a_device_as_media_is_refused(shot, tmp_path):
    os.mkfifo(tmp_path / "pipe.mov")
    shot.data["media"]["plate"]["path"] = "../pipe.mov"
    with pytest.raises(MediaError, match="a device or a pipe"):
        shot.save().prepare()


def test_two_at_once_the_second_is_busy_or_waits(shot, calls):
    shot.data["nodes"]["track"]["knobs"] = {"delay": 0.1}
    shot.save()
    path = shot.path.parent / "sidecars" / "prepare.lock"
    with lock.held(path), pytest.raises(Busy):
        shot.prepare()
    thread = threading.Thread(target=shot.prepare)
    thread.start()
    while not path.exists():
        pass
    report = shot.prepare(wait_seconds=60)
    thread.join()
    assert report.made == {}, "what the first made is found after the wait"
    assert calls == SHOT_STEPS
    assert not path.exists()


def test_with_nothing_to_make_the_lock_is_not_needed(shot):
    shot.prepare()
    with lock.held(shot.path.parent / "sidecars" / "prepare.lock"):
        assert shot.prepare().made == {}


def test_cancelling_in_the_middle_of_a_look_leaves_nothing(shot):
    cancel = Cancellation()

    class Stops:
        def begin(self, stage, total):
            assert total == 10

        def advance(self, done):
            if done == 3:
                cancel.cancel()

        def end(self):
            pass

        def say(self, text):
            pass

    with pytest.raises(Cancelled):
        shot.prepare(progress=Stops(), cancel=cancel)
    assert not list((shot.path.parent / "sidecars").rglob("*.npz"))
    assert shot.prepare().made["track"] == "v001"


def test_progress_counts_the_frames_looked_at(shot):
    counts = []

    class Counts:
        def begin(self, stage, total):
            counts.append((stage, total))

        def advance(self, done):
            counts.append(done)

        def end(self):
            pass

        def say(self, text):
            pass

    shot.prepare(progress=Counts())
    assert counts[:4] == [("track (Stub Track)", 10), 1, 2, 3]


def test_edited_curves_reach_the_drive(shot):
    (shot.path.parent / "curves.csv").write_text("frame,opening\n1002,0.5\n")
    shot.data["media"]["curves"] = {"path": "curves.csv"}
    shot.data["nodes"]["drive"]["inputs"]["curves"] = "@curves"
    shot.save().prepare()
    drive = shot.session().sidecar("drive")
    assert drive.curves[1, 0] == np.float32(0.5)
    (shot.path.parent / "curves.csv").write_text("frame,opening\n1002,0.75\n")
    assert shot.prepare().made == {"drive": "v002"}


def test_a_plate_that_lost_a_frame_is_analysed_without_it(shot):
    (shot.plates / "plate.1005.exr").unlink()
    shot.prepare()
    assert 1005 not in shot.session().sidecar("track").frames
    with pytest.raises(MissingFrame):
        shot.render()
