"""What a node says and when a render stops, with bakes made up on disk."""

from __future__ import annotations

import shutil

import pytest
from shared_nuke import knobs_of, make_up_bake, shot_of


@pytest.fixture
def baked(nuke, plugin, read_of):
    """A Dub node that shows a made-up bake of frames 1001 to 1004; 1003 passed through."""
    plate = read_of("plate", range(1001, 1007))
    node = plugin.create.create("dub")
    node.setInput(0, plate)
    node["driver_file"].setValue("/nowhere/driver.mov")
    node["dub_frames"].setValue("1001-1004")
    return make_up_bake(
        plugin, node, {1001: "dubbed", 1002: "dubbed", 1003: "no_face", 1004: "dubbed"}, plate)


def write_behind(nuke, node, tmp_path, first=1001, last=1004):
    write = nuke.make("Write", inputs=[node], file=str(tmp_path / "out.####.exr"), file_type="exr")
    write["use_limit"].setValue(True)
    write["first"].setValue(first)
    write["last"].setValue(last)
    return write


def test_the_state_says_what_was_dubbed_and_where_the_plate_passed(plugin, baked):
    assert baked.node["dub_status"].value() == (
        "Baked 1001-1004: 3 dubbed; plate passed through at 1003 (no_face).")


@pytest.mark.parametrize(("frame", "said"), [
    (1001, None), (1003, "plate passed through (no_face)"), (1006, "not baked, the plate passes")])
def test_the_label_says_what_is_wrong_at_the_frame(nuke, baked, frame, said):
    nuke.frame_now = frame
    label = nuke.label_of(baked.node)
    assert label.startswith(baked.node.name())
    assert (said in label) if said else "frame" not in label


def test_the_label_says_which_view_is_on(nuke, baked):
    nuke.frame_now = 1001
    baked.node["dub_view"].setValue("matte")
    assert "view: matte" in nuke.label_of(baked.node)


def test_the_label_of_another_group_is_left_to_nuke(nuke, plugin):
    assert nuke.label_of(nuke.make("Group")) is None


def test_a_render_of_a_node_without_a_bake_stops(nuke, plugin, read_of, tmp_path):
    node = plugin.create.create("dub")
    node.setInput(0, read_of("plate", range(1001, 1003)))
    write = write_behind(nuke, node, tmp_path)
    with pytest.raises(RuntimeError, match="Dub1 is not baked"):
        nuke.render(write, 1001, 1002)
    node["disable"].setValue(True)
    assert list(plugin.callbacks.shown_by(write)) == []


def test_a_render_with_frames_missing_names_them(nuke, baked, tmp_path):
    (baked.folder / f"{baked.node.name()}.1002.exr").unlink()
    write = write_behind(nuke, baked.node, tmp_path)
    with pytest.raises(RuntimeError, match="1 of 4 frames are not baked: 1002"):
        nuke.render(write, 1004, 1004)
    write["first"].setValue(1003)
    nuke.this = {"node": write}
    nuke.callbacks["BeforeRender"][0][0]()
    nuke.frame_now = 1002
    with pytest.raises(RuntimeError, match="frame 1002 is not baked"):
        nuke.callbacks["BeforeFrameRender"][0][0]()


def test_in_a_gui_the_frames_that_are_there_render_and_others_stop_at_their_own(nuke, baked, tmp_path):
    """Nuke's dialog asks for the frames: a callback before the render cannot know them."""
    nuke.module.GUI = True
    write = write_behind(nuke, baked.node, tmp_path)
    for frame in (1001, 1003, 1004):
        (baked.folder / f"{baked.node.name()}.{frame}.exr").unlink()
    nuke.render(write, 1002, 1002)
    with pytest.raises(RuntimeError, match="frame 1003 is not baked"):
        nuke.render(write, 1002, 1004)
    (baked.folder / f"{baked.node.name()}.1002.exr").unlink()
    with pytest.raises(RuntimeError, match="4 of 4 frames are not baked: 1001-1004"):
        nuke.render(write, 1002, 1002)


@pytest.mark.parametrize(("told", "stops"), [
    (["-F", "1002"], False), (["-F", "1001", "-F", "1003-1004x1"], False), (["-F", "1001 1003"], False),
    (["-F", "1001-1004x2"], False), (["-F", "1004-1005"], True), (["-F", "all"], True), ([], True)])
