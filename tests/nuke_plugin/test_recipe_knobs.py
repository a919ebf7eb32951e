"""The recipes' knobs and tabs on the whole pipeline's group, and nodes from before there was a choice."""

from __future__ import annotations

import pytest
from golden_scripts import GOLDEN
from nuke_stand_in.script_graph import load, load_file
from nuke_stand_in.tcl_reader import NkError

from nuke_plugin.dub_nuke import names
from nuke_plugin.dub_nuke.recipe_knobs import knobs_of
from nuke_plugin.generate import recipe_parts
from nuke_plugin.generate.__main__ import GROUPS
from shared_core.spec.errors import ShotError
from shared_core.spec.recipes import RECIPES


def visible(node):
    tabs = ("geometric_tab", "iptalker_tab", "tune_tab")
    return [name for name in tabs if node[name].visible()]


def test_the_tabs_of_the_chosen_recipe_show_and_no_others(nuke, plugin, whole):
    assert visible(whole) == ["geometric_tab"]
    whole[names.RECIPE].setValue("iptalker")
    assert visible(whole) == ["iptalker_tab", "tune_tab"]
    whole[names.RECIPE].setValue("geometric")
    assert visible(whole) == ["geometric_tab"]


def test_a_panel_that_opens_shows_the_tabs_of_its_recipe(nuke, plugin, whole):
    whole[names.RECIPE]._value = "iptalker"  # as by an expression or a script, which no callback sees
    assert visible(whole) == ["geometric_tab"]
    nuke.show_panel(whole)
    assert visible(whole) == ["iptalker_tab", "tune_tab"]


def test_every_knob_of_every_recipe_is_on_the_group_once_with_its_recipes_default():
    (group,) = load_file(GROUPS / "dub.nk")
    for recipe in RECIPES:
        for one in knobs_of(recipe):
            assert one.name in group.user_knobs
            if one.spec.kind in ("float", "int"):
                assert float(group.knobs[one.name]) == pytest.approx(float(one.default))
    recipe_parts.check_names()


def test_two_knobs_that_would_have_one_name_are_refused(monkeypatch):
    clash = {"geometric": knobs_of("geometric")[:1]}
    stranger = knobs_of("iptalker")[-1]
    clash["iptalker"] = (type(stranger)(clash["geometric"][0].name, *list(vars(stranger).values())[1:]),)
    monkeypatch.setattr(recipe_parts, "knobs_of", clash.get)
    with pytest.raises(ValueError, match="stands for"):
        recipe_parts.check_names()


@pytest.mark.parametrize(("was", "fault", "said"), [
    ("dub_recipe geometric", "dub_recipe geometri", "'geometri': expected one of geometric, iptalker"),
    ("l iptalker +HIDDEN", "l iptalker +HIDE", "'\\+HIDE' is not understood"),
    ("M {geometric iptalker}", "M {iptalker}", "'geometric': expected one of iptalker"),
    ("iptalker_inpaint_edge 15", "iptalker_inpaint_edge much", "'much': is no number"),
])
def test_a_seeded_fault_in_the_recipes_knobs_is_caught(was, fault, said):
    text = (GROUPS / "dub.nk").read_text(encoding="utf-8")
    assert was in text
    with pytest.raises(NkError, match=said):
        load(text.replace(was, fault))


def old_node(nuke):
    """A Dub node from before there was a choice of recipes, as a script of then has it."""
    return nuke.paste(str(GOLDEN / "dub_before_recipes.nk"))


def test_a_node_from_before_recipes_bakes_as_it_did_and_upgrades_with_its_knobs_and_its_bake(nuke, plugin):
    node = old_node(nuke)
    assert plugin.create.is_outdated(node)
    node["mask_neck"].setValue(33)
    node["references_ban"].setValue("1007")
    frames = plugin.dub_nodes.frame_range(node)
    wired, before = plugin.request.look(node, frames)
    assert wired.nodes["mask"].knobs["neck"] == 33
    nuke.press(node, names.UPGRADE)
    new = nuke.find("Dub1")
    assert new is not node
    assert "Not carried over" not in new["dub_status"].value()
    assert new[names.RECIPE].value() == "geometric"
    assert (new["mask_neck"].value(), new["references_ban"].value()) == (33, "1007")
    assert new["composite_amount"].isAnimated()
    again, after = plugin.request.look(new, frames)
    assert again.nodes == wired.nodes
    assert after.identity == before.identity, "the bake of then still counts"
    assert visible(new) == ["geometric_tab"]


def test_an_upgraded_node_of_the_other_recipe_shows_its_tabs(nuke, plugin, whole):
    whole[names.RECIPE].setValue("iptalker")
    whole["iptalker_inpaint_edge"].setValue(20)
    nuke.press(whole, names.UPGRADE)
    new = nuke.find("Dub1")
    assert new is not whole
    assert (new[names.RECIPE].value(), new["iptalker_inpaint_edge"].value()) == ("iptalker", 20)
    assert visible(new) == ["iptalker_tab", "tune_tab"]


def test_tuning_a_node_whose_recipe_runs_no_network_is_refused(nuke, plugin, whole):
    with pytest.raises(ShotError, match="Dub1: runs no network"):
        nuke.press(whole, "tune")
