"""The learned recipe through the commands, on a real singer: prepared, rendered, bent, tuned."""

import contextlib
import io
import json

import numpy as np
import OpenImageIO
import pytest

from shared_core.cli.main import main
from shared_core.engine import Session
from shared_core.media import read_header
from shared_core.media.picture_file import read_picture_file, read_rows
from shared_core.spec.shot import read_shot

pytestmark = pytest.mark.slow
FRAMES = "60-63"


def dub(*words, code=0) -> str:
    """Run a command that has to end with `code`; what it printed."""
    out, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        assert main([str(word) for word in words]) == code, said.getvalue()
    return out.getvalue() + said.getvalue()


@pytest.fixture(scope="module")
def shot(demo_footage, landmark_model, whisper_weights, tmp_path_factory):
    """The singer sings her own song again, by a network that never saw her."""
    path = tmp_path_factory.mktemp("learned") / "shot.json"
    clip = demo_footage["driver"]
    dub("new", path, "--plate", clip, "--audio", clip, "--recipe", "iptalker")
    dub("prepare", path, "--progress", "none")
    dub("render", path, f"--frames={FRAMES}", "--progress", "none")
    return path


def frame_of(shot, number):
    return read_shot(shot).frame_path(number)


def channels(path, *names) -> np.ndarray:
    file = read_picture_file(path)
    return read_rows(path, file, names or ("R", "G", "B"), file.window)[0]


def test_outside_the_matte_the_plates_bits_stand(shot):
    session = Session(shot)
    # A movie's frames are written as half floats.
    plate = session.media.clip("plate").image(61).pixels.astype(np.float16)
    session.close()
    dubbed, matte = channels(frame_of(shot, 61)), channels(frame_of(shot, 61), "dub.alpha")[..., 0]
    assert 0.005 < (matte > 0).mean() < 0.2
    assert dubbed[matte == 0].tobytes() == plate[matte == 0].tobytes()
    assert np.abs(dubbed - plate)[matte > 0.9].mean() > 1e-3


def test_the_header_names_the_weights_and_their_licence(shot):
    header = read_header(frame_of(shot, 61))
    assert "iptalker_preview sha256" in header["dub:weights"]
    assert "inpaint=spade_inpaint 3" in header["dub:operators"]


def test_two_ranges_make_the_same_pixels_as_one(shot):
    whole = {number: channels(frame_of(shot, number)) for number in range(60, 64)}
    for part in ("63", "60-62"):
        dub("render", shot, f"--frames={part}", "--overwrite", "--progress", "none")
    for number, before in whole.items():
        assert channels(frame_of(shot, number)).tobytes() == before.tobytes()


def test_a_flow_pass_edited_by_hand_changes_the_face(shot, tmp_path):
    before = channels(frame_of(shot, 61))
    red, green = np.moveaxis(channels(frame_of(shot, 61), "dub_flow.red", "dub_flow.green"), -1, 0)
    bent = np.stack([red + 8.0, green, 0 * red], axis=-1).astype(np.float32)
    edited = tmp_path / "bent.0061.exr"
    out = OpenImageIO.ImageOutput.create(str(edited))
    out.open(str(edited), OpenImageIO.ImageSpec(*bent.shape[1::-1], 3, "float"))
    assert out.write_image(bent) and out.close()
    other = shot.with_name("bent.json")
    data = json.loads(shot.read_text())
    data["media"]["flow"] = {"path": str(edited)}
    data["nodes"]["inpaint"]["inputs"]["flow"] = "@flow"
    data["output"]["path"] = "bent/bent.####.exr"
    other.write_text(json.dumps(data))
    dub("render", other, "--frames=61", "--progress", "none")
    after = channels(frame_of(other, 61))
    matte = channels(frame_of(shot, 61), "dub.alpha")[..., 0]
    assert np.abs(after - before)[matte > 0.9].mean() > 2e-3
    assert after[matte == 0].tobytes() == before[matte == 0].tobytes()


@pytest.mark.parametrize("make, message", [
    (lambda path: path.write_bytes(b"\x80\x04K\x01."), "is no whole safetensors file"),
    (lambda path: None, "cannot be read"),
])
def test_a_checkpoint_that_is_none_is_refused(shot, tmp_path, make, message):
    checkpoint = tmp_path / "own.safetensors"
    make(checkpoint)
    data = json.loads(shot.read_text())
    data["media"]["weights"] = {"path": str(checkpoint)}
    data["nodes"]["align"]["inputs"]["weights"] = "@weights"
    other = shot.with_name("refused.json")
    other.write_text(json.dumps(data))
    assert message in dub("prepare", other, "--progress", "none", code=2)


def test_a_pickle_is_not_even_opened(shot, tmp_path):
    data = json.loads(shot.read_text())
    data["media"]["weights"] = {"path": str(tmp_path / "own.pth")}
    (tmp_path / "own.pth").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    data["nodes"]["align"]["inputs"]["weights"] = "@weights"
    other = shot.with_name("pickle.json")
    other.write_text(json.dumps(data))
    assert "Others may hold code, and are not opened" in dub("prepare", other, "--progress", "none", code=2)


def test_tuning_leaves_a_checkpoint_beside_the_shot_and_the_shot_pointing_at_it(shot, vgg_weights):
    own = shot.with_name("tuned.json")
    own.write_text(shot.read_text())
    dub("tune", own, "iptalker", "--steps", 2, "--batch", 2, "--holdout", "100-132")
    (checkpoint,) = (shot.parent / "checkpoints").glob("*.safetensors")
    numbers = json.loads(checkpoint.with_suffix(".json").read_text())
    assert numbers["held_out_frames"] > 20 and numbers["tuned_psnr_db"] > 10
    assert checkpoint.with_suffix(".png").stat().st_size > 10_000
    tuned = read_shot(own)
    assert tuned.media["weights"].path == f"checkpoints/{checkpoint.name}"
    connected = {name for name, node in tuned.nodes.items() if "weights" in node.inputs}
    assert connected == {"align", "warp", "inpaint"}
    dub("prepare", own, "--progress", "none")
    dub("render", own, "--frames=61", "--overwrite", "--progress", "none")
    assert "weights sha256" in read_header(frame_of(own, 61))["dub:weights"]


def test_tuning_a_shot_without_a_network_is_refused(demo_footage, tmp_path):
    path, clip = tmp_path / "plain.json", demo_footage["driver"]
    dub("new", path, "--plate", clip, "--audio", clip)
    assert "make the shot with `dub new --recipe iptalker`" in dub("tune", path, "iptalker", code=2)
