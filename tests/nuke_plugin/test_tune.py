"""Tune, with a made-up `dub` in the core's place: what is run, and which nodes get the checkpoint."""

from __future__ import annotations

import argparse
import shlex
from types import SimpleNamespace

import pytest
from shared_nuke import knobs_of, load_plugin
from submitted_comp import FRAMES, picture_file, wait

from nuke_plugin.dub_nuke import names
from shared_core.cli import tune as command
from shared_core.spec.catalogue import load_catalogue

TUNED = "/shots/sh010/checkpoints/iptalker-v001.safetensors"
SAYS = f"echo learning; echo {TUNED}; echo '{{}}'; echo {TUNED.replace('safetensors', 'png')}"
NETWORK = ("align", "warp_flow_learned", "spade_inpaint")


@pytest.fixture
def comp(gui, tmp_path, monkeypatch):
    """plate -> Track -> Drive, Faces, Mask -> Align -> Warp -> Inpaint; `dub(does)` makes up the core."""
    for frame in FRAMES:
        picture_file(tmp_path / f"p.{frame}.exr")
    plugin = load_plugin()
    gui.script["first_frame"].setValue(FRAMES[0])
    gui.script["last_frame"].setValue(FRAMES[-1])
    plate = gui.make("Read", file=f"{tmp_path}/p.####.exr", first=FRAMES[0], last=FRAMES[-1], raw=True)
    made = {name: plugin.create.create(name) for name in (
        "track_face", "drive_from_video", "reference_faces", "landmark_mask", *NETWORK)}

    def connect(name, **inputs):
        for socket, source in inputs.items():
            made[name].setInput(plugin.dub_nodes.input_number(made[name], socket), made.get(source, plate))

    connect("track_face", plate="plate")
    connect("drive_from_video", actor="track_face", driver="track_face")
    connect("reference_faces", plate="plate", track="track_face")
    connect("landmark_mask", track="track_face", drive="drive_from_video")
    connect("align", track="track_face", references="reference_faces", drive="drive_from_video")
    connect("warp_flow_learned", plate="plate", matte="landmark_mask", references="reference_faces",
            alignment="align", drive="drive_from_video")
    connect("spade_inpaint", plate="plate", matte="landmark_mask", references="reference_faces",
            motion="warp_flow_learned")
    told = tmp_path / "told"

    def dub(does):
        core = tmp_path / "python"
        core.write_text(f'#!/bin/sh\nshift 4\necho "$@" >> {shlex.quote(str(told))}\n{does}\n')
        core.chmod(0o755)
        monkeypatch.setenv("DUB_PYTHON", str(core))

    dub(SAYS)
    return SimpleNamespace(nuke=gui, plugin=plugin, made=made, node=made["spade_inpaint"], dub=dub,
                           told=lambda: told.read_text().splitlines() if told.exists() else [])


def press(comp):
    comp.nuke.press(comp.node, "tune")
    wait(comp)


def weights(comp):
    return {name: node["weights"].value() for name, node in comp.made.items() if "weights" in node.knobs()}


def identity(comp):
    return comp.plugin.request.look(comp.node, comp.plugin.dub_nodes.frame_range(comp.node))[1].identity


def test_every_operator_that_can_be_tuned_has_a_network_that_the_command_knows():
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    known = next(action.choices for action in parser._actions if action.dest == "what")
    tunable = {name for name, operator in load_catalogue().items() if operator.tunable}
    assert tunable
    for name in tunable:
        assert names.NETWORKS[name] in known


def test_the_shot_is_prepared_and_tuned_and_the_whole_chain_gets_the_checkpoint(comp):
    comp.node["tune_steps"].setValue(80)
    comp.node["tune_holdout"].setValue("1003-1004")
    steps = len(comp.nuke.undo_steps)
    press(comp)
    shot = comp.plugin.cache.folder_of(comp.node) / "shot.tune.json"
    assert shot.is_file()
    assert comp.told() == [
        f"prepare {shot}", f"tune {shot} iptalker --steps=80 --holdout=1003-1004"]
    assert weights(comp) == dict.fromkeys(NETWORK, TUNED)
    assert comp.node["dub_status"].value() == "Tuned: iptalker-v001.safetensors. Bake, to see it."
    assert "iptalker-v001.png" in comp.nuke.messages[-1], "where the sheet of before and after lies"
    assert len(comp.nuke.undo_steps) == steps + 1
    comp.nuke.undo()
    assert weights(comp) == dict.fromkeys(NETWORK, "")


