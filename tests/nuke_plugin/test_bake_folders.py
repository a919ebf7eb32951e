"""Where bakes lie: no two scripts share a folder, and bakes from before that was so are found."""

from __future__ import annotations

import shutil

import pytest
from shared_nuke import FRAMES, make_up_bake, shot_of

LONG = "PRJ_EP101_SQ0100_SH0030_comp_lipsync_german_theatrical_main"
PAIRS = [
    ("комп", "кому"), ("comp-v001", "comp_v001"), (f"{LONG}_v001", f"{LONG}_v002"), ("1", "2"),
    ("a b", "a.b"),
]


def named(nuke, tmp_path, stem):
    nuke.save_as(tmp_path / f"{stem}.nk")


def baked_as_before(nuke, plugin, node, folder, tmp_path):
    """Have `node` show a bake in `folder`, where a Dubnodes of before put it."""
    made_up = make_up_bake(plugin, node, dict.fromkeys(FRAMES, "dubbed"), node.input(0))
    now = plugin.cache.folder_of(node)
    shutil.copytree(now, folder)
    frames = folder / made_up.folder.relative_to(now)
    made_up.record.pattern = str(frames / f"{node.name()}.####.exr")
    made_up.record.save(frames)
    node["dub_record"].setValue(str(frames / "bake.json"))
    shutil.rmtree(now.parent)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_scripts_have_two_folders(nuke, plugin, whole, tmp_path, one, other):
    folders = []
    for stem in (one, other):
        named(nuke, tmp_path, stem)
        folders.append(shot_of(plugin, whole)[1].folder)
        assert len(folders[-1].parent.name) <= 60
        assert folders[-1].parent.name.isascii()
    assert folders[0] != folders[1]


def test_a_script_whose_name_is_a_folders_has_the_folder_that_it_had(nuke, plugin, whole, tmp_path):
    named(nuke, tmp_path, "comp_v001")
    assert plugin.cache.folder_of(whole) == tmp_path / "dubnodes" / "comp_v001" / whole.name()


@pytest.mark.parametrize(("stem", "before"), [("комп", "n_____"), (f"{LONG}_v001", LONG + "_")])
def test_a_bake_from_before_is_found_and_stays_where_it_is(nuke, plugin, whole, tmp_path, stem, before):
    named(nuke, tmp_path, stem)
    folder = tmp_path / "dubnodes" / before[:60] / whole.name()
    baked_as_before(nuke, plugin, whole, folder, tmp_path)
    nuke.press(whole, "check")
    assert whole["dub_status"].value() == "Baked 1001-1004: 4 dubbed."
    _, request = shot_of(plugin, whole)
    assert request.folder == folder
    assert request.arrived().wanting(FRAMES) == []
    whole["composite_feather"].setValue(3)
    assert plugin.cache.folder_of(whole) == folder


def test_of_two_scripts_that_shared_a_folder_the_first_to_bake_keeps_it(nuke, plugin, whole, tmp_path):
    named(nuke, tmp_path, f"{LONG}_v001")
    folder = tmp_path / "dubnodes" / f"{LONG}_"[:60] / whole.name()
    baked_as_before(nuke, plugin, whole, folder, tmp_path)
    assert shot_of(plugin, whole)[1].folder == folder
    named(nuke, tmp_path, f"{LONG}_v002")
    assert shot_of(plugin, whole)[1].folder != folder
    named(nuke, tmp_path, f"{LONG}_v001")
    assert shot_of(plugin, whole)[1].folder == folder


def test_a_script_that_another_one_sits_in_the_folder_of_has_one_of_its_own(nuke, plugin, whole, tmp_path):
    named(nuke, tmp_path, "comp-v001")
    folder = tmp_path / "dubnodes" / "comp_v001" / whole.name()
    baked_as_before(nuke, plugin, whole, folder, tmp_path)
    assert shot_of(plugin, whole)[1].folder == folder
    named(nuke, tmp_path, "comp_v001")
    assert shot_of(plugin, whole)[1].folder != folder


def test_a_folder_that_only_looks_like_the_scripts_is_not_taken(nuke, plugin, whole, tmp_path):
    named(nuke, tmp_path, "comp_v001")
    exact = shot_of(plugin, whole)[1].folder
    (exact.parent / "script.txt").unlink()  # made before a folder said whose it is
    named(nuke, tmp_path, "comp-v001")
    assert plugin.cache.folder_of(whole) != exact


def test_a_folder_that_says_whose_it_is_says_it_of_groups_nodes_too(nuke, plugin, whole, tmp_path):
    group = nuke.make("Group")
    with group:
        node = plugin.create.create("dub")
    node.setInput(0, whole.input(0))
    node["driver_file"].setValue("/nowhere/driver.mov")
    shot_of(plugin, node)
    assert (tmp_path / "dubnodes" / "comp" / "script.txt").read_text() == "comp"
