"""From connected nodes to a shot file."""

from __future__ import annotations

import json

import pytest
from shared_nuke import FRAMES, shot_of

from shared_core.spec.errors import ColourError, ShotError
from shared_core.spec.frames import FrameRange


def test_a_chain_of_nodes_becomes_one_shot_with_no_picture_between(nuke, plugin, chain):
    shot, _ = shot_of(plugin, chain["composite"])
    assert {node.operator for node in shot.nodes.values()} == {
        "track_face", "drive_from_video", "references", "landmark_mask", "warp_flow_mesh", "composite"}
    assert set(shot.media) == {"plate", "clip_driver"}
    assert shot.output.passes.keys() == {"dub", "dub_raw", "dub_matte", "dub_st", "dub_flow", "dub_ref_st"}
    assert nuke.executed == [], "EXR sequences are read where they lie"


def test_a_plate_that_a_dub_node_has_moved_is_its_output_and_no_picture(nuke, plugin, chain):
    moved = plugin.create.create("warp_plate")
    sources = {"plate": chain["plate"], "track": chain["track_face"], "drive": chain["drive_from_video"]}
    for name, source in sources.items():
        moved.setInput(plugin.dub_nodes.input_number(moved, name), source)
    mesh = chain["warp_flow_mesh"]
    mesh.setInput(plugin.dub_nodes.input_number(mesh, "plate"), moved)
    shot, _ = shot_of(plugin, chain["composite"])
    assert shot.nodes["DubWarpFlowMesh1"].inputs["plate"] == "DubWarpPlate1.plate"
    assert shot.nodes["DubWarpPlate1"].inputs["plate"] == "@plate"
    assert set(shot.media) == {"plate", "clip_driver"}
    assert nuke.executed == []


def test_dots_between_nodes_change_nothing(nuke, plugin, chain):
    before, _ = shot_of(plugin, chain["composite"])
    dot = nuke.make("Dot", inputs=[chain["warp_flow_mesh"]])
    chain["composite"].setInput(1, dot)
    assert shot_of(plugin, chain["composite"])[0] == before


@pytest.mark.parametrize(
    "name", ["track_face", "drive_from_video", "references", "landmark_mask", "warp_flow_mesh"])
def test_a_chain_that_ends_earlier_is_completed_to_a_shot_that_can_be_run(plugin, chain, name):
    shot, request = shot_of(plugin, chain[name])
    assert shot.nodes[plugin.wiring.identifier(chain[name].name())].operator == name
    assert shot.output.path.startswith("frames/v001-")
    assert "dub_matte" in shot.output.passes


def test_a_knob_that_is_not_its_default_is_in_the_shot(plugin, chain):
    chain["warp_flow_mesh"]["lip_margin"].setValue(25)
    chain["landmark_mask"]["upper_edge"].setValue("below eyes")
    chain["landmark_mask"]["nudges"].setValue('[{"landmark": 17, "x": 2.5, "y": 0}]')
    nodes = shot_of(plugin, chain["composite"])[0].nodes
    assert nodes["DubWarpFlowMesh1"].knobs == {"lip_margin": 25.0}
    assert nodes["DubLandmarkMask1"].knobs["upper_edge"] == "below eyes"
    assert nodes["DubLandmarkMask1"].knobs["nudges"][0]["x"] == 2.5


def test_an_animated_knob_becomes_keys_over_the_frames(plugin, chain):
    for frame, value in ((1001, 0.0), (1003, 20.0)):
        chain["composite"]["feather"].setValueAt(value, frame)
    feather = shot_of(plugin, chain["composite"])[0].nodes["DubComposite1"].knobs["feather"]
    assert [feather.at(frame) for frame in FRAMES] == [0, 10, 20, 20]


def test_one_frame_alone_is_baked_from_the_same_shot_as_all_of_them(plugin, chain):
    """A keyed knob of the drive would give another drive, were it sampled at that frame alone."""
    for frame, value in ((1001, 0.5), (1004, 2.0)):
        chain["drive_from_video"]["opening_gain"].setValueAt(value, frame)
    whole = shot_of(plugin, chain["composite"])
    one = shot_of(plugin, chain["composite"], FrameRange.parse("1003"))
    assert whole[0] == one[0]
    assert str(one[1].frames) == "1003"


