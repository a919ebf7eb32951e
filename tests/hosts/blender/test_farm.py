"""Renders without a window: verified, baked where allowed, else stopped with the frames' numbers."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

pytestmark = pytest.mark.hosts

OFF = {"DUBNODES_BAKE": "0"}


@pytest.fixture
def baked(blender, fake_python, tmp_path) -> Path:
    """A folder with a saved shot whose frames 1001 to 1006 are baked."""
    found = blender.play("saved_shot", tmp_path, core=fake_python, keyed=True)
    assert found["bake"] == "FINISHED"
    return tmp_path


def farm(blender, folder, environment, frames=(1001, 1006), **arguments):
    done = blender.run("farm", folder, environment, frames=frames, **arguments)
    return done.returncode, done.stdout + done.stderr


def frames_dir(folder) -> Path:
    return folder / "dubnodes" / "shot" / "Dub" / "frames" / "v001"


def picture(path) -> np.ndarray:
    source = oiio.ImageInput.open(str(path))
    pixels = source.read_image(0, 0, 0, 4, "float")
    source.close()
    return pixels


def test_a_whole_cache_renders_without_the_core(blender, baked):
    code, said = farm(blender, baked, OFF)
    assert code == 0, said
    assert len(list((baked / "final").glob("*.exr"))) == 6


def test_the_keyed_amount_is_live_in_the_background(blender, baked):
    farm(blender, baked, OFF)
    plate, first, last = (picture(baked / name) for name in (
        "plates/plate.1001.exr", "final/final.1001.exr", "final/final.1006.exr"))
    assert np.array_equal(plate[24, 36, :3], first[24, 36, :3]), "amount 0 is the plate"
    assert last[24, 36, :3] == pytest.approx([1.0, 0.5, 0.25])


def test_the_same_pixels_come_out_where_no_extension_is(blender, baked):
    farm(blender, baked, OFF)
    shutil.move(baked / "final", baked / "with")
    code, said = farm(blender, baked, OFF, extension=False)
    assert code == 0, said
    for frame in (1001, 1003, 1006):
        ours, theirs = (picture(baked / where / f"final.{frame}.exr") for where in ("with", "final"))
        assert ours.tobytes() == theirs.tobytes()


def test_a_missing_frame_stops_the_render_and_is_named(blender, baked):
    (frames_dir(baked) / "Dub.1003.exr").unlink()
    code, said = farm(blender, baked, OFF)
    assert code == 2
    assert "1003" in said and "DUBNODES_BAKE=1" in said
    assert not (baked / "final" / "final.1003.exr").exists()


def test_a_frame_that_is_cut_off_counts_as_missing(blender, baked):
    path = frames_dir(baked) / "Dub.1002.exr"
    path.write_bytes(path.read_bytes()[:-400])
    code, said = farm(blender, baked, OFF)
    assert code == 2 and "frames 1002" in said


def test_a_stale_cache_stops_the_render(blender, baked):
    (baked / "driver.mov").write_bytes(b"another performance")
    code, said = farm(blender, baked, OFF)
    assert code == 2 and "stale" in said


def test_a_machine_without_the_media_goes_by_knobs_and_paths(blender, baked):
    (baked / "driver.mov").unlink()
    code, said = farm(blender, baked, OFF)
    assert code == 0, said


def test_a_node_whose_cache_folder_is_another_renders_what_was_baked(blender, baked):
    code, said = farm(blender, baked, OFF, cache_folder=str(baked / "another" / "folder" / "deeper"))
    assert code == 0, said


def test_what_is_missing_is_baked_where_that_is_allowed(blender, baked, fake_python):
    (frames_dir(baked) / "Dub.1003.exr").unlink()
    code, said = farm(blender, baked, {"DUBNODES_BAKE": "1", "DUBNODES_PYTHON": fake_python})
    assert code == 0, said
    assert (frames_dir(baked) / "Dub.1003.exr").exists()
    assert len(list((baked / "final").glob("*.exr"))) == 6


def test_a_bake_that_fails_ends_with_the_cores_exit_code(blender, baked):
    (frames_dir(baked) / "Dub.1003.exr").unlink()
    code, said = farm(blender, baked, {"DUBNODES_BAKE": "1", "DUBNODES_PYTHON": "/nowhere/python"})
    assert code == 2 and "/nowhere/python" in said


def test_a_frame_that_the_scene_gained_since_is_missing(blender, baked):
    code, said = farm(blender, baked, OFF, frames=(1006, 1007))
    assert code == 2 and "1007" in said, "the scene's range is what is to be dubbed"
