"""What a bake was made from changes: the node says so when Nuke is idle, and takes it back on undo."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from shared_nuke import knobs_of, make_up_bake

from shared_core.spec.frames import FrameRange

STATES = dict.fromkeys(range(1001, 1005), "dubbed")


@pytest.fixture
def comp(nuke, plugin, read_of, at_once, monkeypatch):
    """Read -> Group with a Blur -> Grade, with an expression -> a baked Dub node -> a Grade below it."""
    plate = read_of("plate", range(1001, 1005))
    group = nuke.make("Group", inputs=[plate])
    with group:
        blur = nuke.make("Blur", inputs=[nuke.make("Input")])
        nuke.make("Output", inputs=[blur])
    grade = nuke.make("Grade", inputs=[group])
    control = nuke.make("Grade")
    grade["add"].setExpression(f"{control.name()}.multiply / 2")
    node = plugin.create.create("dub")
    node.setInput(0, grade)
    node["driver_file"].setValue("/nowhere/driver.mov")
    node["dub_frames"].setValue("1001-1004")
    made_up = make_up_bake(plugin, node, STATES, plate)
    below = nuke.make("Grade", inputs=[node])
    looks = []
    real = plugin.upstream.look
    monkeypatch.setattr(plugin.upstream, "look", lambda *given: looks.append(given) or real(*given))
    nuke.idle()
    return SimpleNamespace(
        nuke=nuke, plugin=plugin, plate=plate, group=group, blur=blur, grade=grade, control=control,
        node=node, below=below, looks=looks, record=made_up.record, folder=made_up.folder, read_of=read_of)


def marked(comp, node=None):
    node = node or comp.node
    said = node["dub_status"].value() == comp.plugin.status.STALE
    assert said == (node["tile_color"].value() == comp.plugin.status.CHANGED)
    return said


def change_a_knob(comp):
    comp.grade["white"].setValue(2.0)


def point_the_read_elsewhere(comp):
    comp.plate["file"].setValue("/shots/sh010/plate_v002.####.exr")


def connect_another_read(comp):
    comp.grade.setInput(0, comp.read_of("other", range(1001, 1005)))


def put_a_node_between(comp):
    comp.grade.setInput(0, comp.nuke.make("Blur", inputs=[comp.group], size=3.0))


def change_a_node_inside_a_group(comp):
    comp.blur["size"].setValue(5.0)


def change_a_knob_that_an_expression_reads(comp):
    comp.control["multiply"].setValue(0.5)


def switch_a_node_off(comp):
    comp.grade["disable"].setValue(True)


def change_the_projects_rate(comp):
    comp.nuke.script["fps"].setValue(25.0)


CHANGES = [
    change_a_knob, point_the_read_elsewhere, connect_another_read, put_a_node_between,
    change_a_node_inside_a_group, change_a_knob_that_an_expression_reads, switch_a_node_off,
    change_the_projects_rate,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_above_marks_the_node_when_nuke_is_idle(comp, change):
    assert not marked(comp)
    change(comp)
    assert not marked(comp), "nothing was told by a knob of the node itself"
    comp.nuke.idle()
    assert marked(comp)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_undo_takes_the_mark_back(comp, change):
    steps = len(comp.nuke.undo_steps)
    change(comp)
    comp.nuke.idle()
    while len(comp.nuke.undo_steps) > steps:
        comp.nuke.undo()
    comp.nuke.idle()
    assert comp.node["dub_status"].value() == "Baked 1001-1004: 4 dubbed."
    assert not marked(comp)


def test_the_mark_is_no_step_to_undo_and_needs_no_saving(comp):
    change_a_knob(comp)
    steps, comp.nuke.is_modified = len(comp.nuke.undo_steps), False
    before = knobs_of(comp.nuke)
    comp.nuke.idle()
    changed = {key for key, value in knobs_of(comp.nuke).items() if before[key] != value}
    assert changed == {(comp.node.name(), "dub_status"), (comp.node.name(), "tile_color")}
    assert len(comp.nuke.undo_steps) == steps
    assert comp.nuke.is_modified is False


def test_what_no_pixel_depends_on_marks_nothing_and_costs_no_look(comp):
    comp.below["white"].setValue(2.0)
    comp.grade.setXYpos(300, 40)
    comp.grade["label"].setValue("warm")
    comp.nuke.frame_now = 1003
    comp.node["composite_amount"].setValue(0.5)
    mask = comp.nuke.make("Constant")
    comp.node.setInput(comp.plugin.dub_nodes.input_number(comp.node, "mask"), mask)
    mask["color"].setValue(1.0)
    comp.nuke.idle()
    assert comp.looks == []
    assert not marked(comp)


def test_another_name_above_marks_nothing(comp):
    comp.group.setName("Despill")
    comp.nuke.idle()
    comp.nuke.idle()
    assert not marked(comp)
    assert len(comp.looks) == 1, "Grade1 has its picture from another name: looked at once"


def test_a_slider_that_goes_on_moving_costs_one_look(comp):
    for step in range(1, 6):
        comp.grade["white"].setValue(1.0 + step)
        comp.nuke.idle()
    assert marked(comp)
    assert len(comp.looks) == 1


def test_a_source_that_takes_long_to_compare_is_compared_now_and_then(comp, monkeypatch):
    """A Roto's knobs are long, and a point of it is moved many times a second."""
    clock, compared, real = SimpleNamespace(now=0.0), [], comp.plugin.upstream.of_source

    def slowly(node, own):
        clock.now += 0.25
        compared.append(node.name())
        return real(node, own)

    monkeypatch.setattr(comp.plugin.upstream, "_REST", 20.0)
    monkeypatch.setattr(comp.plugin.upstream, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(comp.plugin.upstream, "of_source", slowly)
    before = comp.grade["white"].value()
    for step in range(1, 4):
        comp.grade["white"].setValue(1.0 + step)
        comp.nuke.idle()
    assert marked(comp)
    assert compared.count("Grade1") == 1
    comp.grade["white"].setValue(before)
    clock.now += 60.0
    comp.nuke.idle()
    assert compared.count("Grade1") == 2
    assert not marked(comp)


def test_while_rendering_nothing_is_compared_and_nothing_written(comp):
    change_a_knob(comp)
    comp.nuke.is_executing = True
    comp.nuke.idle()
    comp.nuke.is_executing = False
    assert comp.looks == []
    assert not marked(comp)


def test_which_nodes_are_baked_is_looked_up_now_and_then_and_not_for_every_node(comp, monkeypatch):
    monkeypatch.setattr(comp.plugin.upstream, "_SECONDS_KEPT", 1e9)
    monkeypatch.setattr(comp.plugin.upstream, "dub_nodes", lambda: pytest.fail("looked through the script"))
    change_a_knob(comp)
    comp.nuke.idle()
    assert marked(comp)


def test_a_knob_of_the_node_itself_that_a_script_changed_and_put_back(comp):
    comp.nuke.callbacks["KnobChanged"].clear()  # no panel is open
    before = comp.node["composite_feather"].value()
    comp.node["composite_feather"].setValue(3)
    comp.nuke.idle()
    assert marked(comp)
    comp.node["composite_feather"].setValue(before)
    comp.nuke.idle()
    assert not marked(comp)


def test_a_copy_of_the_script_that_was_changed_elsewhere_is_marked_when_it_is_opened(comp):
    """The reference lies with the bake, not in this Nuke's memory."""
    change_a_knob(comp)
    comp.plugin.upstream._seen.clear()
    comp.plugin.upstream._looked_at.clear()
    comp.nuke.idle()
    assert marked(comp)


def test_a_change_above_the_chain_marks_the_node_that_was_baked(nuke, plugin, chain, at_once):
    grade = nuke.make("Grade", inputs=[chain["driver"]])
    chain["driver_track"].setInput(0, grade)
    last = chain["composite"]
    made_up = SimpleNamespace(nuke=nuke, plugin=plugin)
    make_up_bake(plugin, last, STATES, chain["plate"])
    nuke.callbacks["KnobChanged"].clear()
    grade["white"].setValue(2.0)
    nuke.idle()
    assert marked(made_up, last)
    nuke.undo()
    nuke.idle()
    assert not marked(made_up, last)
    chain["track_face"]["cover_sensitivity"].setValue(0.7)
    nuke.idle()
    assert marked(made_up, last)


def test_another_bake_of_the_first_dub_marks_the_second_behind_it(comp):
    second = comp.plugin.create.create("dub")
    second.setInput(0, comp.node)
    second["driver_file"].setValue("/nowhere/driver.mov")
    second["dub_frames"].setValue("1001-1004")
    make_up_bake(comp.plugin, second, STATES, comp.plate)
    comp.nuke.idle()
    assert not marked(comp, second)
    comp.node["composite_feather"].setValue(3)
    make_up_bake(comp.plugin, comp.node, STATES, comp.plate)
    comp.nuke.idle()
    assert marked(comp, second)
    assert not marked(comp)


def test_a_bake_from_before_its_sources_were_kept_is_left_to_check(comp):
    comp.record.sources = {}
    comp.record.save(comp.folder)
    change_a_knob(comp)
    comp.nuke.idle()
    assert not marked(comp)
    comp.nuke.press(comp.node, "check")
    assert comp.node["dub_status"].value() == comp.plugin.status.STALE


def test_a_node_that_is_being_baked_is_left_to_the_bake(comp, monkeypatch):
    monkeypatch.setattr(comp.plugin.background, "busy", lambda: [comp.node.name()])
    change_a_knob(comp)
    comp.nuke.idle()
    assert comp.looks == []


def test_the_menu_begins_to_watch_and_init_does_not(nuke, plugin):
    nuke.callbacks["UpdateUI"].clear()
    plugin.callbacks.register()
    assert nuke.callbacks["UpdateUI"] == []
    plugin.menus.build()
    assert nuke.callbacks["UpdateUI"] == [(plugin.upstream.update_ui, "*")]


def test_frames_of_another_range_are_still_the_same_bake(comp):
    comp.node["dub_frames"].setValue("1002-1003")
    comp.nuke.idle()
    assert not marked(comp)
    assert comp.plugin.request.look(comp.node, FrameRange.parse("1001"))[1].identity == comp.record.identity