def test_live_knobs_reach_the_core_neutral_and_change_no_bake(plugin, chain):
    node = chain["composite"]
    _, before = shot_of(plugin, node)
    node["amount"].setValue(0.3)
    node["live_feather"].setValue(8)
    node["dub_view"].setValue("matte")
    shot, after = shot_of(plugin, node)
    assert shot.nodes["DubComposite1"].knobs["amount"] == 1.0
    assert after.identity == before.identity


@pytest.mark.parametrize(
    "change", ["knob", "upstream knob", "upstream matte mode", "file", "grade above", "look at"]
)
def test_whatever_the_frames_depend_on_gives_them_another_folder(nuke, plugin, chain, change, tmp_path):
    _, before = shot_of(plugin, chain["composite"])
    if change == "knob":
        chain["composite"]["feather"].setValue(3)
    elif change == "upstream knob":
        chain["track_face"]["smoothing"].setValue(3)
    elif change == "upstream matte mode":
        chain["landmark_mask"]["matte_mode"].setValue("add")
    elif change == "file":
        path = tmp_path / "plates" / "plate" / "plate.1002.exr"
        path.write_bytes(path.read_bytes() + b" ")
    elif change == "grade above":
        grade = nuke.make("Grade", white=2.0, inputs=[chain["plate"]])
        chain["track_face"].setInput(0, grade)
    else:
        chain["composite"]["dub_analysis"].setValue("1001-1003")
    _, after = shot_of(plugin, chain["composite"])
    assert after.pattern.parent != before.pattern.parent


def test_frames_and_the_graphs_looks_change_no_bake(plugin, chain):
    _, before = shot_of(plugin, chain["composite"])
    chain["composite"].setXYpos(300, 40)
    chain["plate"]["label"].setValue("the plate")
    chain["composite"]["dub_frames"].setValue("1001-1002")
    _, after = shot_of(plugin, chain["composite"], FrameRange.parse("1001-1002"))
    assert after.pattern == before.pattern


def test_a_graded_plate_is_rendered_once_and_again_when_it_changes(nuke, plugin, chain):
    grade = nuke.make("Grade", white=2.0, inputs=[chain["plate"]])
    for name in ("track_face", "references", "warp_flow_mesh", "composite"):
        chain[name].setInput(0, grade)
    shot, _ = shot_of(plugin, chain["composite"])
    assert nuke.executed == [(1001, 1004)]
    assert "inputs/plate-" in shot.media["plate"].path
    shot_of(plugin, chain["composite"])
    assert nuke.executed == [(1001, 1004)], "nothing changed, nothing rendered"
    grade["white"].setValue(3.0)
    again, _ = shot_of(plugin, chain["composite"])
    assert len(nuke.executed) == 2
    assert again.media["plate"].path != shot.media["plate"].path
    assert [one for one in nuke.all_nodes(nuke.script, True) if one.Class() == "Write"] == []


def test_a_roto_above_the_baked_node_goes_to_the_core_and_one_on_it_stays_live(nuke, plugin, chain):
    roto = nuke.make("Constant", color=1.0)
    mask = chain["landmark_mask"]
    mask.setInput(plugin.dub_nodes.input_number(mask, "mask"), roto)
    mask["matte_mode"].setValue("add")
    shot, _ = shot_of(plugin, chain["composite"])
    assert shot.nodes["DubLandmarkMask1"].inputs["matte"] == "@mask_Constant1"
    assert shot.nodes["DubLandmarkMask1"].knobs["matte_mode"] == "add"
    own, _ = shot_of(plugin, mask)
    assert "matte" not in own.nodes["DubLandmarkMask1"].inputs


def test_the_chosen_matte_is_the_one_that_a_connected_node_takes(plugin, chain):
    chain["landmark_mask"]["dub_region"].setValue("full_face")
    shot, _ = shot_of(plugin, chain["composite"])
    assert shot.nodes["DubComposite1"].inputs["matte"] == "DubLandmarkMask1.full_face"


def test_the_scripts_colour_goes_to_the_worker(nuke, plugin, chain, tmp_path):
    assert shot_of(plugin, chain["composite"])[0].colour.working == "lin_rec709"
    config = tmp_path / "config.ocio"
    config.write_text("ocio_profile_version: 2\n")
    nuke.script["colorManagement"].setValue("OCIO")
    nuke.script["customOCIOConfigPath"].setValue(str(config))
    shot, _ = shot_of(plugin, chain["composite"])
    assert shot.colour.config == str(config)
    nuke.script["OCIO_config"].setValue("studio")
    with pytest.raises(ColourError, match="'studio' was not found"):
        shot_of(plugin, chain["composite"])