def test_in_a_terminal_the_frames_of_its_command_line_count(nuke, baked, tmp_path, told, stops):
    write = write_behind(nuke, baked.node, tmp_path, last=1005)
    baked.node["dub_frames"].setValue("1001-1005")
    nuke.module.rawArgs += ["-X", write.name(), *told, "comp.nk"]
    nuke.this = {"node": write}
    before_render = nuke.callbacks["BeforeRender"][0][0]
    if stops:
        with pytest.raises(RuntimeError, match="frames are not baked: 1005"):
            before_render()
    else:
        before_render()


def test_of_a_switch_that_is_held_only_the_chosen_branch_has_to_be_baked(nuke, plugin, baked, tmp_path):
    other = plugin.create.create("dub")
    switch = nuke.make("Switch", inputs=[baked.plate, other, baked.node], which=0)
    write = write_behind(nuke, switch, tmp_path)

    def shown():
        return [node.name() for node in plugin.callbacks.shown_by(write)]

    assert shown() == []
    nuke.render(write, 1001, 1004)
    switch["which"].setValue(2)
    assert shown() == [baked.node.name()]
    switch["which"].setValue(1)
    assert shown() == [other.name()]
    with pytest.raises(RuntimeError, match=f"{other.name()} is not baked"):
        nuke.render(write, 1001, 1004)
    switch["disable"].setValue(True)
    assert set(shown()) == {other.name(), baked.node.name()}, "which it passes then is not known here"
    switch["disable"].setValue(False)
    switch["which"].setValue(7)
    assert set(shown()) == {other.name(), baked.node.name()}


def test_of_a_switch_that_changes_over_time_all_branches_have_to_be_baked(nuke, plugin, baked, tmp_path):
    other = plugin.create.create("dub")
    switch = nuke.make("Switch", inputs=[baked.plate, other], which=0)
    write = write_behind(nuke, switch, tmp_path)
    switch["which"].setExpression("frame > 1002")
    assert list(plugin.callbacks.shown_by(write)) == [other]
    switch["which"].setExpression("")
    switch["which"].setValueAt(0, 1001)
    switch["which"].setValueAt(1, 1004)
    assert list(plugin.callbacks.shown_by(write)) == [other]


def test_a_dub_node_inside_another_group_stops_a_render_too(nuke, plugin, tmp_path):
    group = nuke.make("Group")
    with group:
        nuke.make("Output", inputs=[plugin.create.create("dub")])
    with pytest.raises(RuntimeError, match="is not baked"):
        nuke.render(write_behind(nuke, group, tmp_path), 1, 1)


@pytest.mark.parametrize("grouped", [False, True])
def test_a_baked_chain_renders_though_the_nodes_above_have_no_bake_of_their_own(
        nuke, plugin, chain, tmp_path, grouped):
    last = chain["composite"]
    shown = plugin.dub_nodes.frame_range(last)
    _, request = shot_of(plugin, last)
    states = dict.fromkeys(shown, "dubbed")
    record = plugin.cache.Record(request.identity, str(request.pattern), list(shown), states)
    record.save(request.pattern.parent)
    for frame in shown:
        source = chain["plate"]["file"].evaluate(frame)
        shutil.copy(source, request.pattern.parent / f"{last.name()}.{frame}.exr")
    plugin.bake.apply(request, record)
    if grouped:
        group = nuke.make("Group")
        with group:
            nuke.make("Output", inputs=[last])
    write = write_behind(nuke, group if grouped else last, tmp_path)
    assert [node.name() for node in plugin.callbacks.shown_by(write)] == [last.name()]
    nuke.render(write, 1001, 1004)
    (request.pattern.parent / f"{last.name()}.1002.exr").unlink()
    with pytest.raises(RuntimeError, match="1 of 4 frames are not baked: 1002"):
        nuke.render(write, 1001, 1004)


def test_the_plate_of_a_dub_node_is_another_whose_bake_is_needed_too(nuke, plugin, baked, tmp_path):
    second = plugin.create.create("dub")
    second.setInput(0, baked.node)
    shown = plugin.callbacks.shown_by(write_behind(nuke, second, tmp_path))
    assert [node.name() for node in shown] == [second.name(), baked.node.name()]


def test_nothing_is_written_to_any_knob_while_rendering(nuke, plugin, baked, tmp_path):
    write = write_behind(nuke, baked.node, tmp_path)
    before = knobs_of(nuke)
    nuke.this = {"node": write}
    for event in ("BeforeRender", "BeforeFrameRender"):
        nuke.frame_now = 1001
        for call, _ in nuke.callbacks[event]:
            call()
    assert knobs_of(nuke) == before


