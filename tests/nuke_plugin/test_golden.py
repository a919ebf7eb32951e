"""What the menu puts into a script stays what it was, until somebody means to change it."""

from __future__ import annotations

import pytest
from golden_scripts import GOLDEN, NAMES, scripts
from nuke_stand_in.script_graph import load

from nuke_plugin.dub_nuke.names import FILE_SOCKETS
from shared_core.spec.shot_graph import MEDIA_TYPES


def test_the_scripts_are_the_golden_ones(nuke, plugin):
    """Make them again with: make nuke"""
    made = scripts(nuke, plugin)
    assert set(made) == set(NAMES)
    for name, text in made.items():
        assert (GOLDEN / f"{name}.nk").read_text(encoding="utf-8") == text, name


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_script_loads_through_tcl(name):
    nodes = load((GOLDEN / f"{name}.nk").read_text(encoding="utf-8"))
    groups = [node for node in nodes if node.kind == "Group"]
    assert [node.knobs["dub_operator"] for node in groups] == (
        ["track_face", "landmark_mask"] if name == "two_nodes" else ["dub"])
    assert groups[-1].inputs[0] is (groups[0] if name == "two_nodes" else nodes[0])


def test_settings_and_keys_are_in_the_script():
    two = load((GOLDEN / "two_nodes.nk").read_text(encoding="utf-8"))[-1]
    whole = load((GOLDEN / "whole_pipeline.nk").read_text(encoding="utf-8"))[-1]
    assert two.knobs["grow_percent"] == "2"
    assert whole.knobs["driver_file"] == "/shots/sh010/dubber take 3.mov"
    assert whole.knobs["composite_amount"] == "{curve x1001 0 x1010 1}"
    assert whole.knobs["dub_frames"] == "1001-1100"
    assert whole.knobs["drive_from_video_start"] == "1001"


def test_no_operator_has_a_socket_that_only_a_file_could_feed_and_that_is_no_media():
    """A File knob becomes media of the shot, and the shot file takes only these."""
    assert set(FILE_SOCKETS) <= set(MEDIA_TYPES)
