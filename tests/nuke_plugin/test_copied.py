"""A Dub node copied through a script's text: what it keeps, what it says of the bake, where it bakes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from nuke_stand_in.save import script_text
from shared_nuke import knobs_of, make_up_bake, shot_of

from shared_core.spec.frames import FrameRange

STATES = dict.fromkeys(range(1001, 1005), "dubbed")
BAKED = "Baked 1001-1004: 4 dubbed."


@pytest.fixture
def comp(nuke, plugin, read_of, monkeypatch, tmp_path):
    """A Read and a baked Dub node with keys, a matte mode, a grade of its patch and a cache of its own."""
    plate = read_of("plate", range(1001, 1005))
    node = plugin.create.create("dub")
    node.setInput(0, plate)
    values = {
        "driver_file": plugin.pictures.for_file_knob("/shots/it's [v2] $take.mov"), "patch_gain": 1.25,
        "dub_frames": "1001-1004", "mask_matte_mode": "subtract", "dub_cache": str(tmp_path / "bakes"),
        "warp_lip_margin": 25.0,
    }
    for knob, value in values.items():
        node[knob].setValue(value)
    node["composite_amount"].setValueAt(0.0, 1001)
    node["composite_amount"].setValueAt(1.0, 1004)
    made_up = make_up_bake(plugin, node, STATES, plate)
    monkeypatch.setattr(plugin.upstream, "_SECONDS_KEPT", -1.0)
    return SimpleNamespace(
        nuke=nuke, plugin=plugin, plate=plate, node=node, folder=made_up.folder, record=made_up.record,
        bakes=tmp_path / "bakes")


def copy(comp, tmp_path, plate=None):
    """Copy and paste: the node's text alone, its input open as where nothing is selected."""
    text = tmp_path / "clipboard.nk"
    kept = comp.node._inputs
    comp.node._inputs = [None] * len(kept)
    text.write_text(script_text([comp.node]))
    comp.node._inputs = kept
    pasted = comp.nuke.paste(str(text))
    if plate is not None:
        pasted.setInput(0, plate)
    comp.nuke.idle()
    return pasted


def said(node):
    return node["dub_status"].value()


def own_knobs(comp, node):
    """What its knobs and those of the nodes inside hold, but for its name."""
    scripts = {(name.partition(".")[2], knob): script for (name, knob), script in knobs_of(comp.nuke).items()
               if name.partition(".")[0] == node.name()}
    return {key: script for key, script in scripts.items() if key != ("", "name")}


def test_a_copy_keeps_every_knob_key_and_link_and_shows_the_same_frames(comp, tmp_path):
    pasted = copy(comp, tmp_path, comp.plate)
    assert pasted.name() == "Dub2"
    assert own_knobs(comp, pasted) == own_knobs(comp, comp.node)
    assert pasted["composite_amount"].getValueAt(1002.5) == pytest.approx(0.5)
    assert pasted["patch_gain"].value() == 1.25
    assert said(pasted) == BAKED
    assert comp.plugin.callbacks.record_of(pasted) == comp.record


def test_a_copy_at_the_same_plate_bakes_nothing_and_at_another_one_is_marked(comp, tmp_path, read_of):
    pasted = copy(comp, tmp_path, comp.plate)
    assert comp.plugin.bake.bake(pasted, FrameRange.parse("1001-1004")) is None
    assert said(pasted) == BAKED
    pasted.setInput(0, read_of("other", range(1001, 1005)))
    comp.nuke.idle()
    assert said(pasted) == comp.plugin.status.STALE
    assert said(comp.node) == BAKED


def test_a_copy_that_hangs_in_the_air_claims_nothing(comp, tmp_path):
    assert said(copy(comp, tmp_path)) == comp.plugin.status.STALE


def test_copy_and_original_write_to_folders_of_their_own(comp, tmp_path):
    pasted = copy(comp, tmp_path, comp.plate)
    files = {path: path.stat().st_mtime_ns for path in comp.folder.iterdir()}
    pasted["composite_feather"].setValue(3.0)
    _, mine = shot_of(comp.plugin, comp.node)
    _, its = shot_of(comp.plugin, pasted)
    for one, other in ((mine.folder, its.folder), (mine.shot, its.shot), (mine.pattern, its.pattern)):
        assert one != other
    assert not its.folder.is_relative_to(mine.folder) and not mine.folder.is_relative_to(its.folder)
    make_up_bake(comp.plugin, pasted, STATES, comp.plate)
    assert {path: path.stat().st_mtime_ns for path in comp.folder.iterdir()} == files
    comp.nuke.idle()
    assert said(comp.node) == said(pasted) == BAKED
    assert comp.plugin.callbacks.record_of(comp.node) == comp.record


def test_check_and_bake_missing_of_a_copy_leave_the_originals_record_alone(comp, tmp_path):
    pasted = copy(comp, tmp_path, comp.plate)
    record = (comp.folder / "bake.json").read_bytes()
    Path(comp.record.pattern.replace("####", "1002")).unlink()
    comp.nuke.press(pasted, "check")
    assert said(pasted) == "Baked 1001-1004: 4 dubbed; not there: 1002."
    assert (comp.folder / "bake.json").read_bytes() == record
    _, request = comp.plugin.request.look(pasted, FrameRange.parse("1001-1004"))
    assert request.arrived().wanting(request.frames) == [1001, 1002, 1003, 1004], "it bakes for itself"


