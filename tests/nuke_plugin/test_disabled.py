"""Dub nodes and Reads above a bake that are switched off."""

from __future__ import annotations

import pytest
from shared_nuke import FRAMES, make_up_bake, shot_of

from shared_core.spec.errors import ShotError

pytestmark = pytest.mark.usefixtures("at_once")
STATES = dict.fromkeys(FRAMES, "dubbed")


@pytest.fixture
def moved(nuke, plugin, chain):
    """The chain with a Warp Plate between the plate and the Composite."""
    node = plugin.create.create("warp_plate")
    sources = {"plate": chain["plate"], "track": chain["track_face"], "drive": chain["drive_from_video"]}
    for name, source in sources.items():
        node.setInput(plugin.dub_nodes.input_number(node, name), source)
    chain["composite"].setInput(0, node)
    return node


def plate_of(plugin, chain):
    return shot_of(plugin, chain["composite"])[0].nodes["DubComposite1"].inputs["plate"]


def test_a_moved_plate_whose_node_is_off_is_the_plate(plugin, chain, moved):
    assert plate_of(plugin, chain) == "DubWarpPlate1.plate"
    moved["disable"].setValue(True)
    assert plate_of(plugin, chain) == "@plate"


def test_of_two_that_move_the_plate_the_one_that_is_on_does(nuke, plugin, chain, moved):
    second = plugin.create.create("warp_plate")
    for number in range(moved.inputs()):
        second.setInput(number, moved.input(number))
    second.setInput(0, nuke.make("Dot", inputs=[moved]))
    chain["composite"].setInput(0, second)
    second["disable"].setValue(True)
    assert plate_of(plugin, chain) == "DubWarpPlate1.plate"


def test_switching_it_marks_the_bake_at_once_and_back_again_when_idle(nuke, plugin, chain, moved):
    last = chain["composite"]
    record = make_up_bake(plugin, last, STATES, chain["plate"]).record
    moved["disable"].setValue(True)
    assert last["dub_status"].value() == plugin.status.STALE
    assert plugin.request.look(last, FRAMES)[1].identity != record.identity
    nuke.idle()
    nuke.undo()
    nuke.idle()
    assert last["dub_status"].value() == "Baked 1001-1004: 4 dubbed."


def test_a_node_that_was_off_for_the_bake_is_watched_too(nuke, plugin, chain, moved):
    moved["disable"].setValue(True)
    last = chain["composite"]
    make_up_bake(plugin, last, STATES, chain["plate"])
    nuke.callbacks["KnobChanged"].clear()  # no panel is open
    moved["disable"].setValue(False)
    nuke.idle()
    assert last["dub_status"].value() == plugin.status.STALE


@pytest.mark.parametrize(("name", "pipe"), [
    ("warp_flow_mesh", "face"), ("landmark_mask", "matte"), ("track_face", "track")])
def test_any_other_node_of_the_chain_that_is_off_is_named(plugin, chain, name, pipe):
    chain[name]["disable"].setValue(True)
    with pytest.raises(ShotError, match=f"'{pipe}' takes what {chain[name].name()} makes, which is disabled"):
        plugin.request.look(chain["composite"], FRAMES)


def test_a_node_that_is_off_for_some_frames_is_refused_and_an_expression_that_is_constant_is_not(
        plugin, chain, moved):
    moved["disable"].setExpression("frame > 1002")
    with pytest.raises(ShotError, match="DubWarpPlate1: is disabled at 1003-1004 of 1001-1004"):
        plugin.request.look(chain["composite"], FRAMES)
    moved["disable"].setExpression("frame > 1")
    assert plate_of(plugin, chain) == "@plate"


def test_the_baked_node_itself_may_be_off(plugin, chain):
    before = plugin.request.look(chain["composite"], FRAMES)[1].identity
    chain["composite"]["disable"].setValue(True)
    assert plugin.request.look(chain["composite"], FRAMES)[1].identity == before


def test_a_node_that_only_passes_the_plate_may_be_off(plugin, chain):
    chain["composite"].setInput(0, chain["landmark_mask"])
    chain["composite"].setInput(plugin.dub_nodes.input_number(chain["composite"], "matte"), None)
    mask = chain["landmark_mask"]
    mask.setInput(0, chain["plate"])
    mask["disable"].setValue(True)
    assert plugin.wiring.picture_above(chain["composite"]).name() == chain["plate"].name()


@pytest.mark.parametrize("off", ["all frames", "one frame"])
def test_a_read_that_is_off_is_rendered_and_not_handed_over(nuke, plugin, whole, off):
    before, request = shot_of(plugin, whole)
    assert nuke.executed == []
    plate = whole.input(0)
    if off == "all frames":
        plate["disable"].setValue(True)
    else:
        plate["disable"].setExpression("frame > 1003")
    after, changed = shot_of(plugin, whole)
    assert nuke.executed == [(1001, 1004)]
    assert after.media["plate"].path != before.media["plate"].path
    assert changed.identity != request.identity
