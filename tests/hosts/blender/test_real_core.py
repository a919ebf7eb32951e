"""The real core on real footage, from inside Blender, against the core's own frames."""

from __future__ import annotations

import subprocess
import sys
import wave

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import PyOpenColorIO as ocio  # noqa: N813
import pytest

from shared_core.media.sound import read_sound
from shared_core.spec.shot import read_shot

pytestmark = [pytest.mark.hosts, pytest.mark.slow]


def layers(path, names):
    source = oiio.ImageInput.open(str(path))
    spec = source.spec()
    pixels = source.read_image(0, 0, 0, spec.nchannels, "float")
    source.close()
    return [pixels[..., list(spec.channelnames).index(name)] for name in names]


@pytest.fixture
def clips(demo_footage, landmark_model):
    """What scenarios are told of the demo's footage."""
    return {name: str(path) for name, path in demo_footage.items()}


def assert_dub_in_plate(ours, plate, baked):
    """`ours`, as Blender renders it, is the core's frame inside the matte, and the plate's bits around it."""
    (alpha,) = layers(baked, ["dub.alpha"])
    core, ours, plate = (np.dstack(layers(path, "RGB")) for path in (baked, ours, plate))
    outside = alpha == 0
    assert 0.01 < 1 - outside.mean() < 0.4, "there is a dub, and it is a part of the picture"
    assert ours[outside].tobytes() == plate[outside].tobytes()
    assert core[outside].tobytes() == plate[outside].tobytes(), "the core was given what Blender shows"
    assert np.abs(ours - core)[~outside].max() < 1e-3
    assert np.abs(ours - plate)[~outside].max() > 0.05


def test_blender_shows_what_the_core_made_and_the_plate_around_it(blender, clips, tmp_path):
    found = blender.play("real_bake", tmp_path, core=sys.executable, **clips)
    assert (found["check"], found["bake"]) == ("FINISHED", "FINISHED")
    assert found["state"][0] == "fresh"
    baked = found["baked"].replace("0001", "0004")
    assert_dub_in_plate(tmp_path / "out.exr", tmp_path / "plate.exr", baked)


def test_a_job_on_this_machine_bakes_and_renders_the_scene(blender, blender_program, clips, tmp_path):
    found = blender.play(
        "real_submission", tmp_path, core=sys.executable, program=blender_program, **clips)
    assert found["sent"] == "FINISHED" and "4 frames 1-4" in found["said"]
    assert "bundle" in found["said"] and len(found["said"].splitlines()) == 2
    assert found["state"][:2] == ["fresh", []], "the frames name the shot that was sent"
    assert sorted(path.name for path in (tmp_path / "final").iterdir()) == [
        f"final.{frame:04d}.exr" for frame in (1, 2, 3, 4)]
    ours, farm = (np.dstack(layers(path, "RGBA")) for path in (
        tmp_path / "here.exr", tmp_path / "final" / "final.0003.exr"))
    assert farm.tobytes() == ours.tobytes(), "a node renders what the artist sees"
    (alpha,) = layers(found["baked"].replace("0001", "0003"), ["dub.alpha"])
    assert 0.01 < (alpha > 0).mean() < 0.4
    assert "the job failed in its step 'prepare'" in found["fails"] and "no face" in found["fails"]


def test_the_real_core_tunes_and_bakes_what_it_learnt(blender, clips, tmp_path):
    pytest.importorskip("torch")
    found = blender.play("real_tuning", tmp_path, core=sys.executable, **clips)
    assert (found["tuned"], found["error"]) == ("FINISHED", "")
    assert found["weights"] == "//dubnodes/shot/Dub/checkpoints/iptalker-v001.safetensors"
    assert "10 held out" in found["numbers"][1] and min(found["sheet"]) > 200
    assert found["bake"] == ["FINISHED", "fresh", ""]
    assert_dub_in_plate(tmp_path / "out.exr", tmp_path / "plate.exr", found["baked"])


