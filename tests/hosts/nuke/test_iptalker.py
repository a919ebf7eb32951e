"""The nodes that run a network, as a chain, with the real worker on real footage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from baked_comp import FIRST, LAST, frames_of, state, wait
from nuke_stand_in.evaluate import picture_of

from shared_core import models
from shared_core.spec.errors import DubError

pytestmark = [pytest.mark.hosts, pytest.mark.slow]


@pytest.fixture
def comp(long_comp):
    """The comp before any bake, with torch and the shipped weights for its worker."""
    pytest.importorskip("torch")
    try:
        models.path("iptalker_preview")
    except DubError as error:
        pytest.skip(str(error))
    return long_comp


@pytest.fixture
def chain(comp):
    """plate, driver -> ... -> Align -> Warp Flow -> Inpaint -> Composite, by hand."""
    create, number = comp.plugin.create.create, comp.plugin.dub_nodes.input_number
    driver = comp.nuke.make("Read", file=comp.node["driver_file"].value(), first=1, last=75)
    made = {name: create(name) for name in (
        "track_face", "drive_from_video", "reference_faces", "landmark_mask", "align", "warp_flow_learned",
        "spade_inpaint", "composite")}
    made |= {"plate": comp.plate, "driver": driver, "dubber": create("track_face")}
    wires = {
        "track_face": {"plate": "plate"}, "dubber": {"plate": "driver"},
        "drive_from_video": {"actor": "track_face", "driver": "dubber", "driver_clip": "driver"},
        "reference_faces": {"plate": "plate", "track": "track_face"},
        "landmark_mask": {"track": "track_face", "drive": "drive_from_video"},
        "align": {"track": "track_face", "references": "reference_faces", "drive": "drive_from_video"},
        "warp_flow_learned": {"plate": "plate", "matte": "landmark_mask", "references": "reference_faces",
                              "alignment": "align", "drive": "drive_from_video"},
        "spade_inpaint": {"plate": "plate", "matte": "landmark_mask", "references": "reference_faces",
                          "motion": "warp_flow_learned"},
        "composite": {"plate": "plate", "face": "spade_inpaint", "matte": "landmark_mask",
                      "track": "track_face"},
    }
    for name, inputs in wires.items():
        for socket, source in inputs.items():
            made[name].setInput(number(made[name], socket), made[source])
    return made


def test_a_chain_that_runs_the_network_bakes_and_shows_it(comp, chain):
    last = chain["composite"]
    last["dub_frames"].setValue(f"{FIRST + 2}-{FIRST + 3}")
    comp.nuke.press(last, "bake")
    wait(comp)
    assert last["dub_status"].value().startswith("Baked 1003-1004: 2 dubbed"), last["dub_status"].value()
    shown, plate = picture_of(last, 1004), picture_of(comp.plate, 1004)
    assert np.abs(shown.channel("rgba.red") - plate.channel("rgba.red")).max() > 0.01


@pytest.mark.parametrize("name", ["warp_flow_learned", "spade_inpaint"])
def test_each_of_its_nodes_bakes_alone(comp, chain, name):
    chain[name]["dub_frames"].setValue(str(LAST))
    comp.nuke.press(chain[name], "bake")
    wait(comp)
    assert chain[name]["dub_status"].value().startswith(f"Baked {LAST}"), chain[name]["dub_status"].value()


def test_the_dub_node_by_the_recipe_iptalker_bakes_and_shows_it(comp):
    comp.node["dub_recipe"].setValue("iptalker")
    comp.node["dub_frames"].setValue(f"{FIRST + 2}-{FIRST + 3}")
    comp.nuke.press(comp.node, "bake")
    wait(comp)
    assert state(comp).startswith("Baked 1003-1004: 2 dubbed"), state(comp)
    assert frames_of(comp) == [1003, 1004]
    shown, plate = picture_of(comp.node, 1004), picture_of(comp.plate, 1004)
    comp.node["dub_view"].setValue("matte")
    outside = picture_of(comp.node, 1004).channel("rgba.alpha") == 0
    apart = np.abs(shown.channel("rgba.red") - plate.channel("rgba.red"))
    assert apart.max() > 0.01
    assert outside.any()
    assert not apart[outside].any(), "outside the matte the plate stays"
    for view, black in (("raw", False), ("flow", False), ("ST map", False), ("reference ST map", True)):
        comp.node["dub_view"].setValue(view)
        picture = picture_of(comp.node, 1004)
        assert (not picture.channel("rgba.red").any()) == black, view
        assert ("this bake has no dub_ref_st" in comp.nuke.label_of(comp.node)) == black


def test_the_real_core_tunes_and_the_node_bakes_what_it_learnt(comp):
    try:
        models.path("vgg19")
    except DubError as error:
        pytest.skip(str(error))
    node = comp.node
    node["dub_recipe"].setValue("iptalker")
    node["dub_frames"].setValue("1003")
    node["tune_steps"].setValue(2)
    comp.nuke.press(node, "tune")
    wait(comp, 900)
    checkpoint = Path(node["weights"].value())
    assert checkpoint.name == "iptalker-v001.safetensors" and checkpoint.is_file(), node["dub_status"].value()
    assert checkpoint.with_suffix(".json").is_file() and checkpoint.with_suffix(".png").is_file()
    comp.nuke.press(node, "bake")
    wait(comp)
    assert node["dub_status"].value().startswith("Baked 1003: 1 dubbed"), node["dub_status"].value()
