"""A voice alone, through the commands, on a real talker of 3 s: heard, rendered, read back, evaluated."""

import contextlib
import io
import json

import numpy as np
import pytest

from shared_core.cli.main import main
from shared_core.engine import Session
from shared_core.faces.canonical import MouthSpace, opening
from shared_core.media.picture_file import read_picture_file, read_rows

pytestmark = pytest.mark.slow
FRAMES = "20-27"


def dub(*words) -> str:
    """Run a command that has to succeed; what it printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main([str(word) for word in words]) == 0
    return out.getvalue()


@pytest.fixture(scope="module")
def shot(footage, landmark_model, whisper_weights, tmp_path_factory):
    """One GRID talker speaks her own sentence again, with mouths from other moments."""
    path = tmp_path_factory.mktemp("voiced") / "shot.json"
    clip = footage / "public" / "grid_swwp2s.mpg"
    dub("new", path, "--plate", clip, "--audio", clip, "--forbid", 5)
    dub("prepare", path, "--progress", "none")
    dub("render", path, f"--frames={FRAMES}", "--progress", "none")
    return path


def pixels(path) -> np.ndarray:
    file = read_picture_file(path)
    return read_rows(path, file, ("R", "G", "B"), file.window)[0]


def test_the_curves_follow_the_mouth_that_spoke(shot):
    """The network hears what the tracker saw; a voice turned round does not fit."""
    session = Session(shot)
    drive, track = session.sidecar("drive"), session.sidecar("track")
    own = opening(MouthSpace.fit(track).canonical(track.landmarks))
    heard = drive.curves[:, 0]
    assert np.corrcoef(heard[drive.present], own[drive.present])[0, 1] > 0.6
    turned = np.roll(heard, len(heard) // 2)
    assert np.corrcoef(turned[drive.present], own[drive.present])[0, 1] < 0.4
    session.close()


def test_the_report_says_what_was_measured(shot):
    session = Session(shot)
    report = session.sidecar("drive").report
    assert abs(report["own_offset_s"]) < 0.12 and report["own_confidence"] > 0.4
    assert "voice_offset_s" in report and report["range"]
    session.close()


def test_two_ranges_make_the_same_pixels_as_one(shot, tmp_path_factory):
    frames = sorted((shot.parent / "frames").glob("*.exr"))
    whole = [pixels(frame) for frame in frames]
    for part in ("24-27", "20-23"):
        dub("render", shot, f"--frames={part}", "--overwrite", "--progress", "none")
    assert len(whole) == 8
    for frame, before in zip(frames, whole, strict=True):
        assert pixels(frame).tobytes() == before.tobytes()


def test_the_dub_is_held_against_what_the_voice_asks_for(shot):
    told = json.loads(dub("evaluate", shot, f"--frames={FRAMES}", "--json", "--no-fetch"))
    assert told["dubbed_frames"] == 8
    assert told["lip_error"] < told["lip_error_plate"] + 1.0
    assert any("a voice drives" in note for note in told["notes"])


def test_with_the_truth_it_is_held_against_the_true_mouth(shot, footage):
    told = json.loads(dub("evaluate", shot, f"--frames={FRAMES}", "--json", "--no-fetch", "--truth",
                          footage / "public" / "grid_swwp2s.mpg"))
    assert told["psnr_lower_face"] > 24
    assert told["lip_error_plate"] == pytest.approx(0.0, abs=1e-6)


def test_the_pictures_to_look_at_are_made(shot):
    dub("view", shot, f"--frames={FRAMES}", "--progress", "none")
    assert all((shot.parent / name).stat().st_size > 1000
               for name in ("preview.mp4", "sheet.png", "sheet_mouth.png", "curves.png"))
