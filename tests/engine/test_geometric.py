"""The real recipe on real footage: from `dub new` to frames."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

import numpy as np
import pytest
from stub_shot import read_exr, write_exr

from shared_core.colour import ColourContext
from shared_core.engine import open_media, output_path, prepare, render, sidecar
from shared_core.media import open_clip, read_header

pytestmark = [pytest.mark.slow, pytest.mark.footage]

FRAMES = "31-38"


def _dub(*arguments):
    command = [sys.executable, "-m", "shared_core.cli.main", *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def shot_path(footage, tmp_path_factory):
    path = tmp_path_factory.mktemp("geometric") / "shot.json"
    _dub(
        "new", path, "--plate", footage / "public/obama_256.mp4", "--driver", footage / "public/lieu_256.mp4",
        "--frames", FRAMES, "--analysis", "1-60", "--driver-analysis", "1-40", "--consent", "test",
    )
    prepare(path)
    render(path)
    return path


def test_every_frame_is_dubbed_and_says_how(shot_path):
    for frame in range(31, 39):
        header = read_header(output_path(shot_path, frame))
        assert header["dub:state"] == "dubbed"
        assert header["dub:references"].startswith("plate ")
        assert "face_landmarker sha256" in header["dub:weights"]


def test_outside_the_matte_is_the_decoded_frame_bit_for_bit(shot_path):
    clip = open_media(shot_path, "plate")
    for frame in (31, 38):
        dub = read_exr(output_path(shot_path, frame))
        outside = dub["dub.alpha"] == 0
        assert 0.3 < outside.mean() < 0.99
        linear = clip.image(frame).pixels
        header = read_header(output_path(shot_path, frame))
        assert header["dub:colourspace"]
        for index, name in enumerate("RGB"):
            expected = linear[..., index].astype(np.float16)
            assert (expected.view(np.uint16) == dub[name].view(np.uint16))[outside].all()


def test_two_halves_on_two_processes_equal_the_whole(shot_path):
    whole = {f: output_path(shot_path, f).read_bytes() for f in range(31, 39)}
    for frame in whole:
        output_path(shot_path, frame).unlink()
    commands = [
        [sys.executable, "-m", "shared_core.cli.main", "render", str(shot_path), f"--frames={part}",
         "--progress", "none"]
        for part in ("35-38", "31-34")
    ]
    processes = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for command in commands]
    assert [process.wait(120) for process in processes] == [0, 0]
    assert {f: output_path(shot_path, f).read_bytes() for f in whole} == whole


def test_a_touched_plate_frame_is_made_again_with_those_that_borrow_its_mouth(footage, tmp_path):
    with contextlib.closing(open_clip(footage / "public/obama_256.mp4", colour=ColourContext())) as clip:
        for frame in range(31, 61):
            (tmp_path / "plate").mkdir(exist_ok=True)
            write_exr(tmp_path / "plate" / f"p.{frame:04d}.exr", clip.image(frame).pixels)
    path = tmp_path / "shot.json"
    _dub("new", path, "--plate", tmp_path / "plate", "--driver", footage / "public/lieu_256.mp4",
         "--frames", FRAMES, "--driver-analysis", "1-40")
    prepare(path)
    render(path)
    lenders = {frame: sidecar(path, "references").frames_used(frame)["clip"] for frame in range(31, 39)}
    touched = lenders[34][0]
    os.utime(tmp_path / "plate" / f"p.{touched:04d}.exr")
    assert prepare(path).made, "the analysis looks at every frame of the plate"
    borrowing = [frame for frame, used in lenders.items() if touched in (frame, *used)]
    assert sorted(render(path).made) == borrowing
    assert 34 in borrowing


def test_exported_curves_that_nobody_edited_make_nothing_stale(shot_path, tmp_path):
    table = tmp_path / "curves.csv"
    before = sidecar(shot_path, "drive")
    _dub("curves", shot_path, "--export", table)
    _dub("curves", shot_path, "--import", table)
    prepare(shot_path)
    after = sidecar(shot_path, "drive")
    assert np.array_equal(before.landmarks, after.landmarks)
    assert render(shot_path).made == []


def test_an_edited_curve_changes_its_frame_alone(shot_path, tmp_path):
    render(shot_path)
    table = tmp_path / "curves.csv"
    _dub("curves", shot_path, "--export", table)
    lines = table.read_text().splitlines()
    row = next(i for i, line in enumerate(lines) if line.startswith("34,"))
    cells = lines[row].split(",")
    lines[row] = ",".join([cells[0], str(float(cells[1]) + 0.1), *cells[2:]])
    table.write_text("\n".join(lines) + "\n")
    _dub("curves", shot_path, "--import", table)
    prepare(shot_path)
    assert 34 in render(shot_path).made
