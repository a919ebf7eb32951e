"""The native node group, in each Blender, against formulas; and what the extension registers."""

from __future__ import annotations

import pytest

from blender_addon.asset_groups import CATALOGUE_NAME, groups_to_make
from shared_core.spec.catalogue import load_catalogue

ROUNDING = 1e-6
ELSEWHERE = {("composite", "amount"), ("align_transcript", "transcript")}
RECIPES_OWN = {"spade_inpaint": ["edge_iptalker"]}
KINDS = [group.kind for group in groups_to_make()]


def test_the_live_composite_is_its_formula_and_outside_the_matte_the_plate_stands(
    each_blender, fake_python
):
    found = each_blender.play("live", core=fake_python)
    assert found["unbaked"], "a group without a bake is the plate"
    assert found["bake"] == "FINISHED"
    for name in ("baked", "amount", "grade"):
        assert found[name]["outside"] and found[name]["alpha"], name
        assert found[name]["inside"] < ROUNDING, name
    assert found["amount_0"]
    assert found["feather"] < 2e-3
    assert max(found["views"].values()) < ROUNDING
    assert [off < ROUNDING and zero for off, zero in found["modes"]] == [True] * 5


def test_before_the_first_baked_frame_and_after_the_last_the_plate_passes(each_blender, fake_python):
    found = each_blender.play("beside_the_bake", core=fake_python)
    assert found["bake"] == "FINISHED"
    assert found["stands"] == {"1001": True, "1002": True, "1003": False, "1005": True, "1006": True}


def test_maps_of_the_passes_mean_in_blender_what_they_mean_in_the_files(each_blender):
    found = each_blender.play("conventions")
    assert found["map_uv"] < 1e-4 and found["displace"] < 1e-4


def test_every_knob_is_a_property_with_its_range_default_and_keys(each_blender):
    found = each_blender.play("registers", kinds=KINDS)
    catalogue = load_catalogue()
    assert set(found["properties"]) == set(catalogue)
    for name, operator in ((name, catalogue[name]) for name in found["properties"]):
        shown = [spec for spec in operator.knobs if (name, spec.name) not in ELSEWHERE]
        own = set(RECIPES_OWN.get(name, ()))
        assert set(found["properties"][name]) - own == {spec.name for spec in shown}
        assert own <= set(found["properties"][name])
        for spec in shown:
            _check_property(found["properties"][name][spec.name], spec, f"{name}.{spec.name}")


def _check_property(rule, spec, where):
    assert rule["animatable"] == spec.knob.keyable, where
    assert rule["name"].startswith(spec.knob.label) and spec.knob.help.rstrip(".") in rule["help"], where
    if spec.kind in ("float", "int"):
        assert rule["default"] == pytest.approx(spec.default), where
        if spec.knob.hard:
            assert rule["hard"] == pytest.approx(list(spec.knob.hard)), where
        if spec.knob.soft:
            assert rule["soft"] == pytest.approx(list(spec.knob.soft)), where
    elif spec.kind == "choice":
        assert (rule["default"], rule["choices"]) == (spec.default, list(spec.knob.choices)), where
    elif spec.kind in ("text", "frames", "bool"):
        assert rule["default"] == spec.default, where


def test_nothing_is_left_when_the_extension_goes_or_its_nodes_are_deleted(each_blender):
    found = each_blender.play("registers", kinds=KINDS)
    assert found["libraries"].count("Dubnodes") == 1
    assert found["left_after_delete"] == []
    assert "Dubnodes" not in found["after"].pop("libraries")
    assert found["after"] == {"operators": [], "property": False, "handlers": []}


def test_the_groups_have_the_sockets_that_the_declarations_name(each_blender):
    """Make the asset file again with: make blender-assets"""
    found = each_blender.play("registers", kinds=KINDS)
    assert found["in_the_file"] == [sorted(group.label for group in groups_to_make()), CATALOGUE_NAME]
    groups = found["groups"]
    assert list(groups) == KINDS
    for group in groups_to_make():
        inputs, outputs = groups[group.kind]
        wanted = ["Image", "Patch", "Matte"] if group.live else []
        assert outputs == [*wanted, *(view.label for view in group.views)], group.kind
        if group.live:
            knobs = [spec.knob.label for spec in load_catalogue()["composite"].knobs]
            assert knobs[0] in inputs and {"Feather", "Exposure", "Gain", "Saturation"} <= set(inputs)
        else:
            assert inputs == []
