"""Expressions on the knobs of Dub nodes: the bake gets what they give, and is another when that changes."""

from __future__ import annotations

import pytest
from shared_nuke import FRAMES, make_up_bake, shot_of

from shared_core.spec.errors import KnobError
from shared_core.spec.frames import FrameRange

pytestmark = pytest.mark.usefixtures("at_once")
STATES = dict.fromkeys(FRAMES, "dubbed")


@pytest.fixture
def control(nuke):
    """A node whose knobs stand in expressions elsewhere: Control.white is 1."""
    node = nuke.make("Grade")
    node.setName("Control")
    return node


def marked(plugin, node):
    return node["dub_status"].value() == plugin.status.STALE


def test_an_expression_gives_the_bake_its_value(plugin, whole, control):
    control["white"].setValue(4.0)
    whole["composite_feather"].setExpression("Control.white * 2")
    assert shot_of(plugin, whole)[0].nodes["composite"].knobs["feather"] == 8.0


def test_an_expression_that_changes_becomes_keys(plugin, whole):
    whole["composite_feather"].setExpression("frame - 1000")
    feather = shot_of(plugin, whole)[0].nodes["composite"].knobs["feather"]
    assert [feather.at(frame) for frame in FRAMES] == [1, 2, 3, 4]


def test_a_knob_without_keys_takes_an_expression_that_gives_one_value(nuke, plugin, whole):
    whole["drive_from_video_start"].setExpression("root.first_frame")
    assert shot_of(plugin, whole)[0].nodes["drive"].knobs["start"] == 1001
    before = plugin.request.look(whole, FRAMES)[1].identity
    nuke.script["first_frame"].setValue(1002)
    assert plugin.request.look(whole, FRAMES)[1].identity != before


def test_a_choice_and_a_switch_take_what_their_expressions_give(plugin, chain, control):
    mask, track = chain["landmark_mask"], chain["track_face"]
    mask["upper_edge"].setExpression("Control.white")
    shot, _ = shot_of(plugin, chain["composite"])
    assert shot.nodes["DubLandmarkMask1"].knobs["upper_edge"] == "below eyes"
    track["face_index"].setExpression("Control.white + 1")
    assert shot_of(plugin, chain["composite"])[0].nodes["DubTrackFace1"].knobs["face_index"] == 2


def test_a_knob_without_keys_refuses_an_expression_that_changes(plugin, whole):
    whole["drive_from_video_start"].setExpression("frame")
    with pytest.raises(KnobError, match="gives 1001 at 1001 and 1002 at 1002, but this knob takes one value"):
        shot_of(plugin, whole)


def test_keys_are_refused_in_the_words_that_they_were(plugin, whole):
    whole["drive_from_video_start"].setValueAt(1001, 1001)
    whole["drive_from_video_start"].setValueAt(1002, 1004)
    with pytest.raises(KnobError, match="is animated, but this knob takes one value for the shot; delete"):
        shot_of(plugin, whole)


@pytest.mark.parametrize("name", ["whole", "chain"])
def test_another_value_of_the_node_that_is_asked_is_another_bake_and_marks(
        nuke, plugin, request, control, name):
    made = request.getfixturevalue(name)
    node = made if name == "whole" else made["composite"]
    knob = made["composite_feather"] if name == "whole" else made["warp_flow_mesh"]["lip_margin"]
    knob.setExpression("Control.white")
    plate = made.input(0) if name == "whole" else made["plate"]
    record = make_up_bake(plugin, node, STATES, plate).record
    assert "Control" in record.sources
    nuke.idle()
    assert not marked(plugin, node)
    control["white"].setValue(4.0)
    assert plugin.request.look(node, FRAMES)[1].identity != record.identity
    nuke.idle()
    assert marked(plugin, node)
    nuke.undo()
    nuke.idle()
    assert not marked(plugin, node)


def test_a_node_that_the_asked_one_asks_counts_too(nuke, plugin, whole, control):
    further = nuke.make("Grade")
    control["white"].setExpression(f"{further.name()}.gamma * 2")
    whole["composite_feather"].setExpression("Control.white")
    _, before = plugin.request.look(whole, FRAMES)
    assert {"Control", further.name()} <= set(before.sources)
    further["gamma"].setValue(3.0)
    assert plugin.request.look(whole, FRAMES)[1].identity != before.identity


def test_the_projects_range_in_an_expression_marks_when_it_changes(nuke, plugin, whole):
    whole["drive_from_video_start"].setExpression("root.first_frame")
    make_up_bake(plugin, whole, STATES, whole.input(0))
    nuke.idle()
    assert not marked(plugin, whole)
    nuke.script["first_frame"].setValue(1002)
    nuke.idle()
    assert marked(plugin, whole)


def test_a_knob_of_the_group_around_marks_and_a_bake_does_not_change_what_it_was_made_from(
        nuke, plugin, whole):
    group = nuke.make("Group", inputs=[whole.input(0)])
    with group:
        node = plugin.create.create("dub")
        node.setInput(0, nuke.make("Input"))
    node["driver_file"].setValue("/nowhere/driver.mov")
    node["composite_feather"].setExpression("parent.xpos")
    record = make_up_bake(plugin, node, STATES, whole.input(0)).record
    assert plugin.request.look(node, FRAMES)[1].sources == record.sources
    nuke.idle()
    assert not marked(plugin, node)
    group["xpos"].setValue(7)
    nuke.idle()
    assert marked(plugin, node)


def test_what_the_expression_does_not_ask_for_changes_no_bake(nuke, plugin, whole, control):
    whole["composite_feather"].setExpression("Control.white")
    made_up = make_up_bake(plugin, whole, STATES, whole.input(0))
    control["gamma"].setValue(2.0)
    nuke.idle()
    assert not marked(plugin, whole)
    assert plugin.request.look(whole, FRAMES)[1].identity == made_up.record.identity


def test_another_range_asks_for_the_same_bake_though_an_expression_changes_over_it(plugin, whole):
    whole["composite_feather"].setExpression("frame - 1000")
    all_of_them = plugin.request.look(whole, FRAMES)[1].identity
    whole["dub_frames"].setValue("1002-1003")
    assert plugin.request.look(whole, FrameRange.parse("1002"))[1].identity == all_of_them
    whole["composite_feather"].setExpression("frame - 999")
    assert plugin.request.look(whole, FrameRange.parse("1002"))[1].identity != all_of_them


def test_an_expression_on_a_live_knob_changes_no_bake(nuke, plugin, whole, control):
    before = plugin.request.look(whole, FRAMES)[1].identity
    whole["composite_amount"].setExpression("Control.white")
    assert plugin.request.look(whole, FRAMES)[1].identity == before
    assert shot_of(plugin, whole)[0].nodes["composite"].knobs["amount"] == 1.0
