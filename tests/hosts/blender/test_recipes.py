"""The choice of a recipe, its weights, and Tune. By way of the stand-in core."""

from __future__ import annotations

import pytest

from shared_core.spec.recipes import IPTALKER_EDGE


def test_a_recipe_is_chosen_in_the_panel_and_the_bake_writes_its_shot(each_blender, fake_python):
    found = each_blender.play("recipes", core=fake_python)
    assert (found["default"], found["bake"], found["never"]) == ("geometric", "FINISHED", "stale")
    done, now, written = found["iptalker"]
    assert (done, now) == ("FINISHED", "fresh")
    nodes = written["nodes"]
    assert nodes["inpaint"] == {
        "operator": "spade_inpaint", "version": nodes["inpaint"]["version"],
        "knobs": {"edge": IPTALKER_EDGE, "texture": 0.5},
        "inputs": {name: nodes["inpaint"]["inputs"][name]
                   for name in ("plate", "matte", "references", "motion")}}
    assert nodes["mask"]["knobs"] == {"grow": 3.0}, "other knobs go along"
    assert "takes" not in written["media"], "picked for the other recipe, which keeps it"
    assert found["kept"] == ["Dub", "iptalker", 0.5]


def test_the_panel_shows_the_knobs_and_pickers_of_the_chosen_recipe(each_blender, fake_python):
    found = each_blender.play("recipes", core=fake_python)
    geometric, iptalker = found["shown"]
    assert "warp__warp_flow_mesh" in geometric and "takes_track__track_face" in geometric
    assert "neck" in geometric["mask__landmark_mask"]
    assert iptalker["inpaint__spade_inpaint"] == ["texture", "colour_match", "edge_iptalker"]
    assert iptalker["faces__reference_faces"] == ["count", "pick", "ban"]
    assert "warp__warp_flow_mesh" not in iptalker and "takes_track__track_face" not in iptalker
    assert "neck" in iptalker["mask__landmark_mask"] and iptalker["jaw__warp_plate"] == ["smooth", "reach"]
    assert found["pickers"] == [["driver", "driver_sound", "takes"], ["driver", "driver_sound", "weights"]]


def test_the_panels_draw_what_belongs_to_the_recipe(each_blender, fake_python):
    found = each_blender.play("recipes", core=fake_python)["drawn"]
    assert {"recipe", "takes", "neck", "dubnodes.bake"} <= set(found["geometric"])
    assert not {"weights", "dubnodes.tune", "edge_iptalker"} & set(found["geometric"])
    assert {"recipe", "weights", "edge_iptalker", "tune_steps", "dubnodes.tune"} <= set(found["iptalker"])
    assert not {"takes", "show_warp__warp_flow_learned"} & set(found["iptalker"]), "no knobs, no fold"
    assert "no SPADE Inpaint" in " ".join(found["not_made"]), "Dub makes the other recipe"
    assert "no SPADE Inpaint" not in " ".join(found["made"])
    assert {"source", "dubnodes.tune", "show_inpaint__spade_inpaint"} <= set(found["made"])
    assert "show_mask__landmark_mask" not in found["made"]


def test_nodes_of_a_recipes_operators_show_its_passes_and_no_others(each_blender, fake_python):
    found = each_blender.play("recipes", core=fake_python)
    assert found["attached"] == {
        "geometric": ["warp_flow_mesh"], "iptalker": ["spade_inpaint", "warp_flow_learned"]}
    assert found["views"]["generated"][:3] == pytest.approx([1.0, 0.5, 0.25], abs=1e-3)
    assert found["views"]["st"][:2] == pytest.approx([36.5 / 64, 1 - 24.5 / 48], abs=1e-3)
    assert found["views"]["reference"] == [0, 0, 0, 0], "a pass that this recipe does not write"


def test_picked_weights_make_the_bake_stale_and_reach_the_shot(each_blender, fake_python):
    found = each_blender.play("recipes", core=fake_python)
    stale, done, pixel = found["picked"]
    assert (stale, done) == ("stale", "FINISHED") and pixel[0] == pytest.approx(1.4, abs=1e-3)
    assert found["weights"] == "../../../Gewichte é/w-v004.safetensors"
    assert "w-v004.safetensors' is not there; pick the file again" in found["gone"]
    assert found["back"][:2] == ["FINISHED", "v001"], "the first recipe's frames are found where they were"
    assert set(found["back"][2]) == {"plate", "driver"}


def test_tune_picks_its_checkpoint_and_the_bake_is_stale_until_it_is_made(each_blender, fake_python):
    found = each_blender.play("tunes", core=fake_python)
    assert found["bake"] == ["FINISHED", "fresh"]
    done, weights, (now, _, text) = found["tuned"]
    assert done == "FINISHED" and weights == "//dubnodes/shot/Dub/checkpoints/iptalker-v001.safetensors"
    assert now == "stale" and "weights" in text
    assert found["numbers"] == [
        "3 steps, learnt from 30 frames", "2 held out: 21.4 to 25.0 dB in the hole"]
    assert {"dubnodes.use_weights", "dubnodes.show_sheet", found["numbers"][0]} <= set(found["drawn"])
    assert found["baked"] == ["FINISHED", "fresh", pytest.approx(1.1, abs=1e-3)]
    assert found["sheet"] == ["FINISHED", ["iptalker-v001.png"]]


@pytest.mark.hosts
def test_a_stopped_tuning_goes_on_where_it_was(blender, fake_python):
    found = blender.play("tunes", core=fake_python)
    weights, running, last = found["stopped"]
    assert "v001" in weights and running == {} and last.startswith("tune ")
    assert found["again"][0] == "FINISHED" and "v002" in found["again"][1]
    assert 2 <= found["from_step"] < 6


@pytest.mark.hosts
def test_a_checkpoint_is_chosen_among_the_shots_own_and_the_base(blender, fake_python):
    found = blender.play("tunes", core=fake_python)
    (first, first_state), (base, base_state) = found["chosen"]
    assert "v001" in first and first_state == "fresh", "what the node shows was baked with it"
    assert (base, base_state) == ("", "stale")
    assert "no sheet beside these weights" in found["no_sheet"]


@pytest.mark.hosts
def test_tune_says_what_is_wrong_and_leaves_the_weights(blender, fake_python):
    found = blender.play("tunes", core=fake_python)
    assert "the recipe geometric has no network to tune" in found["geometric"]
    assert found["polls"] == [
        {"dub": False, "spade_inpaint": False, "landmark_mask": False},
        {"dub": True, "spade_inpaint": True, "landmark_mask": False}]
    assert "Hold Out" in found["range"] and "is not a frame range" in found["range"]
    said, panel, weights = found["error"]
    assert "12 frames are left to learn from" in said and panel.startswith("not tuned: 12 frames")
    assert weights == ""
