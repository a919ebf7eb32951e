"""The whole pipeline by either recipe: the shot is that of `dub new`, and only the chosen one's knobs act."""

from __future__ import annotations

import wave

import pytest
from shared_nuke import shot_of

from nuke_plugin.dub_nuke import names
from nuke_plugin.dub_nuke.recipe_knobs import of_other_recipes
from shared_core.cli.main import main
from shared_core.spec.catalogue import load_catalogue
from shared_core.spec.errors import ShotError
from shared_core.spec.recipes import RECIPES
from shared_core.spec.shot import read_shot

PASSES = {
    "geometric": {"dub", "dub_raw", "dub_matte", "dub_st", "dub_flow", "dub_ref_st"},
    "iptalker": {"dub", "dub_raw", "dub_matte", "dub_st", "dub_flow"},
}


@pytest.fixture
def voice(tmp_path):
    path = tmp_path / "voice.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 16000, "NONE", ""))
        file.writeframes(b"\0\0" * 16000)
    return path


def told(shot):
    """What the nodes are, with every knob's value, so that a default may be written or not."""
    operators = load_catalogue()
    return {
        name: (made.operator, made.version, made.inputs, {
            **{spec.name: spec.default for spec in operators[made.operator].knobs}, **made.knobs})
        for name, made in shot.nodes.items()
    }


def of_command(tmp_path, *options):
    """The shot that `dub new` writes over the same pictures."""
    path = tmp_path / "new.json"
    plates = tmp_path / "plates"
    assert main(["new", str(path), "--plate", str(plates / "plate" / "plate.####.exr"), "--fps", "24",
                 "--frames", "1001-1004", *options]) == 0
    return read_shot(path)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("by", ["video", "voice", "weights"])
def test_the_node_writes_the_shot_that_dub_new_writes(plugin, whole, voice, tmp_path, recipe, by):
    options = ["--recipe", recipe]
    whole[names.RECIPE].setValue(recipe)
    if by == "voice":
        whole[names.PERFORMANCE].setValue("voice")
        whole["voice_file"].setValue(str(voice))
        options += ["--audio", str(voice)]
    else:
        driver = tmp_path / "plates" / "driver" / "driver.####.exr"
        options += ["--driver", str(driver), "--driver-fps", "24"]
    if by == "weights":
        checkpoint = tmp_path / "tuned.safetensors"
        checkpoint.write_bytes(b"any")
        whole["weights"].setValue(str(checkpoint))
        options += ["--weights", str(checkpoint)] if recipe == "iptalker" else []
    ours, theirs = shot_of(plugin, whole)[0], of_command(tmp_path, *options)
    assert told(ours) == told(theirs)
    assert ours.output.passes == theirs.output.passes
    assert set(ours.output.passes) == PASSES[recipe]
    assert (ours.output.image, ours.output.matte) == (theirs.output.image, theirs.output.matte)
    assert set(ours.media) == set(theirs.media)


def test_a_knob_that_the_recipe_sets_itself_begins_with_its_value_and_has_the_last_word(plugin, whole):
    whole[names.RECIPE].setValue("iptalker")
    assert whole["iptalker_inpaint_edge"].value() == 15
    assert shot_of(plugin, whole)[0].nodes["inpaint"].knobs["edge"] == 15
    for value in (30.0, 0.0):  # 0 is the operator's own default
        whole["iptalker_inpaint_edge"].setValue(value)
        assert told(shot_of(plugin, whole)[0])["inpaint"][3]["edge"] == value


@pytest.mark.parametrize(("recipe", "foreign"), [
    ("geometric", {"iptalker_inpaint_edge": 20, "faces_count": 3, "weights": "/a.safetensors"}),
    ("iptalker", {"warp_lip_margin": 9, "warp_reach": 50, "references_ban": "1002"}),
])
def test_a_knob_of_the_other_recipe_changes_nothing_and_marks_no_bake(plugin, whole, recipe, foreign):
    whole[names.RECIPE].setValue(recipe)
    before = shot_of(plugin, whole)
    plugin.bake.point(whole, plugin.dub_nodes.read_node(whole), before[1])
    for name, value in foreign.items():
        whole[name].setValue(value)
        assert name in of_other_recipes(recipe)
    assert whole["tile_color"].value() == plugin.status.PLAIN
    after = shot_of(plugin, whole)
    assert after[0] == before[0]
    assert after[1].identity == before[1].identity


def test_another_recipe_is_another_bake_and_marks_the_node(plugin, whole):
    _, before = shot_of(plugin, whole)
    plugin.bake.point(whole, plugin.dub_nodes.read_node(whole), before)
    whole[names.RECIPE].setValue("iptalker")
    assert whole["dub_status"].value() == plugin.status.STALE
    assert shot_of(plugin, whole)[1].identity != before.identity


@pytest.mark.parametrize(("knob", "value", "node", "wanted"), [
    ("inpaint_texture", 0.5, "inpaint", {"edge": 15, "texture": 0.5}),
    ("faces_pick", "1001,1003", "faces", {"pick": "1001,1003"}),
    ("drive_from_video_opening_gain", 1.5, "drive", {"opening_gain": 1.5, "start": 1001}),
])
def test_a_knob_of_the_network_reaches_its_node_and_makes_another_bake(
        plugin, whole, knob, value, node, wanted):
    whole[names.RECIPE].setValue("iptalker")
    _, before = shot_of(plugin, whole)
    whole[knob].setValue(value)
    shot, after = shot_of(plugin, whole)
    assert shot.nodes[node].knobs == wanted
    assert after.identity != before.identity


def test_a_checkpoint_goes_to_every_node_that_runs_the_network(plugin, whole):
    whole[names.RECIPE].setValue("iptalker")
    whole["weights"].setValue("/shots/a/tuned.safetensors")
    shot, _ = shot_of(plugin, whole)
    fed = {name for name, made in shot.nodes.items() if made.inputs.get("weights") == "@weights"}
    assert fed == {"align", "warp", "inpaint"}
    assert shot.media["weights"].path == "/shots/a/tuned.safetensors"


def test_takes_that_the_recipe_has_no_use_for_are_named_with_the_node(plugin, whole, read_of):
    whole[names.RECIPE].setValue("iptalker")
    whole.setInput(plugin.dub_nodes.input_number(whole, "takes"), read_of("takes", range(1, 3)))
    with pytest.raises(ShotError, match="Dub1: the recipe iptalker has no use for 'takes'"):
        shot_of(plugin, whole)