@pytest.fixture
def voice(demo_footage, tmp_path):
    """The driver's voice as a WAV with a path that artists have."""
    sound = read_sound(demo_footage["driver"], 48000)
    path = tmp_path / "Stimme – 1" / "take 3.wav"
    path.parent.mkdir()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes((np.clip(sound.samples, -1, 1) * 32767).astype("<i2").tobytes())
    return str(path)


def test_a_voice_dubs_at_a_broken_rate_and_a_start_of_1001_changes_no_pixel(blender, clips, voice, tmp_path):
    found = {}
    for start in (1, 1001):
        folder = tmp_path / str(start)
        folder.mkdir()
        found[start] = blender.play(
            "voice", folder, core=sys.executable, plate=clips["plate"], sound=voice, start=start)
        assert (found[start]["bake"], found[start]["state"][0]) == ("FINISHED", "fresh")
        shot = read_shot(found[start]["shot"])
        assert shot.nodes["drive"].operator == "drive_from_audio"
        assert shot.media["plate"].fps == "30000/1001"
    one, later = (all_layers(found[start]["baked"]) for start in (1, 1001))
    assert one.keys() == later.keys() and (one["dub.alpha"] > 0).any()
    assert [name for name in one if one[name].tobytes() != later[name].tobytes()] == []
    assert picture(tmp_path / "1" / "out.exr") == picture(tmp_path / "1001" / "out.exr")


def all_layers(path):
    source = oiio.ImageInput.open(str(path))
    names = list(source.spec().channelnames)
    source.close()
    return dict(zip(names, layers(path, names), strict=True))


def picture(path):
    return b"".join(plane.tobytes() for plane in layers(path, "RGBA"))


def test_view_transforms_exposure_and_gamma_are_no_part_of_a_bake(blender, clips, tmp_path):
    found = blender.play("looks", tmp_path, core=sys.executable, **clips)
    assert found["first"] == "FINISHED" and set(found["views"]) == {"AgX", "Filmic", "Raw"}
    first = all_layers(tmp_path / "first.exr")
    for view, (kept, done) in found["views"].items():
        assert (kept, done) == ("fresh", "FINISHED"), view
        again = all_layers(tmp_path / f"{view}.exr")
        assert [name for name in first if first[name].tobytes() != again[name].tobytes()] == [], view


def test_under_a_config_of_ones_own_the_plate_around_the_matte_stands(blender, clips, tmp_path):
    config = tmp_path / "studio.ocio"
    built_in = ocio.Config.CreateFromBuiltinConfig("cg-config-v1.0.0_aces-v1.3_ocio-v2.1")
    config.write_text(built_in.serialize())
    found = blender.play("own_config", tmp_path, {"OCIO": str(config)}, core=sys.executable, **clips)
    assert (found["bake"], found["state"][0]) == ("FINISHED", "fresh"), found
    assert_dub_in_plate(tmp_path / "out.exr", tmp_path / "plate.exr", found["baked"])
    source = oiio.ImageInput.open(found["baked"])
    assert str(config) in source.spec().getattribute("dub:ocio_config")
    source.close()


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield str(folder)
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_fills_is_said_and_what_is_finished_stays(blender, clips, small_disk, tmp_path):
    found = blender.play("full_disk", tmp_path, core=sys.executable, disk=small_disk, **clips)
    assert found["frame"] == "FINISHED" and found["first"][:2] == ["missing", [2, 3, 4]]
    said, state, panel, *left = found["full"]
    assert "No space left" in said and panel in said
    assert state[0] == "missing" and 1 not in state[1] and 4 in state[1]
    assert left == [[], []], "nothing is half"
    assert found["freed"][0] == "FINISHED" and found["freed"][1][0] == "fresh"
    said, state, panel, *left = found["plate"]
    assert "the plate was not rendered" in said and panel in said
    assert left == [[], []], "nothing is half"
    assert "DiskError" not in said and "disk" in said
    assert found["freed_again"][0] == "FINISHED" and found["freed_again"][1][:2] == ["fresh", []]
