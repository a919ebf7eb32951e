"""The recipes in the panel: what each one shows, and the shot that a bake writes for it."""

from __future__ import annotations

import pytest

from shared_core.spec.catalogue import load_catalogue
from shared_core.spec.recipes import IPTALKER_EDGE, RECIPES
from shared_core.spec.shot import read_shot, to_json


@pytest.fixture
def recipes(module):
    return module("recipe_slots")


def test_every_recipe_can_be_chosen_and_the_first_is_what_older_files_have(recipes):
    names = [name for name, _, _ in recipes.choices()]
    assert set(names) == set(RECIPES) and names[0] == recipes.DEFAULT == "geometric"
    for _, label, text in recipes.choices():
        assert label[0].isupper() and text and not text.endswith("."), "Blender adds the full stop"


def test_every_operator_has_a_place_in_the_panel(recipes):
    assert {operator for _, operator in recipes.slots().values()} == set(load_catalogue())


def test_knobs_have_the_names_that_files_from_before_the_choice_hold(recipes):
    assert {
        "track__track_face", "driver_track__track_face", "drive__drive_from_video", "takes_track__track_face",
        "references__references", "mask__landmark_mask", "warp__warp_flow_mesh", "composite__composite",
        "drive__drive_from_audio", "speech__speech_features", "phones__align_transcript",
    } <= set(recipes.slots("geometric"))
    for _, operator in recipes.slots("geometric").values():
        names = [name for name, _ in recipes.knobs_of("geometric", operator)]
        assert names == [spec.name for spec in recipes.shown_knobs(operator)]


def test_a_knob_whose_default_is_the_recipes_own_has_a_property_of_its_own(recipes):
    own = dict(recipes.knobs_of("iptalker", "spade_inpaint"))
    assert own["edge_iptalker"].default == IPTALKER_EDGE and "edge" not in own
    assert own["edge_iptalker"].name == "edge"
    masks = [dict(recipes.knobs_of(recipe, "landmark_mask")) for recipe in ("geometric", "iptalker")]
    assert set(masks[0]) == set(masks[1])


def test_a_recipe_is_asked_only_for_what_it_uses(recipes):
    uses = {(recipe, medium) for recipe in RECIPES for medium in ("takes", "own_sound", "weights")
            if recipes.has_use_for(recipe, medium)}
    assert uses == {("geometric", "takes"), ("geometric", "own_sound"), ("iptalker", "own_sound"),
                    ("iptalker", "weights")}
    made = recipes.slots_of("iptalker", ("plate", "driver", "takes", "weights"), {"sound": False})
    assert "inpaint__spade_inpaint" in made and "takes_track__track_face" not in made


def test_a_geometric_order_writes_what_it_wrote_before_there_was_a_choice(order):
    assert order().recipe == "geometric"
    data = to_json(order().shot("frames/v001"))
    assert set(data["media"]) == {"plate", "driver"}
    assert data["nodes"]["warp"]["operator"] == "warp_flow_mesh" and data["nodes"]["mask"]["knobs"] == {}
    assert order(recipe="iptalker").digest() != order().digest()


def test_an_iptalker_order_writes_the_recipe_with_its_weights_and_its_own_edge(module, order, tmp_path):
    media = module("bake_order").Media
    (tmp_path / "w 12.safetensors").write_bytes(b"weights")
    given = {**order().media, "weights": media(str(tmp_path / "w 12.safetensors"))}
    made = order(recipe="iptalker", media=given)
    first = made.digest()
    module("bake_task").write_shot(made.shot("frames/v001"), tmp_path / "cache" / "Dub" / "shot.json")
    shot = read_shot(tmp_path / "cache" / "Dub" / "shot.json")
    assert shot.media["weights"].path == "../../w 12.safetensors"
    assert {name for name, node in shot.nodes.items() if node.inputs.get("weights") == "@weights"} == {
        "align", "warp", "inpaint"}
    assert shot.nodes["inpaint"].knobs == {"edge": IPTALKER_EDGE} and not shot.nodes["mask"].knobs
    knobs = {"mask__landmark_mask": {"neck": 30.0}, "inpaint__spade_inpaint": {"edge": 0.0}}
    shot = order(recipe="iptalker", media=given, knobs=knobs).shot("frames/v001")
    assert shot.nodes["mask"].knobs == {"neck": 30.0} and shot.nodes["inpaint"].knobs == {"edge": 0.0}
    (tmp_path / "w 12.safetensors").write_bytes(b"other weights")
    assert made.digest() != first, "other weights in the same file make the bake stale"
    (tmp_path / "w 12.safetensors").unlink()
    with pytest.raises(Exception, match="weights.*is not there; pick the file again"):
        made.require_media()
