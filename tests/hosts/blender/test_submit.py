"""Submit: what is sent, what is shown until frames come, what is said. By way of the stand-in core."""

from __future__ import annotations

import pytest

EVERY = list(range(1001, 1007))


def test_a_node_points_at_the_frames_that_a_farm_will_make(each_blender, fake_python):
    found = each_blender.play("submits", core=fake_python)
    assert found["sent"] == "FINISHED" and "6 frames 1001-1006" in found["said"]
    assert found["waiting"][:2] == ["missing", EVERY] and "sent to a farm" in found["waiting"][3]
    assert found["image"] == "//dubnodes/shot/Dub/frames/v001/Dub.1001.exr"
    assert found["plate_stands"], "until they come the plate shows"


def test_the_frames_are_fresh_once_they_are_there(each_blender, fake_python):
    found = each_blender.play("submits", core=fake_python)
    assert found["sent_again"][0] == "FINISHED" and found["sent_again"][1][:2] == ["fresh", []]
    assert found["refresh"] == "FINISHED" and found["shown"] == pytest.approx([1.0, 1.0])
    assert found["baked_after"] == ["FINISHED", "fresh"]


def test_an_artist_who_goes_on_does_not_disturb_what_was_sent(each_blender, fake_python):
    found = each_blender.play("submits", core=fake_python)
    assert found["meanwhile"] == ["FINISHED", "fresh", pytest.approx(2.0)]
    assert len(found["files"]) == 1 and found["files_after"] == found["files"]


@pytest.mark.hosts
def test_a_submission_to_this_machine_ends_fresh(blender, fake_python):
    found = blender.play("submits_here", core=fake_python)
    assert found["sent"] == "FINISHED" and found["fresh"][:2] == ["fresh", []]
    assert "v001" in found["follower"] and found["shown"] == pytest.approx(1.0)
    assert found["longer"] == ["missing", [1007, 1008]]
    assert found["sent_longer"] == ["FINISHED", ["fresh", []]], "frames of both submissions count"
    assert found["stale"] == "stale"


@pytest.mark.hosts
def test_a_submission_that_fails_is_said_and_shows_what_was_there(blender, fake_python):
    found = blender.play("submission_fails", core=fake_python)
    assert "sbatch took prepare.sh not: no controller" in found["down"]
    assert found["panel"] == "not submitted: sbatch took prepare.sh not: no controller"
    assert found["empty"] == ["empty", False]
    assert "no controller" in found["down_again"] and "frames/v001/" in found["kept"]
    assert found["left"] == [], "the blank frame is gone"
    assert "v002" in found["stopped"][0] and "v001" in found["stopped"][1] and found["stopped"][2] == {}
    assert "no program is there" in found["no_core"]
    assert "was never saved" in found["unsaved"]
