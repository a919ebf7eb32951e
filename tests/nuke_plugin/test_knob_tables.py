"""docs/nuke.md names every knob of every group, as a script has it, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from nuke_stand_in.script_graph import load_file

from nuke_plugin.dub_nuke import names
from nuke_plugin.dub_nuke.recipe_knobs import knobs_of
from shared_core.spec.catalogue import load_catalogue
from shared_core.spec.recipes import RECIPES

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "nuke_plugin" / "groups").glob("*.nk"))
PAGE = (ROOT / "docs" / "nuke.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (.*)\n((?:(?!###? ).*\n)*)", PAGE, re.MULTILINE))
ROW = re.compile(r"^\| (?:[^|`]* )?`(\w+)` \| (.*) \|$", re.MULTILINE)
LIST = re.compile(r"^(?:File knobs|Further): .*$", re.MULTILINE)
WHOLE, SOME = "The Dub node's own", "On some nodes alone"


def section(name):
    return SECTIONS[WHOLE if name == names.WHOLE else f"Dub {load_catalogue()[name].label}"]


def named(text):
    listed = [name for line in LIST.findall(text) for name in re.findall(r"`(\w+)`", line)]
    return [*(name for name, _ in ROW.findall(text)), *listed]


def visible(path):
    (group,) = load_file(path)
    return [one.name for one in group.user_knobs.values()
            if one.number != 20 and "+INVISIBLE" not in one.flags]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_visible_knob_of_a_group_stands_in_its_section_once_and_no_other(path):
    assert sorted(named(section(path.stem))) == sorted(visible(path))


def test_what_only_some_nodes_have_is_explained_once_with_who_has_it():
    labels = {operator.label: name for name, operator in load_catalogue().items()}
    rows = dict(ROW.findall(SECTIONS[SOME]))
    assert {"analyse", "dub_region", "matte_mode"} <= set(rows)
    for knob, rest in rows.items():
        owners, _, told = rest.split(" | ")
        assert told
        for label in owners.split(", "):
            assert knob in visible(ROOT / "nuke_plugin" / "groups" / f"{labels[label]}.nk")


def test_every_knob_is_explained_in_its_row_or_where_the_head_of_its_fold_leads():
    own = {one.name for recipe in RECIPES for one in knobs_of(recipe)}
    told = {name for name, rest in ROW.findall(PAGE) if rest.endswith((".", "live", "keyed"))}
    for path in FILES:
        declared = {spec.name for spec in load_catalogue()[path.stem].knobs} if path.stem != "dub" else own
        assert set(visible(path)) - declared <= told, path.stem
    heads = re.findall(r"^\| \*\*.*\*\* \| \| as on \[(.*?)\]\(#(.*?)\) \|$", section("dub"), re.MULTILINE)
    assert len(heads) > 10
    for title, anchor in heads:
        assert title in SECTIONS
        assert anchor == re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_dub_nodes_knobs_stand_there_with_what_the_recipe_begins_with(recipe):
    rows = dict(ROW.findall(section("dub")))
    for one in knobs_of(recipe):
        default = rows[one.name].partition(" | ")[0]
        if one.spec.kind == "bool":
            assert default == ("on" if one.default else "off")
        elif one.spec.kind in ("float", "int"):
            assert float(default) == pytest.approx(one.default)
        else:
            assert default == (one.default or "empty")


def test_a_default_of_a_recipe_that_is_not_the_operators_is_told():
    assert "| Edge (% of mouth width) `iptalker_inpaint_edge` | 15 |" in section("dub")
    assert "| 0 % of mouth width |" in section("spade_inpaint")
