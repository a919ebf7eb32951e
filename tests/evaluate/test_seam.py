"""Visibility of the matte's edge."""

from __future__ import annotations

import numpy as np
import pytest

from shared_core.evaluate import regions
from shared_core.evaluate.bars import BARS
from shared_core.evaluate.seam import seam

MOUTH = 90.0


@pytest.fixture(scope="module")
def scene(stage):
    """The actor's picture, grey, and the final matte: feathered, and with a hard edge."""
    actor = stage.Actor(seed=1)
    points = actor.points(0.2)
    gray = regions.luma(actor.picture(points))
    return gray, stage.edge_matte(points), (stage.edge_matte(points, 0) > 0.5).astype(np.float32)


def visible(value):
    return BARS["seam"].verdict(value) == "look"


def test_an_untouched_plate_has_no_seam(scene):
    gray, soft, hard = scene
    assert seam(gray, gray, soft, MOUTH) == 0.0
    assert seam(gray, gray, hard, MOUTH) == 0.0


def test_a_visible_box_is_seen(scene):
    gray, _, hard = scene
    assert visible(seam(gray + hard * 10 / 255, gray, hard, MOUTH))
    assert visible(seam(gray - hard * 10 / 255, gray, hard, MOUTH))


def test_a_box_inside_a_feathered_matte_is_seen(scene):
    gray, soft, _ = scene
    assert visible(seam(gray + (soft > 0) * 10 / 255, gray, soft, MOUTH))


def test_a_shift_of_light_that_fades_out_is_no_seam(scene):
    gray, soft, _ = scene
    assert not visible(seam(gray + soft * 8 / 255, gray, soft, MOUTH))


def test_moved_pores_are_no_seam(scene):
    gray, soft, _ = scene
    moved = np.roll(gray, 3, axis=1)
    assert not visible(seam(gray + soft * (moved - gray), gray, soft, MOUTH))


def test_a_stronger_box_is_more_visible(scene):
    gray, _, hard = scene
    values = [seam(gray + hard * step / 255, gray, hard, MOUTH) for step in (3, 6, 12, 24)]
    assert values == sorted(values)
    assert values[0] < values[-1] / 4


def test_no_matte_has_no_edge(scene):
    gray = scene[0]
    assert np.isnan(seam(gray, gray, np.zeros_like(gray), MOUTH))