def test_the_whole_pipeline_is_tuned_as_its_recipe_says_and_gets_the_checkpoint(comp, tmp_path):
    whole = comp.node = comp.plugin.create.create("dub")
    whole.setInput(0, comp.made["track_face"].input(0))
    driver = tmp_path / "driver.mov"
    driver.write_bytes(b"any")
    whole["driver_file"].setValue(str(driver))
    press(comp)
    assert "runs no network that could be tuned" in comp.nuke.messages[-1]
    assert comp.told() == []
    whole["dub_recipe"].setValue("iptalker")
    press(comp)
    shot = comp.plugin.cache.folder_of(whole) / "shot.tune.json"
    assert comp.told() == [f"prepare {shot}", f"tune {shot} iptalker --steps=200"]
    assert whole["weights"].value() == TUNED
    assert set(weights(comp).values()) == {""}, "the nodes of another chain keep theirs"
    assert whole["dub_status"].value().startswith("Tuned: iptalker-v001")


def test_another_checkpoint_is_another_bake_and_other_tuning_knobs_are_not(comp):
    before = identity(comp)
    comp.node["tune_steps"].setValue(5)
    comp.node["tune_holdout"].setValue("1001")
    assert identity(comp) == before
    comp.made["align"]["weights"].setValue(TUNED)
    assert identity(comp) != before


def test_the_checkpoint_goes_into_the_shot_as_a_file(comp):
    comp.node["weights"].setValue(TUNED)
    wired, _ = comp.plugin.request.look(comp.node, comp.plugin.dub_nodes.frame_range(comp.node))
    (name,) = wired.files
    assert wired.files[name] == TUNED
    assert wired.nodes[wired.target].inputs["weights"] == f"@{name}"


def test_a_tuning_that_fails_is_said_and_changes_no_weights(comp):
    comp.dub("echo 'dub tune: 4 frames are left to learn from; expected 25 or more' >&2; exit 2")
    before = knobs_of(comp.nuke)
    press(comp)
    assert "4 frames are left to learn from" in comp.nuke.messages[-1]
    changed = {key for key, value in knobs_of(comp.nuke).items() if before[key] != value}
    assert changed == {(comp.node.name(), "dub_status"), (comp.node.name(), "tile_color")}
    assert len(comp.told()) == 1, "nothing is tuned after a prepare that failed"


def test_cancelling_stops_it_and_changes_no_weights(comp):
    comp.dub("echo step 3 of 200; exec sleep 30")
    comp.nuke.cancel_tasks = "step 3"
    press(comp)
    assert comp.node["dub_status"].value().startswith("Stopped")
    assert set(weights(comp).values()) == {""}


def test_an_empty_input_is_said_before_anything_is_run(comp):
    comp.node.setInput(0, None)
    press(comp)
    assert "connect the plate" in comp.nuke.messages[-1]
    assert comp.told() == []


def test_a_node_that_took_the_name_of_a_deleted_one_gets_no_checkpoint(comp):
    with comp.nuke.lock:  # the main thread is the artist's until all steps are done
        comp.nuke.press(comp.node, "tune")
        comp.nuke.delete(comp.made.pop("align"))
        other = comp.plugin.create.create("align")
    wait(comp)
    assert other.name() == "DubAlign1"
    assert other["weights"].value() == ""
    assert set(weights(comp).values()) == {TUNED}
    assert comp.node["dub_status"].value().startswith("Tuned")


def test_in_another_script_nothing_is_set_and_the_checkpoint_is_said(comp, tmp_path):
    with comp.nuke.lock:
        comp.nuke.press(comp.node, "tune")
        comp.nuke.close_script(tmp_path / "other.nk")
        others = [comp.plugin.create.create(name) for name in NETWORK]
        comp.nuke.is_modified = False
    wait(comp)
    assert {node["weights"].value() for node in others} == {""}
    assert {node["dub_status"].value() for node in others} == {"Not baked."}
    assert TUNED in comp.nuke.messages[-1]
    assert comp.nuke.is_modified is False


def test_a_fault_of_our_own_at_the_end_is_said(comp, monkeypatch, capsys):
    monkeypatch.setattr(comp.plugin.tune, "for_file_knob", lambda path: 1 / 0)
    press(comp)
    assert "a fault in Dubnodes: ZeroDivisionError" in comp.node["dub_status"].value()
    assert "a fault in Dubnodes: ZeroDivisionError" in comp.nuke.messages[-1]
    assert "Traceback" in capsys.readouterr().err
