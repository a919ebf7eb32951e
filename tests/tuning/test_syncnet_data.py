"""The grid of 25 moments a second, what a window needs, and what is held out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from talking_mouths import clip_of

from shared_core.networks.syncnet.model import SIZE, mouths_of
from shared_core.networks.syncnet.windows import nearest_rows
from shared_core.tuning.syncnet_data import GUARD_S, around, middle, stored_mouths


@pytest.mark.parametrize("rate", [23.976, 24, 25, 29.97, 30, 50, 59.94])
def test_every_moment_of_a_whole_clip_has_a_picture_at_any_rate(rate):
    seconds = np.arange(round(4 * rate)) / rate
    moments = np.arange(0, seconds[-1], 0.04)
    rows = nearest_rows(seconds, moments)
    assert (rows >= 0).all()
    np.testing.assert_array_less(np.abs(seconds[rows] - moments), 0.5 / rate + 1e-9)


def test_no_picture_is_taken_across_a_gap():
    seconds = np.concatenate([np.arange(50), np.arange(80, 120)]) / 25
    rows = nearest_rows(seconds, np.arange(120) / 25)
    np.testing.assert_array_equal(np.flatnonzero(rows < 0), np.arange(50, 80))


def test_the_window_around_a_picture_holds_it_in_the_middle():
    seconds = np.arange(60) / 30
    for row in (3, 30, 56):
        window = nearest_rows(seconds, seconds[row] + 0.04 * np.arange(-2, 3))
        assert window[2] == row
        assert (np.diff(window) >= 1).all()
    assert nearest_rows(seconds, seconds[0] - np.array([0.08, 0.0])).tolist() == [-1, 0]


def test_a_window_with_a_missing_picture_is_none():
    clip = clip_of(1, seconds=2.0)
    rows = clip.rows.copy()
    rows[20] = -1
    broken = dataclasses.replace(clip, rows=rows)
    lost = set(clip.centres()) - set(broken.centres())
    assert lost == {18, 19, 20, 21, 22}
    assert (broken.rows[around(broken.centres())] >= 0).all()


def test_what_is_held_out_is_not_near_to_what_is_learnt_from():
    clip = clip_of(1, seconds=10.0)
    learnt, held_out = clip.split(0.2)
    assert held_out.sum() == 50
    assert not (learnt & held_out).any()
    assert (np.flatnonzero(held_out)[0] - np.flatnonzero(learnt)[-1]) / 25 > GUARD_S
    everything, nothing = clip.split(0)
    assert everything.all() and not nothing.any()


@pytest.mark.parametrize("height", [208, 416])
def test_training_and_judging_see_the_mouth_at_one_place(height):
    """The stored picture without its margin is what mouths_of cuts."""
    random = np.random.default_rng(0)
    coarse = random.uniform(0, 255, (2, 13, 10, 3))
    size = height // 13
    faces = coarse.astype(np.uint8).repeat(size, axis=1).repeat(size, axis=2)
    stored = middle(stored_mouths(faces)).astype(np.float32) / 255
    assert stored.shape == (2, 3, *SIZE)
    shown = mouths_of(torch.from_numpy(faces.astype(np.float32) / 255).permute(0, 3, 1, 2)).numpy()
    # Of the antialiased edge, the outermost pixels know more in the stored picture.
    np.testing.assert_allclose(stored[..., 2:-2, 2:-2], shown[..., 2:-2, 2:-2], atol=1 / 255)