@pytest.mark.parametrize("knob", ["warp_lip_margin", "composite_feather", "drive_from_video_shift"])
def test_a_changed_knob_of_the_bake_marks_the_node(plugin, baked, knob):
    baked.node[knob].setValue(0.5)
    assert baked.node["dub_status"].value() == plugin.status.STALE
    assert baked.node["tile_color"].value() == plugin.status.CHANGED


@pytest.mark.parametrize(
    "knob", ["composite_amount", "live_feather", "live_grow", "patch_gain", "flow_scale"])
def test_a_live_knob_marks_nothing(plugin, baked, knob):
    baked.node[knob].setValue(0.5)
    assert baked.node["tile_color"].value() == plugin.status.PLAIN


@pytest.mark.parametrize("knob", ["check", "bake", "disable", "dub_cache", "dub_frames"])
def test_what_no_frame_depends_on_marks_nothing(nuke, plugin, baked, knob):
    nuke.this = {"node": baked.node, "knob": baked.node[knob]}
    plugin.callbacks.knob_changed()
    assert baked.node["tile_color"].value() == plugin.status.PLAIN


def test_another_input_marks_the_node_and_a_roto_on_mask_does_not(nuke, plugin, baked):
    mask = plugin.dub_nodes.input_number(baked.node, "mask")
    baked.node.setInput(mask, nuke.make("Constant"))
    assert baked.node["tile_color"].value() == plugin.status.PLAIN
    baked.node.setInput(0, nuke.make("Grade", inputs=[baked.plate]))
    assert baked.node["dub_status"].value() == plugin.status.STALE
    assert baked.node["tile_color"].value() == plugin.status.CHANGED


def test_the_menu_has_what_there_is_and_nothing_else(nuke, plugin):
    plugin.menus.build()
    entries = nuke.menus["Nodes"].entries["Dub"].entries
    assert next(iter(entries)) == "Dub"
    assert {"Dub Landmark Mask", "Dub Composite", "Dub Track Face", "Dub Warp Flow (Mesh)"} <= set(entries)
    exec(entries["Dub Landmark Mask"], {})
    assert nuke.find("DubLandmarkMask1") is not None


def test_a_new_node_takes_range_and_start_from_the_script(nuke, plugin):
    nuke.script["first_frame"].setValue(1009)
    nuke.script["last_frame"].setValue(1040)
    node = plugin.create.create("dub")
    assert node["dub_frames"].value() == "1009-1040"
    assert node["drive_from_video_start"].value() == 1009


def test_damaged_settings_are_named(plugin, monkeypatch, tmp_path):
    path = tmp_path / "settings.json"
    monkeypatch.setattr(plugin.settings, "FILE", path)
    path.write_text("{")
    with pytest.raises(ValueError, match="delete it"):
        plugin.settings.read()
    path.write_text('{"python": "/a/python", "cache": "/c"}')
    assert plugin.settings.python_path() == "/a/python"
    plugin.settings.write(cache="/d")
    assert plugin.settings.cache_folder() == "/d"
    assert plugin.settings.python_path() == "/a/python"


def test_between_single_frames_the_plate_passes_and_a_whole_bake_with_a_hole_is_an_error(plugin, baked):
    read = plugin.dub_nodes.read_node(baked.node)
    assert read["on_error"].value() == "error"
    _, request = plugin.request.look(baked.node, plugin.dub_nodes.frame_range(baked.node))
    states = {1001: "dubbed", 1004: "dubbed"}
    gaps = plugin.cache.Record(request.identity, str(request.pattern), sorted(states), states)
    plugin.bake.apply(request, gaps)
    assert read["on_error"].value() == "black"


def test_an_upgraded_node_shows_single_frames_as_it_did(nuke, plugin, baked):
    read = plugin.dub_nodes.read_node(baked.node)
    plugin.bake.set_range(read, [1001, 1004])
    name = baked.node.name()
    nuke.press(baked.node, "dub_upgrade")
    new = nuke.find(name)
    assert new is not baked.node
    assert plugin.dub_nodes.read_node(new)["on_error"].value() == "black"


def test_an_upgraded_node_stays_off_and_keeps_the_artists_label(nuke, plugin, baked):
    baked.node["disable"].setValue(True)
    baked.node["label"].setValue("hero, take 2")
    name = baked.node.name()
    nuke.press(baked.node, "dub_upgrade")
    new = nuke.find(name)
    assert new is not baked.node
    assert new["disable"].value() and new["label"].value() == "hero, take 2"
