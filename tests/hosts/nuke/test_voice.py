"""A performance by voice, with the real worker on real footage: alone, as a chain, with a transcript."""

from __future__ import annotations

import numpy as np
import pytest
from baked_comp import press, state, wait
from nuke_stand_in.evaluate import picture_of
from nuke_stand_in.pictures import RGB

from shared_core.values import Drive, Phones
from shared_core.values.drive import CURVES

pytestmark = [pytest.mark.hosts, pytest.mark.slow]
SAID = "lay blue by c two again"
"""What the driver's movie says."""
CLOSURE = CURVES.index("closure")
EARLIER = -0.6
"""Seconds by which it is played earlier, so that the plate's few frames have the b of `blue`."""


def test_a_voice_alone_bakes_too(comp, driver_file, whisper_weights):
    comp.node["dub_performance"].setValue("voice")
    comp.node["voice_file"].setValue(str(driver_file))
    comp.node["dub_frames"].setValue("1003-1005")
    press(comp)
    assert state(comp).startswith("Baked 1003-1005"), state(comp)
    shown, plate = picture_of(comp.node, 1004), picture_of(comp.plate, 1004)
    assert np.abs(shown.channel("rgba.red") - plate.channel("rgba.red")).max() > 0.01


@pytest.fixture
def voiced(comp, driver_file, whisper_weights):
    """The comp's Dub node by voice, and plate, voice -> ... -> Composite by hand, with its nodes by name."""
    comp.node["dub_performance"].setValue("voice")
    comp.node["voice_file"].setValue(str(driver_file))
    create, number = comp.plugin.create.create, comp.plugin.dub_nodes.input_number
    nodes = {name: create(name) for name in (
        "track_face", "speech_features", "align_transcript", "drive_from_audio", "references",
        "landmark_mask", "warp_flow_mesh", "composite")}
    for name in ("speech_features", "align_transcript", "drive_from_audio"):
        nodes[name]["sound"].setValue(str(driver_file))
    track, drive = nodes["track_face"], nodes["drive_from_audio"]
    for name, inputs in {
        "track_face": {"plate": comp.plate},
        "drive_from_audio": {"actor": track, "speech": nodes["speech_features"]},
        "references": {"plate": comp.plate, "track": track, "drive": drive},
        "landmark_mask": {"track": track, "drive": drive},
        "warp_flow_mesh": {
            "plate": comp.plate, "track": track, "drive": drive, "references": nodes["references"]},
        "composite": {"plate": comp.plate, "face": nodes["warp_flow_mesh"], "matte": nodes["landmark_mask"],
                      "track": track},
    }.items():
        for socket, source in inputs.items():
            nodes[name].setInput(number(nodes[name], socket), source)
    drive["shift"].setValue(EARLIER)
    comp.node["drive_from_audio_shift"].setValue(EARLIER)
    for node in (comp.node, nodes["composite"]):
        node["dub_frames"].setValue("1003-1004")
    comp.nodes = nodes
    return comp


def transcribe(voiced):
    """A transcript on the Dub node, and an Align Transcript in the chain."""
    drive = voiced.nodes["drive_from_audio"]
    phones = voiced.plugin.dub_nodes.input_number(drive, "phones")
    voiced.node["dub_transcript"].setValue(SAID)
    voiced.nodes["align_transcript"]["transcript"].setValue(SAID)
    drive.setInput(phones, voiced.nodes["align_transcript"])


def bake_chain(voiced):
    voiced.nuke.press(voiced.nodes["composite"], "bake")
    wait(voiced)
    return voiced.nodes["composite"]["dub_status"].value()


@pytest.mark.parametrize("transcript", [False, True])
def test_a_chain_by_voice_bakes_to_the_same_pixels_as_the_whole_pipeline(voiced, transcript):
    if transcript:
        transcribe(voiced)
    press(voiced)
    assert state(voiced).startswith("Baked 1003-1004: 2 dubbed"), state(voiced)
    said = bake_chain(voiced)
    assert said.startswith("Baked 1003-1004: 2 dubbed"), said
    whole, chain = picture_of(voiced.node, 1004), picture_of(voiced.nodes["composite"], 1004)
    for name in RGB:
        assert np.array_equal(whole.channel(name), chain.channel(name))


def test_the_transcript_is_laid_on_the_voice_and_changes_the_bake(voiced, monkeypatch):
    """Align Transcript has no picture: what it finds out lies with the sidecars, and closes lips."""
    last = voiced.nodes["composite"]
    assert bake_chain(voiced) == "Baked 1003-1004: 2 dubbed."
    open_lips = picture_of(last, 1003)
    monkeypatch.setattr(voiced.plugin.upstream, "_SECONDS_KEPT", -1.0)
    transcribe(voiced)
    voiced.nuke.idle()
    assert last["dub_status"].value() == voiced.plugin.status.STALE
    assert bake_chain(voiced) == "Baked 1003-1004: 2 dubbed."
    folder = voiced.plugin.cache.folder_of(last) / "sidecars"
    phones = Phones.from_bytes((folder / "DubAlignTranscript1/v001/DubAlignTranscript1.npz").read_bytes())
    assert phones.words == tuple(SAID.split())
    assert {"L", "B", "S", "T"} < set(phones.phones)
    assert np.all(np.diff(phones.start) >= 0) and 0 <= phones.start[0] < phones.end[-1] <= 3.1
    before, after = (
        Drive.from_bytes((folder / f"DubDriveFromAudio1/{version}/DubDriveFromAudio1.npz").read_bytes())
        for version in ("v001", "v002"))
    assert after.curves[2:4, CLOSURE].max() > before.curves[2:4, CLOSURE].max() + 0.3, "at the b lips close"
    apart = np.abs(picture_of(last, 1003).channel("rgba.red") - open_lips.channel("rgba.red"))
    assert apart.max() > 0.01


@pytest.mark.parametrize(("text", "message"), [
    ("", "transcript is empty"), ("lay blue by flurbl", "flurbl")])
def test_a_transcript_that_cannot_be_laid_is_said_on_the_node(voiced, text, message):
    transcribe(voiced)
    voiced.nodes["align_transcript"]["transcript"].setValue(text)
    assert message in bake_chain(voiced)
    assert voiced.nodes["composite"]["tile_color"].value() == voiced.plugin.status.FAILED
    assert message in voiced.nuke.messages[-1]
