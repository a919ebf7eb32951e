"""`--verify`: media count by their content, for as long as size and time stay."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from stub_shot import FRAMES, plate_pixels, write_exr

from shared_core.spec.errors import Cancelled, MediaError, StaleSidecar

ALL = list(FRAMES)


@pytest.fixture
def verified(shot):
    """The stub shot on uncompressed plates, verified, prepared and rendered."""
    for frame in FRAMES:
        write_exr(shot.plates / f"plate.{frame}.exr", plate_pixels(frame), compression="none")
    session = shot.session()
    session.verify_media()
    shot.prepare()
    shot.render()
    return shot


def _change_secretly(path):
    """Turn one bit of the last pixels, which lie there uncompressed; size and time stay."""
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _new_times(shot):
    for path in shot.plates.iterdir():
        os.utime(path, (1_000_000_000, 1_000_000_000))


def test_what_was_verified_stays_valid_for_those_who_do_not_verify(verified):
    assert verified.prepare().made == {}
    assert verified.render().made == []
    assert len(verified.session().sidecar("track").frames) == len(ALL)


def test_without_verifying_a_change_behind_the_same_size_and_time_goes_unseen(verified):
    _change_secretly(verified.plates / "plate.1002.exr")
    assert verified.prepare().made == {}
    assert verified.render().made == []


def test_verifying_finds_a_change_behind_the_same_size_and_time(verified):
    _change_secretly(verified.plates / "plate.1002.exr")
    heard = []
    verified.session().verify_media(_Listener(heard))
    assert heard == ["verified 10 files: 1 of them changed, or not known before"]
    assert "track" in verified.prepare().made
    assert verified.render("1001").made == []


def test_files_with_new_times_alone_are_found_unchanged_by_verifying(verified):
    _new_times(verified)
    with pytest.raises(StaleSidecar):
        verified.render()
    heard = []
    verified.session().verify_media(_Listener(heard))
    assert heard == ["verified 10 files: all of them as known"]
    assert verified.prepare().made == {}
    assert verified.render().made == []


def test_a_changed_frame_that_was_verified_is_made_again_alone(verified):
    write_exr(verified.plates / "plate.1003.exr", plate_pixels(1003) * 0.99)
    verified.session().verify_media()
    verified.prepare()
    assert verified.render().made == [1003]


def test_a_verified_matte_of_the_artist_counts_by_content(verified):
    verified.data["media"]["matte"] = {"path": "mattes/m.####.exr"}
    verified.data["nodes"]["mask"]["inputs"]["matte"] = "@matte"
    folder = verified.path.parent / "mattes"
    folder.mkdir()
    write_exr(folder / "m.1002.exr", np.ones((48, 64, 1), np.float32), "half", ("A",), "none")
    verified.save().session().verify_media()
    verified.render()
    os.utime(folder / "m.1002.exr", (5, 5))
    verified.session().verify_media()
    assert verified.render().made == []
    _change_secretly(folder / "m.1002.exr")
    assert verified.render().made == []
    verified.session().verify_media()
    assert verified.render().made == [1002]


def test_a_damaged_list_of_sums_is_as_none(verified):
    file = verified.path.parent / "sidecars" / "verified.json"
    assert len(json.loads(file.read_text())) == 10
    plate = str((verified.plates / "plate.1001.exr").resolve())
    for damage in ("", "[1, 2]", json.dumps({plate: 5})):
        file.write_text(damage)
        with pytest.raises(StaleSidecar):
            verified.render("1001")
    verified.session().verify_media()
    assert verified.render().made == []


def test_verifying_can_be_cancelled_and_names_a_missing_file(verified):
    from shared_core.engine import Cancellation

    cancel = Cancellation()
    cancel.cancel()
    with pytest.raises(Cancelled):
        verified.session().verify_media(cancel=cancel)
    session = verified.session()
    gone = session.media.files()[3]
    session.media.files = lambda: [gone.with_name("gone.exr")]
    with pytest.raises(MediaError, match="gone.exr"):
        session.verify_media()


class _Listener:
    """A progress that keeps what is said."""

    def __init__(self, said):
        self.said = said

    def begin(self, stage, total):
        pass

    def advance(self, done):
        pass

    def end(self):
        pass

    def say(self, text):
        self.said.append(text)
