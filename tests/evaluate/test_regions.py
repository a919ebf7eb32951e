"""Mattes and patches from landmarks."""

from __future__ import annotations

import numpy as np
import pytest

from shared_core.evaluate import regions
from shared_core.evaluate.alignment import learn_person
from shared_core.values import Window


def test_a_polygon_covers_its_area_with_pixel_centres_at_half():
    square = np.array([(2.0, 3.0), (10.0, 3.0), (10.0, 9.0), (2.0, 9.0)])
    matte = regions.polygon(square, (16, 16), (0, 0))
    assert matte[4:8, 3:9].min() == 1.0
    assert matte[:2].max() == matte[:, :1].max() == 0.0
    assert matte.sum() == pytest.approx(48, rel=0.35)
    np.testing.assert_array_equal(regions.polygon(square + (100, 50), (16, 16), (100, 50)), matte)


def test_a_turned_head_gives_the_same_upright_patch(stage):
    actor = stage.Actor(seed=1)
    person = learn_person(np.stack([actor.points(0.0)] * 3))
    centre = person.neutral[list(person.landmarks.lips)].mean(axis=0)
    patches = []
    for turn in (0.0, 0.35):
        points = actor.points(0.25, turn=turn)
        # A ramp that is carried along by the head, in units of mouth widths.
        down, right = np.indices(stage.size) + 0.5
        local = np.stack([right, down], axis=-1) - (160, 180)
        ramp = local[..., 0] * np.cos(turn) + local[..., 1] * np.sin(turn)
        patches.append(regions.upright_patch(
            ramp.astype(np.float32), points, person.template, centre, 1.7, 32
        ))
    np.testing.assert_allclose(patches[0], patches[1], atol=0.05)
    assert patches[0][0, -1] > patches[0][0, 0]


def test_points_fall_where_the_patch_shows_them(stage):
    actor = stage.Actor()
    points = actor.points(0.0)
    person = learn_person(np.stack([points] * 3))
    centre = person.neutral[list(person.landmarks.lips)].mean(axis=0)
    picture = np.zeros(stage.size, np.float32)
    corner = points[61]
    picture[int(corner[1]) - 1 : int(corner[1]) + 1, int(corner[0]) - 1 : int(corner[0]) + 1] = 1
    patch = regions.upright_patch(picture, points, person.template, centre, 1.7, 64)
    expected = regions.to_patch(person.neutral[[61]], centre, 1.7, 64)[0]
    found = np.array(np.unravel_index(patch.argmax(), patch.shape))[::-1] + 0.5
    np.testing.assert_allclose(found, expected, atol=1.5)


def test_the_faces_window_stays_in_the_picture(stage):
    points = stage.Actor().points(0.2, shift=(-120.0, 0.0))
    window = regions.face_window(points, Window(0, 0, 320, 360))
    assert Window(0, 0, 320, 360).contains(window)
    assert not window.empty


def test_the_lower_face_holds_the_mouth_and_not_the_eyes(stage):
    points = stage.Actor().points(0.3)
    matte = regions.lower_face_matte(points, stage.size, (0, 0))
    lips = regions.lips_matte(points, stage.size, (0, 0))
    assert (matte[lips > 0.5] > 0.5).all()
    assert matte[:160].max() == 0.0
    assert regions.inner_mouth_matte(points, stage.size, (0, 0)).sum() < lips.sum()
