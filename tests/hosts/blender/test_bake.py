"""Bakes: what is made, kept, linked, said; masks by hand; bad input. By way of the stand-in core."""

from __future__ import annotations

import pytest


def test_a_bake_is_shown_and_a_changed_knob_makes_another_version(each_blender, fake_python):
    found = each_blender.play("bakes", core=fake_python)
    every = list(range(1001, 1007))
    assert found["empty"][:2] == ["empty", every] and found["start"] == 1001
    assert found["bake"] == "FINISHED" and found["fresh"][:2] == ["fresh", []]
    assert found["image"] == "//dubnodes/shot/Dub/frames/v001/Dub.1001.exr", "so that the folder can move"
    assert found["stale"][0] == "stale"
    assert found["frame"][0] == "FINISHED"
    assert found["frame"][1][:2] == ["missing", [1001, 1002, 1004, 1005, 1006]]
    assert "v002" in found["follower"], "a Landmark Mask node shows its Dub's bake"
    assert found["missing"][1][:2] == ["fresh", []]
    assert "no frame of 1001-1006 is missing" in found["nothing_missing"]
    assert found["back"][1][2].startswith("v001"), "the earlier version is found where it was"
    assert found["versions"] == ["v001", "v002"]
    assert found["cleared"] == [["empty", every, "not baked: 1001-1006"], False] and found["cleared_plate"]


@pytest.mark.hosts
def test_keys_reach_the_shot_file_and_the_pixels(blender, fake_python):
    found = blender.play("bakes", core=fake_python)
    keys = dict(map(tuple, found["keys"]["opening_gain"]["keys"]))
    assert found["keys"]["start"] == 1001
    assert keys[1001] == 1.0 and keys[1006] == 4.0 and 1.0 < keys[1004] < keys[1005] < 4.0
    assert found["values"] == pytest.approx({"1001": 1.0, "1006": 4.0})
    assert found["plate"] == {
        "path": "../../../plates/plate.####.exr", "first": 1001, "colourspace": "lin_rec709", "fps": "24"}


def test_a_plate_that_nodes_make_is_rendered_bit_for_bit_and_watched(each_blender, fake_python):
    found = each_blender.play("plate_of_nodes", core=fake_python)
    assert found["bake"] == "FINISHED" and found["bits"] == [True, True]
    assert [found[name] for name in ("fresh", "moved", "changed", "back", "keyed")] == [
        "fresh", "fresh", "stale", "fresh", "stale"]
    assert found["again"] == ["FINISHED", "fresh", ["v001", "v002"]]


@pytest.mark.hosts
def test_a_plate_that_cannot_be_watched_is_rendered_anew_by_each_bake(blender, fake_python):
    found = blender.play("plate_of_a_3d_scene", core=fake_python)
    assert found["first"] == ["FINISHED", ["v001"]] and "3D scene" in found["note"]
    assert found["missing"] == ["FINISHED", ["v001"]], "Bake Frame goes on with the plate that is there"
    assert found["again"] == ["FINISHED", ["v001", "v002"]]
    assert found["size"] == [48, 64, 4]


def test_the_baked_outline_comes_back_as_a_mask_that_covers_the_matte(each_blender, fake_python):
    found = each_blender.play("masks", core=fake_python)
    assert (found["made"], found["connected"], found["points"]) == ("FINISHED", "FINISHED", [24])
    assert found["overlap"] > 0.97 and found["area"][0] == pytest.approx(found["area"][1], rel=0.01)
    assert found["live"] < 1e-6, "the mask is the node's matte, inside the generated crop"
    assert "IMAGE_EDITOR" not in found["areas"], "the artist's editors are as they were"


def test_a_keyed_mask_lies_where_its_keys_say(each_blender, fake_python):
    centroids = each_blender.play("masks", core=fake_python)["centroids"]
    for frame, (x, y) in centroids.items():
        assert (x, y) == pytest.approx((15 + 3 * (int(frame) - 1001), 15), abs=0.01)


@pytest.mark.hosts
def test_a_killed_core_is_said_and_the_next_bake_goes_on(blender, fake_python):
    found = blender.play("worker_dies", core=fake_python)
    assert "the worker ended with code -9" in found["error"]
    assert found["after"][0] == "missing" and 1001 not in found["after"][1] and 1006 in found["after"][1]
    assert found["again"][0] == "FINISHED" and found["again"][1][0] == "fresh"


@pytest.mark.hosts
def test_a_stopped_bake_keeps_what_is_finished_and_shows_nothing_older(blender, fake_python):
    found = blender.play("worker_dies", core=fake_python)
    assert found["stopped"][0] == "missing" and 1001 not in found["stopped"][1]
    assert found["running"] == {}
    assert found["finished"][1][0] == "fresh"


SAID = {
    "unsaved": "save it once", "no_plate": "has no plate", "panel": "has no plate",
    "plate_gone": "nowhere.exr' is not there", "no_driver": "has no driver",
    "driver_gone": "gone.mov' is not there",
    "core_gone": "no program is there", "frames 1001-": "is not a frame range", "frames 5:9": "holds ':'",
    "frames -4-3": "begins below 0", "nudges": "is not a list of nudges", "driven": "bake it to keys",
    "muted": "muted", "from_the_core": "no face was found in the driver",
}


@pytest.mark.hosts
def test_what_an_artist_gets_wrong_is_said_and_nothing_is_lost(blender, fake_python):
    found = blender.play("bad_input", core=fake_python)
    for what, text in SAID.items():
        assert text in found[what], what
    assert found["in_order"] == "FINISHED", "blanks and letters beyond ASCII in every path"
    assert found["reader"] == [1001, 1000, 4, "SEQUENCE"]
    assert "frames/v" in found["kept"], "a failed bake leaves the earlier one in place"
    assert found["twin"] == ["FINISHED", "Dub.001", "Dub"], "a duplicated node gets a group of its own"
