"""Frame numbers, rates and offsets: what is dubbed is what Blender shows at that frame."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.hosts


def test_a_rate_that_is_not_whole_goes_into_the_shot_as_a_fraction(blender, fake_python):
    found = blender.play("rates", core=fake_python)
    written = {"24/1.001": "24000/1001", "30/1.001": "30000/1001", "60/1.001": "60000/1001",
               "2997/100.0": "2997/100", "25/1.0": "25", "25/2.0": "25/2"}
    assert {rate: found[rate][1:] for rate in written} == {
        rate: ["FINISHED", fraction] for rate, fraction in written.items()}
    assert found["24/1.001"][0] == "empty"
    assert all(found[rate][0] == "stale" for rate in list(written)[1:]), "the drive follows the rate"


def test_a_movie_clips_start_and_offset_are_in_the_plate(blender, fake_python):
    found = blender.play("clip_offsets", core=fake_python)
    assert (found["bake"], found["moved"]) == ("FINISHED", "FINISHED")
    assert found["plates"]["v001"] == {"1001": [1], "1002": [2], "1003": [3]}
    assert found["plates"]["v002"] == {"1001": [6], "1002": [7], "1003": [8]}
    assert found["states"] == ["fresh", "stale", "stale", "fresh"]


def test_a_plate_that_hangs_on_tracks_is_rendered_anew_by_each_bake(blender, fake_python):
    found = blender.play("clip_offsets", core=fake_python)
    assert "changes of the tracks and lens of clip.0001.exr are not seen" in found["note"]


def test_a_keyed_mask_in_the_plate_leaves_the_bake_fresh_at_every_frame(blender, fake_python):
    found = blender.play("keyed_mask", core=fake_python)
    assert found["bake"] == "FINISHED" and found["states"] == ["fresh"] * 3
    assert found["points"][0] != found["points"][2], "the mask moves"
    assert "changes of the points of moving Lower Face are not seen; Bake renders it anew" in found["note"]
    assert found["again"] == ["FINISHED", ["v001", "v002"]]


def test_animated_nodes_in_the_plate_leave_the_bake_fresh_at_every_frame(blender, fake_python):
    found = blender.play("animated_nodes", core=fake_python)
    assert found["bake"] == "FINISHED" and found["states"] == ["fresh"] * 3
    assert found["values"][0] == [0.0, 0.0] and found["values"][2] == [1.0, 2.0], "they are animated"


def test_a_changed_key_driver_or_curve_in_the_plate_is_seen(blender, fake_python):
    found = blender.play("animated_nodes", core=fake_python)
    assert found["changed"] == {name: ["stale", "fresh"] for name in ("driver", "curve", "key")}
    assert found["unseen"][1] == "drivers of Translate", "what a driver reads elsewhere is not seen, and said"


def test_an_image_nodes_offsets_pick_the_files_that_blender_shows(blender, fake_python):
    found = blender.play("image_offsets", core=fake_python)
    for offsets in ("1001 0", "1001 4", "998 -2"):
        done, shown, read = found[offsets]
        assert done == "FINISHED" and shown == read, offsets


def test_a_scene_strip_shows_the_frames_that_its_offset_names(blender, fake_python):
    found = blender.play("sequencer_offset", core=fake_python)
    assert found["bake"] == "FINISHED"
    assert list(found["shown"]) == ["1003", "1005"]
    for strip, alone in found["shown"].values():
        assert strip == pytest.approx(alone, rel=1e-4), "but for the sequencer's own colour conversion"
    assert found["shown"]["1003"][1] < found["shown"]["1005"][1] - 1, "each frame has its own value"
    assert found["stops"][0] == ""
    assert found["stops"][1].startswith("2: ") and "frame 1005" in found["stops"][1]