def test_where_the_bake_cannot_be_found_a_copy_says_so_and_a_render_stops(comp, tmp_path):
    pasted = copy(comp, tmp_path, comp.plate)
    away = comp.bakes.rename(tmp_path / "unmounted")
    comp.nuke.idle()
    assert said(pasted) == comp.plugin.status.GONE
    assert pasted["tile_color"].value() == comp.plugin.status.CHANGED
    assert "its bake is not there" in comp.nuke.label_of(pasted)
    write = comp.nuke.make("Write", inputs=[pasted], file=f"{tmp_path}/out.####.exr")
    with pytest.raises(RuntimeError, match="Dub2 is not baked: bake it before rendering"):
        comp.nuke.render(write, 1001, 1001)
    comp.nuke.press(pasted, "check")
    assert said(pasted) == comp.plugin.status.GONE
    away.rename(comp.bakes)
    comp.nuke.idle()
    assert said(pasted) == BAKED


def test_in_another_script_with_another_plate_of_the_same_name_a_copy_is_marked(comp, tmp_path):
    text = tmp_path / "clipboard.nk"
    text.write_text(script_text([comp.node]))
    comp.nuke.save_as(tmp_path / "other" / "sh020.nk")
    comp.nuke.delete(comp.node)
    name = comp.plate.name()
    comp.nuke.delete(comp.plate)
    pasted = comp.nuke.paste(str(text))
    plate = pasted.input(0)
    assert plate.name() == name
    comp.nuke.idle()
    assert said(pasted) == BAKED, "the same plate: the same bake"
    plate["file"].setValue(plate["file"].value().replace("/plate/", "/sh020/"))
    comp.nuke.idle()
    assert said(pasted) == comp.plugin.status.STALE
    folder = comp.plugin.cache.folder_of(pasted)
    assert folder == comp.bakes / "sh020" / "Dub1"


@pytest.mark.parametrize("under_way", ["RENDERING", "BAKING", "SENDING", "TUNING"])
@pytest.mark.parametrize("baked", [True, False])
def test_a_node_copied_while_it_was_worked_at_says_what_is_true_of_it(comp, tmp_path, under_way, baked):
    status = comp.plugin.status
    status.show(comp.node, f"{getattr(status, under_way)} more", status.WORKING)
    if not baked:
        comp.node["dub_baked"].setValue(0)
    pasted = copy(comp, tmp_path, comp.plate)
    assert said(pasted) == (BAKED if baked else comp.plugin.names.NOT_BAKED)
    assert pasted["tile_color"].value() == status.PLAIN


def test_a_node_that_is_worked_at_goes_on_saying_so(comp, monkeypatch):
    status = comp.plugin.status
    monkeypatch.setattr(comp.plugin.background, "busy", lambda: [comp.node.name()])
    status.show(comp.node, status.BAKING, status.WORKING)
    comp.nuke.idle()
    assert said(comp.node) == status.BAKING


def test_where_no_text_of_a_panel_is_kept_the_node_finds_its_words_again(comp):
    comp.node["dub_status"].setValue(comp.plugin.names.NOT_BAKED)
    comp.nuke.idle()
    assert said(comp.node) == BAKED


def test_undo_of_a_bake_takes_its_words_with_it(comp):
    _, first = shot_of(comp.plugin, comp.node)
    comp.node["composite_feather"].setValue(3.0)
    comp.nuke.idle()
    make_up_bake(comp.plugin, comp.node, STATES, comp.plate)
    comp.nuke.idle()
    assert said(comp.node) == BAKED
    read = comp.plugin.dub_nodes.read_node(comp.node)
    comp.nuke.undo()
    assert read["file"].value() == str(first.pattern)
    comp.nuke.idle()
    assert said(comp.node) == comp.plugin.status.STALE, "the bake of the other feather"
    while comp.node["composite_feather"].value() == 3.0:
        comp.nuke.undo()
    comp.nuke.undo()
    assert not comp.node["dub_baked"].value()
    comp.nuke.idle()
    assert said(comp.node) == comp.plugin.names.NOT_BAKED


def test_a_failure_is_not_talked_over(comp):
    status = comp.plugin.status
    status.show(comp.node, "Failed: the worker ended", status.FAILED)
    comp.bakes.rename(comp.bakes.with_name("unmounted"))
    comp.nuke.idle()
    assert said(comp.node) == "Failed: the worker ended"


def test_a_copy_inside_a_group_has_a_folder_that_no_other_name_has(comp, tmp_path):
    text = tmp_path / "clipboard.nk"
    text.write_text(script_text([comp.node]))
    group = comp.nuke.make("Group")
    with group:
        inner = comp.nuke.paste(str(text))
    comp.node.setName(f"{group.name()}_{inner.name()}")
    assert comp.plugin.cache.folder_of(inner) != comp.plugin.cache.folder_of(comp.node)
