"""LPIPS: the network's shape, and what it says of pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from shared_core.evaluate import lpips
from shared_core.spec.errors import BadInput, ModelError


@pytest.fixture(scope="module")
def pictures(stage):
    actor = stage.Actor(seed=1)
    return actor.picture(actor.points(0.2)), actor.picture(actor.points(0.35))


@pytest.fixture(scope="module")
def weights(lpips_weights):
    lpips.load.cache_clear()
    return lpips.load(False)


def test_a_picture_is_at_no_distance_from_itself(pictures, weights):
    assert lpips.lpips_map(pictures[0], pictures[0], weights).max() == 0.0


def test_a_stronger_blur_is_further_away(pictures, weights):
    whole = np.ones(pictures[0].shape[:2])
    distances = [
        lpips.lpips_lower_face(cv2.GaussianBlur(pictures[0], (0, 0), sigma), pictures[0], whole, weights)
        for sigma in (0.7, 1.5, 4.0)
    ]
    assert distances == sorted(distances)
    assert 0 < distances[0] < distances[-1] < 1.5


def test_only_the_matte_counts(pictures, weights):
    spoilt = pictures[0].copy()
    spoilt[:60] = 0
    far, near = np.zeros(spoilt.shape[:2]), np.zeros(spoilt.shape[:2])
    near[:40], far[-40:] = 1, 1
    assert lpips.lpips_lower_face(spoilt, pictures[0], near, weights) > 0.1
    assert lpips.lpips_lower_face(spoilt, pictures[0], far, weights) < 0.02


def test_without_weights_nothing_is_made_up(monkeypatch, tmp_path, pictures):
    lpips.load.cache_clear()
    monkeypatch.setenv("DUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="dub models fetch lpips_alex"):
        lpips.load(False)


def test_sizes_that_differ_or_are_too_small_are_refused(pictures):
    with pytest.raises(BadInput, match="one size"):
        lpips.lpips_map(pictures[0], pictures[0][:100])
    with pytest.raises(BadInput, match="32 px"):
        lpips.lpips_map(pictures[0][:16], pictures[0][:16])


def test_the_network_is_alexnets_five_convolutions():
    shapes = lpips.expected_shapes()
    assert shapes["features.0.weight"] == (64, 3, 11, 11)
    assert shapes["features.10.weight"] == (256, 256, 3, 3)
    assert shapes["lin2.model.1.weight"] == (1, 384, 1, 1)
    assert len(shapes) == 15
