"""Bake with the real worker on real footage: what the artist gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from baked_comp import FIRST, LAST, frames_of, press, state, wait
from nuke_stand_in.evaluate import picture_of

pytestmark = [pytest.mark.hosts, pytest.mark.slow]


def test_bake_points_the_read_at_the_result_and_says_what_became_of_it(comp):
    press(comp)
    assert frames_of(comp) == list(range(FIRST, LAST + 1))
    assert state(comp).startswith(f"Baked {FIRST}-{LAST}: 10 dubbed")
    assert comp.node["tile_color"].value() == comp.plugin.status.PLAIN
    assert comp.nuke.messages == []
    assert len(comp.nuke.asked) == 1
    assert "10 frames, about" in comp.nuke.asked[0]
    assert "are free" in comp.nuke.asked[0]
    stages = {message.partition(":")[0] for message, _ in comp.nuke.progress}
    assert "render" in stages
    assert any("left" in message for message, _ in comp.nuke.progress)


def test_nothing_changed_means_nothing_baked(comp):
    press(comp)
    read = comp.plugin.dub_nodes.read_node(comp.node)
    path, steps = Path(read["file"].evaluate(FIRST)), len(comp.nuke.progress)
    before = path.stat().st_mtime_ns
    press(comp)
    assert path.stat().st_mtime_ns == before
    assert len(comp.nuke.progress) == steps, "no job was sent"
    assert len(comp.nuke.asked) == 1


def test_the_current_frame_alone_and_then_what_is_missing(comp):
    comp.nuke.frame_now = 1004
    press(comp, "bake_frame")
    assert frames_of(comp) == [1004]
    assert "1004: 1 dubbed" in state(comp)
    comp.node["dub_frames"].setValue("1003-1006")
    press(comp, "bake_missing")
    assert frames_of(comp) == [1003, 1004, 1005, 1006]


def test_the_current_frame_of_a_range_is_shown_before_the_rest(comp, monkeypatch):
    shown = []
    real = comp.plugin.bake.apply
    monkeypatch.setattr(comp.plugin.bake, "apply", lambda request, record: (
        shown.append(sorted(record.states)), real(request, record)))
    comp.nuke.frame_now = 1007
    press(comp)
    assert shown[0] == [1007]
    assert shown[-1] == list(range(FIRST, LAST + 1))


def test_a_changed_knob_bakes_beside_and_undo_shows_the_last_bake_again(comp):
    press(comp)
    read = comp.plugin.dub_nodes.read_node(comp.node)
    first = read["file"].value()
    comp.node["composite_feather"].setValue(3)
    assert state(comp) == comp.plugin.status.STALE
    press(comp)
    second = read["file"].value()
    assert "v002-" in second
    assert first != second
    comp.nuke.undo()
    assert read["file"].value() == first, "one bake is one step"
    assert Path(read["file"].evaluate(FIRST)).is_file(), "undo deletes nothing, nor did the new bake"


def test_a_graded_plate_is_baked_from_what_the_comp_shows(comp):
    grade = comp.nuke.make("Grade", white=2.0, inputs=[comp.plate])
    comp.node.setInput(0, grade)
    comp.node["dub_frames"].setValue("1003-1005")
    press(comp)
    shown, plate = picture_of(comp.node, 1004), picture_of(grade, 1004)
    difference = np.abs(shown.channel("rgba.red") - plate.channel("rgba.red"))
    assert difference.max() > 0.02
    assert np.median(difference) == 0
    ratio = np.median(shown.channel("rgba.red")) / np.median(picture_of(comp.plate, 1004).channel("rgba.red"))
    assert ratio == pytest.approx(2, rel=0.05)


def test_an_older_node_is_upgraded_with_its_knobs_keys_wires_and_bake(comp):
    press(comp)
    node = comp.node
    node["composite_amount"].setValueAt(0.0, FIRST)
    node["composite_amount"].setValueAt(1.0, LAST)
    node["patch_gain"].setValue(1.25)
    below = comp.nuke.make("Dot", inputs=[node])
    node["dub_made"].setValue("0000deadbeef")
    name = node.name()
    comp.plugin.callbacks.show_upgrade(node)
    assert node["dub_upgrade"].visible()
    before = comp.plugin.dub_nodes.read_node(node)["file"].value()
    comp.nuke.press(node, "dub_upgrade")
    new = below.input(0)
    assert new is not node
    assert new.name() == name
    assert new.input(0) is comp.plate
    assert new["composite_amount"].getValueAt(1005.5) == pytest.approx(0.5)
    assert new["patch_gain"].value() == 1.25
    assert comp.plugin.dub_nodes.read_node(new)["file"].value() == before
    assert not comp.plugin.create.is_outdated(new)
    comp.nuke.press(new, "check")
    assert new["dub_status"].value().startswith("Baked")


def test_a_node_copied_to_another_script_shows_its_bake_and_bakes_to_its_own_folder(comp):
    press(comp)
    before, shown = comp.plugin.cache.folder_of(comp.node), comp.plugin.callbacks.record_of(comp.node).pattern
    comp.nuke.save_as(comp.folder / "other" / "second.nk")
    asked = len(comp.nuke.asked)
    press(comp)
    assert comp.plugin.callbacks.record_of(comp.node).pattern == shown, "nothing changed, nothing baked"
    assert len(comp.nuke.asked) == asked
    assert state(comp).startswith("Baked 1001-1010: 10 dubbed")
    comp.node["dub_frames"].setValue("1003-1004")
    comp.node["composite_feather"].setValue(4)
    press(comp)
    assert comp.plugin.cache.folder_of(comp.node) != before
    assert frames_of(comp) == [1003, 1004]


def test_a_chain_of_nodes_bakes_in_one_job_to_the_same_pixels_as_the_whole_pipeline(comp):
    comp.node["dub_frames"].setValue("1003-1005")
    press(comp)
    create, number = comp.plugin.create.create, comp.plugin.dub_nodes.input_number
    driver = comp.nuke.make("Read", file=comp.node["driver_file"].value(), first=1, last=75)
    track, dubber = create("track_face"), create("track_face")
    drive, lenders, mask = create("drive_from_video"), create("references"), create("landmark_mask")
    warp, last = create("warp_flow_mesh"), create("composite")
    wires = [
        (track, "plate", comp.plate), (dubber, "plate", driver),
        (drive, "actor", track), (drive, "driver", dubber), (drive, "driver_clip", driver),
        (lenders, "plate", comp.plate), (lenders, "track", track), (lenders, "drive", drive),
        (mask, "track", track), (mask, "drive", drive),
        (warp, "plate", comp.plate), (warp, "track", track), (warp, "drive", drive),
        (warp, "references", lenders),
        (last, "plate", comp.plate), (last, "face", warp), (last, "matte", mask), (last, "track", track),
    ]
    for node, name, source in wires:
        node.setInput(number(node, name), source)
    last["dub_frames"].setValue("1003-1005")
    comp.nuke.press(last, "bake")
    wait(comp)
    assert last["dub_status"].value().startswith("Baked")
    whole, chain = picture_of(comp.node, 1004), picture_of(last, 1004)
    for name in ("rgba.red", "rgba.green", "rgba.blue"):
        assert np.array_equal(whole.channel(name), chain.channel(name))
    mask["dub_frames"].setValue("1004")
    comp.nuke.press(mask, "bake")
    wait(comp)
    assert mask["dub_status"].value().startswith("Baked")
    shown = picture_of(mask, 1004)
    assert 300 < (shown.channel("rgba.alpha") > 0.5).sum() < 20000
    assert np.array_equal(shown.channel("rgba.red"), picture_of(comp.plate, 1004).channel("rgba.red"))
    comp.nuke.press(track, "analyse")
    wait(comp)
    assert track["dub_status"].value().startswith("Analysed")


def test_a_bake_in_a_folder_that_artists_have_is_the_same(baked, comp, tmp_path):
    """Spaces, quotes, brackets, a dollar and letters beyond ASCII, with the real worker."""
    folder = tmp_path / "Söhne's \"cut\" [v2] {a} $HOME"
    folder.mkdir()
    comp.nuke.save_as(folder / "Schuß 3's [b].nk")
    comp.node["dub_frames"].setValue("1004")
    press(comp)
    assert state(comp).startswith("Baked 1004: 1 dubbed"), state(comp)
    assert str(folder) in comp.plugin.dub_nodes.read_node(comp.node)["file"].evaluate(1004)
    shown, plain = picture_of(comp.node, 1004), picture_of(baked.node, 1004)
    for name in ("rgba.red", "rgba.green", "rgba.blue", "rgba.alpha"):
        assert np.array_equal(shown.channel(name), plain.channel(name))
