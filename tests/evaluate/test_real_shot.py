"""`dub view` and `dub evaluate` on a real, rendered shot."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

from shared_core.cli.main import main
from shared_core.evaluate import opened_shot
from shared_core.evaluate.rendered import read_rendered
from shared_core.spec.errors import EXIT_BAD_INPUT, EXIT_DONE
from shared_core.values import Window

pytestmark = [pytest.mark.slow, pytest.mark.footage]


@pytest.fixture(scope="module")
def shot(footage, landmark_model, tmp_path_factory) -> Path:
    """Twenty frames of one GRID talker who says another's words."""
    path = tmp_path_factory.mktemp("shot") / "shot.json"
    clips = [footage / f"public/grid_{name}.mpg" for name in ("lbax4n", "lbbc2a")]
    words = ["new", path, "--plate", clips[0], "--driver", clips[1], "--frames", "21-40"]
    for command in (words, ["prepare", path, "--progress", "none"], ["render", path, "--progress", "none"]):
        assert main([str(word) for word in command]) == EXIT_DONE
    return path


def test_view_writes_all_that_it_promises_from_one_read_of_each_frame(shot, monkeypatch):
    seen = []

    def counted(clip, frame, colour):
        seen.append(frame)
        return read_rendered(clip, frame, colour)

    monkeypatch.setattr(opened_shot, "read_rendered", counted)
    assert main(["view", str(shot), "--progress", "none"]) == EXIT_DONE
    assert sorted(seen) == list(range(21, 41))
    for name in ("preview.mp4", "sheet.png", "sheet_mouth.png", "flow.png", "curves.png"):
        assert (shot.parent / name).stat().st_size > 2000, name


def test_evaluate_prints_one_object_and_writes_the_report(shot, footage, capsys):
    truth = str(footage / "public/grid_lbax4n.mpg")
    capsys.readouterr()
    code = main(["evaluate", str(shot), "--truth", truth, "--json", "--no-fetch", "--progress", "none"])
    assert code == EXIT_DONE
    said = json.loads(capsys.readouterr().out)
    assert said["frames"] == 20
    assert 0 < said["lip_error_ratio"] < 1
    assert said["opening_r"] > 0.5
    assert 15 < said["psnr_lower_face"] < 60
    html = (shot.parent / "report.html").read_text(encoding="utf-8")
    assert not re.findall(r'(?:src|href)="(?!data:)', html)
    assert "Curves" in html or "Driver against result" in html


def test_a_rendered_frame_looks_as_its_file_says_and_has_its_matte(shot):
    with contextlib.closing(opened_shot.OpenedShot(shot, "25-27")) as opened:
        values, window = opened.channels(26, ("R", "G", "B", "dub.alpha"), opened.plate.display)
        expected = opened.colour.preview(opened.colour.to_working(values[..., :3].copy(), opened.dub.space))
        np.testing.assert_array_equal(opened.screen(opened.dub)(26), expected)
        np.testing.assert_array_equal(opened.matte(26), values[..., 3])
        assert window == opened.plate.display
        part, covers = opened.channels(26, ("G", "dub.alpha"), Window(0, 100, 50, 40))
        assert covers == Window(0, 100, window.width, 40), "whole rows, and no others"
        np.testing.assert_array_equal(part, values[100:140][..., [1, 3]])
        assert 0 < (opened.matte(26) > 0).mean() < 0.5


def test_the_dub_is_tracked_once_for_both(shot):
    kept = list((shot.parent / "sidecars/evaluation").glob("*.npz"))
    assert len(kept) == 1


def test_frames_that_are_not_rendered_are_named(shot, capsys):
    assert main(["evaluate", str(shot), "--frames", "38-42"]) == EXIT_BAD_INPUT
    assert "41-42" in capsys.readouterr().err
    assert main(["view", str(shot), "--frames", "60-70"]) == EXIT_BAD_INPUT
    assert "dub render" in capsys.readouterr().err


def test_a_truth_with_too_few_frames_is_refused(shot, footage, tmp_path, capsys):
    assert main(["evaluate", str(shot), "--truth", str(tmp_path / "none.mov")]) == EXIT_BAD_INPUT
    assert "none.mov" in capsys.readouterr().err
