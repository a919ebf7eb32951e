"""A Dub node inside a group depends on what is connected to the group."""

from __future__ import annotations

import pytest
from shared_nuke import FRAMES, make_up_bake, shot_of

from shared_core.spec.errors import ShotError

pytestmark = pytest.mark.usefixtures("at_once")
STATES = dict.fromkeys(FRAMES, "dubbed")


@pytest.fixture
def plate(nuke, read_of):
    nuke.script["first_frame"].setValue(1001)
    nuke.script["last_frame"].setValue(1004)
    return read_of("plate", range(1001, 1005))


def group_behind(nuke, *sources):
    """A group with an Input for each source; the group and its Inputs."""
    group = nuke.make("Group", inputs=list(sources))
    with group:
        return group, [nuke.make("Input", number=number) for number in range(len(sources))]


def dub_behind(plugin, group, source):
    with group:
        node = plugin.create.create("dub")
        node.setInput(0, source)
    node["driver_file"].setValue("/nowhere/driver.mov")
    return node


@pytest.fixture
def graded(nuke, plugin, plate):
    """plate -> Grade -> Group with Input -> Dub, baked: the Grade and the Dub node."""
    grade = nuke.make("Grade", inputs=[plate])
    group, (entrance,) = group_behind(nuke, grade)
    node = dub_behind(plugin, group, entrance)
    shot_of(plugin, node)
    make_up_bake(plugin, node, STATES, plate)
    return grade, node, group


def test_a_change_outside_the_group_is_another_bake_and_is_rendered_anew(nuke, plugin, graded):
    grade, node, _ = graded
    before, request = shot_of(plugin, node)
    assert nuke.executed == [(1001, 1004)]
    grade["white"].setValue(3.0)
    after, changed = shot_of(plugin, node)
    assert changed.identity != request.identity
    assert after.media["plate"].path != before.media["plate"].path
    assert nuke.executed == [(1001, 1004), (1001, 1004)]


def rewire(nuke, grade, group):
    group.setInput(0, nuke.make("Blur", size=3.0, inputs=[grade]))


def regrade(nuke, grade, group):
    grade["white"].setValue(3.0)


@pytest.mark.parametrize("change", [rewire, regrade])
def test_a_change_outside_the_group_marks_the_node_and_undo_takes_it_back(nuke, plugin, graded, change):
    grade, node, group = graded
    steps = len(nuke.undo_steps)
    change(nuke, grade, group)
    nuke.idle()
    assert node["dub_status"].value() == plugin.status.STALE
    while len(nuke.undo_steps) > steps:
        nuke.undo()
    nuke.idle()
    assert node["dub_status"].value() == "Baked 1001-1004: 4 dubbed."


def test_another_wire_to_the_group_is_seen_where_nuke_tells_of_the_group_alone(nuke, plugin, graded):
    grade, node, group = graded
    nuke.idle()
    rewire(nuke, grade, group)
    nuke.this = {"node": group}
    plugin.upstream.update_ui()
    assert node["dub_status"].value() == plugin.status.STALE


def test_a_change_above_a_node_inside_the_group_is_another_picture(nuke, plugin, plate):
    outside = nuke.make("Grade", inputs=[plate])
    group, (entrance,) = group_behind(nuke, outside)
    with group:
        blur = nuke.make("Blur", size=2.0, inputs=[entrance])
    node = dub_behind(plugin, group, blur)
    before = shot_of(plugin, node)[0].media["plate"].path
    outside["white"].setValue(3.0)
    assert shot_of(plugin, node)[0].media["plate"].path != before


@pytest.mark.parametrize("depth", [1, 2])
def test_a_read_outside_is_read_where_it_lies(nuke, plugin, plate, read_of, depth):
    source, group = plate, None
    for _ in range(depth):
        with group or nuke.script:
            group, (source,) = group_behind(nuke, source)
    node = dub_behind(plugin, group, source)
    shot, request = shot_of(plugin, node)
    assert shot.media["plate"].path == plate["file"].value()
    assert nuke.executed == []
    plate["file"].setValue(read_of("other", range(1001, 1005))["file"].value())
    assert shot_of(plugin, node)[1].identity != request.identity


def test_dub_nodes_outside_are_of_the_chain(nuke, plugin, chain):
    outside = chain["composite"]
    before = shot_of(plugin, outside)[0]
    sources = [outside.input(number) for number in range(outside.inputs())]
    group, entrances = group_behind(nuke, *(source or chain["plate"] for source in sources))
    with group:
        inner = plugin.create.create("composite")
    for number, (source, entrance) in enumerate(zip(sources, entrances, strict=True)):
        inner.setInput(number, entrance if source is not None else None)
    shot, _ = shot_of(plugin, inner)
    assert shot.nodes == before.nodes
    assert shot.media == before.media


@pytest.mark.parametrize("connected", ["nothing", "an Input of a group with nothing", "an Input of no group"])
def test_a_group_without_a_plate_says_so(nuke, plugin, plate, connected):
    if connected == "an Input of no group":
        source = nuke.make("Input")
    elif connected == "nothing":
        source = None
    else:
        with nuke.make("Group", inputs=[]):
            source = nuke.make("Input")
    group, (entrance,) = group_behind(nuke, source)
    node = dub_behind(plugin, group, entrance)
    with pytest.raises(ShotError, match="no picture is connected"):
        plugin.request.look(node, FRAMES)


def test_a_stream_through_a_group_is_told_as_it_was_before_inputs_were_followed(nuke, plugin, plate):
    """So that bakes of such a plate stay: the group has its own wires, an Input inside adds none."""
    group, (entrance,) = group_behind(nuke, plate)
    with group:
        first = nuke.make("Blur", inputs=[entrance])
        second = nuke.make("Blur", inputs=[first])
        nuke.make("Output", inputs=[second])
    second["size"].setExpression(f"{first.name()}.size * 2")
    stream = plugin.fingerprint.above(group)
    assert [one.name() for one in stream] == [group.name(), plate.name(), first.name(), entrance.name()]
    assert plugin.fingerprint._ends(entrance, [group.fullName()]) == []


def test_a_render_inside_the_group_needs_the_bakes_outside(nuke, plugin, plate, tmp_path):
    first = plugin.create.create("dub")
    first.setInput(0, plate)
    group, (entrance,) = group_behind(nuke, first)
    with group:
        write = nuke.make("Write", inputs=[entrance], file=str(tmp_path / "out.####.exr"), file_type="exr")
    with pytest.raises(RuntimeError, match=f"{first.name()} is not baked"):
        nuke.render(write, 1001, 1001)


def test_a_knob_of_a_node_outside_marks_the_one_inside_at_once(nuke, plugin, chain):
    group, (entrance,) = group_behind(nuke, chain["warp_flow_mesh"])
    with group:
        inner = plugin.create.create("composite")
        inner.setInput(plugin.dub_nodes.input_number(inner, "face"), entrance)
    inner["dub_baked"].setValue(True)
    chain["warp_flow_mesh"]["lip_margin"].setValue(25)
    assert inner["dub_status"].value() == plugin.status.STALE
