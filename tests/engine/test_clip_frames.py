"""Of a clip, a frame's key covers the frames that its sidecars name, and the operator reads no others."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from stub_shot import FRAMES, plate_pixels, write_exr

from shared_core.engine.clip_frames import NamedFrames, frames_read
from shared_core.values import References

ALL = list(FRAMES)


@pytest.fixture
def lending(shot):
    """The stub shot, with a face that borrows from other frames of the plate and from takes."""
    for frame in range(1, 8):
        (shot.plates.parent / "takes").mkdir(exist_ok=True)
        write_exr(shot.plates.parent / "takes" / f"take.{frame:04d}.exr", plate_pixels(50 + frame))
    shot.data["media"]["takes"] = {"path": "../takes/take.####.exr"}
    nodes = shot.data["nodes"]
    nodes["references"] = {"operator": "stub_references", "version": 1, "inputs": {"track": "track"}}
    nodes["face"] = {
        "operator": "stub_lend", "version": 1,
        "inputs": {"plate": "@plate", "track": "track", "references": "references", "clip": "@plate",
                   "takes": "@takes"},
    }
    shot.save().prepare()
    shot.render()
    return shot


def _darken(path, frame):
    write_exr(path, plate_pixels(frame) * 0.99)


def test_a_touched_plate_frame_is_made_again_with_those_that_borrow_from_it(lending):
    _darken(lending.plates / "plate.1007.exr", 1007)
    assert list(lending.prepare().made) == ["track", "drive", "references"]
    assert sorted(lending.render().made) == [1001, 1007], "1001 borrows from 1007"
    assert lending.render().made == []


def test_a_touched_take_is_made_again_where_it_is_borrowed(lending):
    _darken(lending.plates.parent / "takes" / "take.0005.exr", 55)
    assert sorted(lending.render().made) == ALL[::3]
    _darken(lending.plates.parent / "takes" / "take.0006.exr", 56)
    assert lending.render().made == []


def test_a_plate_that_grows_makes_nothing_stale_that_borrows_as_before(lending):
    write_exr(lending.plates / "plate.1011.exr", plate_pixels(1011))
    lending.prepare()
    # The circle closes one frame later: who borrowed beyond the end borrows from another frame now.
    assert sorted(lending.render().made) == ALL[4:]


def test_the_new_frame_equals_one_made_from_nothing(lending):
    _darken(lending.plates / "plate.1007.exr", 1007)
    lending.prepare()
    lending.render()
    partly = lending.bytes()
    shutil.rmtree(lending.frames_folder)
    lending.render()
    assert lending.bytes() == partly


def test_an_operator_that_reads_what_its_key_does_not_cover_is_stopped(lending):
    lending.data["nodes"]["face"]["knobs"] = {"stray": -1}
    with pytest.raises(RuntimeError, match="stub_lend, socket 'clip', read frame 1006"):
        lending.save().render("1001")


def test_without_a_sidecar_that_names_frames_the_whole_clip_counts(lending):
    session = lending.session()
    step = session.plan.step("face")
    sidecars = session.sidecars()
    assert frames_read(step, sidecars, 1001) == {"clip": (1001, 1007), "takes": (5, 1001)}
    assert frames_read(step, sidecars, 1002) == {"clip": (1002, 1008), "takes": (1002,)}
    assert frames_read(step, sidecars, 1002, reach=1)["clip"] == (1002, 1007, 1008, 1009)
    assert frames_read(step, {"track": sidecars["track"]}, 1001) == {}


def test_references_name_their_lenders_by_socket():
    references = References(
        np.array([7, 8]), np.array([[0, 1], [0, 0]], np.int8), np.array([[3, 4], [5, 6]]),
        np.array([[0.5, 0.5], [1.0, 0.0]], np.float32), np.zeros((2, 2, 478, 2), np.float32),
        np.ones((2, 2, 8, 3), np.float32),
    )
    assert references.frames_used(7) == {"clip": (3,), "takes": (4,)}
    assert references.frames_used(8) == {"clip": (5,), "takes": ()}
    assert references.frames_used(9) == {"clip": (), "takes": ()}


def test_named_frames_are_the_clips_own():
    class OneClip:
        frames, fps, display, pixel_aspect, key = range(1, 9), 25, None, 2.0, "k"

        def image(self, frame, window=None):
            return frame, window

        def preview(self, frame):
            return -frame

        def seconds(self, frame):
            return frame / 25

    part = NamedFrames(OneClip(), (2, 5), "x")
    assert (part.image(5, "w"), part.preview(2), part.seconds(7)) == ((5, "w"), -2, 0.28)
    assert (part.frames, part.fps, part.key, part.pixel_aspect) == (range(1, 9), 25, "k", 2.0)
    for look in (part.image, part.preview):
        with pytest.raises(RuntimeError, match="x read frame 3"):
            look(3)