@pytest.mark.parametrize("place", ["studio/config.ocio", "studio.ocio"])
def test_a_config_that_comes_with_nuke_is_found(nuke, plugin, chain, tmp_path, monkeypatch, place):
    config = tmp_path / "plugins" / "OCIOConfigs" / "configs" / place
    config.parent.mkdir(parents=True)
    config.write_text("ocio_profile_version: 2\n")
    monkeypatch.setattr(plugin.script_colour.nuke, "EXE_PATH", str(tmp_path / "Nuke15.1"))
    nuke.script["colorManagement"].setValue("OCIO")
    nuke.script["OCIO_config"].setValue("studio")
    assert shot_of(plugin, chain["composite"])[0].colour.config == str(config)


@pytest.mark.parametrize(("chosen", "working"), [
    ("", "scene_linear"), ("scene_linear", "scene_linear"), ("default (scene_linear)", "scene_linear"),
    ("scene_linear (ACES - ACEScg)", "scene_linear"), ("ACES2065-1", "ACES2065-1"),
    ("compositing_linear (ACES - ACEScg)", "compositing_linear"), ("Linear (sRGB)", "Linear (sRGB)")])
def test_the_scripts_working_space_is_the_shots(nuke, plugin, chain, tmp_path, chosen, working):
    """Pictures in the script are in it, and so are those that go to the core and come back."""
    config = tmp_path / "config.ocio"
    config.write_text("ocio_profile_version: 2\n")
    nuke.script["colorManagement"].setValue("OCIO")
    nuke.script["customOCIOConfigPath"].setValue(str(config))
    nuke.script["workingSpaceLUT"].setValue(chosen)
    shot, _ = shot_of(plugin, chain["composite"])
    assert shot.colour.working == working
    spaces = {medium.colourspace for medium in shot.media.values() if medium.path.endswith(".exr")}
    assert spaces == ({""} if working == "scene_linear" else {working})


def test_a_changed_node_marks_the_baked_ones_that_run_it(plugin, chain):
    for name in ("landmark_mask", "composite"):
        chain[name]["dub_baked"].setValue(True)
    chain["track_face"]["cover_sensitivity"].setValue(0.7)
    said = {name: chain[name]["dub_status"].value() for name in ("landmark_mask", "composite", "track_face")}
    assert said["landmark_mask"] == said["composite"] == plugin.status.STALE
    assert said["track_face"] != plugin.status.STALE


def test_the_whole_pipeline_writes_its_recipe_with_every_knob(nuke, plugin, chain):
    node = plugin.create.create("dub")
    node.setInput(0, chain["plate"])
    node.setInput(1, chain["driver"])
    node["warp_lip_margin"].setValue(30)
    node["drive_from_video_opening_gain"].setValue(1.5)
    shot, _ = shot_of(plugin, node)
    assert shot.nodes["drive"].operator == "drive_from_video"
    assert shot.nodes["drive"].knobs == {"start": 1001, "opening_gain": 1.5}
    assert shot.nodes["warp"].knobs == {"lip_margin": 30.0}
    node["dub_performance"].setValue("voice")
    with pytest.raises(ShotError, match="Voice"):
        shot_of(plugin, node)
    node["voice_file"].setValue("/sounds/voice.wav")
    assert shot_of(plugin, node)[0].nodes["drive"].operator == "drive_from_audio"


def test_a_driver_that_is_a_sequence_stays_one_at_every_frame(nuke, plugin, chain):
    node = plugin.create.create("dub")
    node.setInput(0, chain["plate"])
    pattern = chain["driver"]["file"].value()
    node["driver_file"].setValue(pattern)
    shot, before = shot_of(plugin, node)
    assert shot.media["driver"].path == pattern.replace("####", "%04d")
    nuke.frame_now = 3
    assert shot_of(plugin, node)[1].identity == before.identity


def test_two_nodes_of_the_same_name_in_two_groups_have_caches_of_their_own(nuke, plugin, chain):
    group = nuke.make("Group")
    with group:
        inner = plugin.create.create("track_face")
    inner.setInput(0, chain["plate"])
    assert inner.name() == chain["track_face"].name()
    assert plugin.cache.folder_of(inner) != plugin.cache.folder_of(chain["track_face"])


def test_the_shot_file_is_what_the_command_line_reads(plugin, chain):
    shot, request = shot_of(plugin, chain["composite"])
    assert json.loads(request.shot.read_text(encoding="utf-8"))["dubnodes"] == 1
    assert str(shot.frames) == "1001-1004"
