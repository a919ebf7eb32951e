"""The second opinion: where it looks, and that it agrees with the tracker on a real mouth."""

from __future__ import annotations

import builtins

import numpy as np
import pytest

from shared_core import models
from shared_core.evaluate import independent
from shared_core.evaluate.alignment import (
    MEDIAPIPE,
    POINTS_68,
    canonical,
    landmarks_of,
    learn_person,
    opening_of,
)
from shared_core.spec.errors import ModelError


def test_the_crop_is_upright_and_holds_the_face(stage):
    points = stage.Actor().points(0.2, turn=0.5, size=2.0, shift=(300.0, -40.0))
    affine, side = independent.upright_crop(points)
    placed = points @ affine[:, :2].T + affine[:, 2]
    eyes = [placed[list(eye)].mean(axis=0) for eye in MEDIAPIPE.eyes]
    assert eyes[0][1] == pytest.approx(eyes[1][1], abs=1e-6)
    assert eyes[0][0] < eyes[1][0]
    assert placed.min() > 0
    assert placed.max() < independent.CROP_PX
    assert 0.3 * independent.CROP_PX < side < independent.CROP_PX


def test_the_crop_does_not_move_with_the_mouth(stage):
    actor = stage.Actor()
    crops = [independent.upright_crop(actor.points(opening)) for opening in (0.0, 0.4)]
    for closed, opened in zip(*crops, strict=True):
        np.testing.assert_allclose(closed, opened)


def test_smoothing_keeps_a_parabola_and_its_gaps():
    time = np.arange(20.0)
    points = np.stack([time**2, 3 * time], axis=-1)[:, None].copy()
    points[11] = np.nan
    smooth = independent.smoothed(points)
    np.testing.assert_allclose(smooth, points, atol=1e-9)
    assert np.isnan(smooth[11]).all()


def test_without_dlib_the_command_to_run_is_said(monkeypatch):
    real = builtins.__import__

    def no_dlib(name, *rest, **options):
        if name == "dlib":
            raise ImportError("No module named 'dlib'")
        return real(name, *rest, **options)

    independent.predictor.cache_clear()
    monkeypatch.setattr(builtins, "__import__", no_dlib)
    with pytest.raises(ModelError, match=r"pip install 'dubnodes\[judge\]'"):
        independent.predictor(False)


def test_without_its_file_nothing_is_made_up(monkeypatch, tmp_path):
    independent.predictor.cache_clear()
    monkeypatch.setenv("DUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="dub models fetch"):
        independent.predictor(False)


@pytest.mark.slow
@pytest.mark.footage
def test_both_models_see_the_same_mouth_move(footage, landmark_model):
    from shared_core.colour import ColourContext
    from shared_core.faces.tracking import track_clip
    from shared_core.media import open_clip

    if models.state("dlib_68") is not models.State.PRESENT:
        pytest.skip("dlib_68 is not in the cache; run: dub models fetch dlib_68")
    clip = open_clip(footage / "public/obama_720p.mp4", colour=ColourContext())
    frames = list(clip.frames)[:40]

    class Start:
        fps, display, pixel_aspect, key = clip.fps, clip.display, clip.pixel_aspect, "start"
        preview, image, seconds = clip.preview, clip.image, clip.seconds

    Start.frames = tuple(frames)
    points = landmarks_of(track_clip(Start))
    found = independent.landmarks_68(clip.preview, frames, points, fetch=False)
    openings = [
        opening_of(canonical(seen, learn_person(seen, model)), model)
        for seen, model in ((points, MEDIAPIPE), (independent.smoothed(found), POINTS_68))
    ]
    assert np.corrcoef(*openings)[0, 1] > 0.85
