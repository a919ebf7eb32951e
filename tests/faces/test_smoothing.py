"""Smoothing keeps what a parabola says, and stops at cuts and gaps."""

import numpy as np
import pytest

from shared_core.faces.smoothing import fill_gaps, segments, smooth

FRAMES = np.arange(101, 121)


def test_segments_end_at_gaps_cuts_and_missing_frame_numbers():
    present = np.ones(20, bool)
    present[[5, 6]] = False
    frames = FRAMES.copy()
    frames[15:] += 3
    runs = segments(present, frames, (111,))
    assert [(run.start, run.stop) for run in runs] == [(0, 5), (7, 10), (10, 15), (15, 20)]


def test_a_clip_in_steps_is_one_segment():
    assert segments(np.ones(5, bool), np.arange(1, 21, 4), ()) == [slice(0, 5)]


def test_a_parabola_passes_unchanged_to_its_very_ends():
    values = ((FRAMES - 108.0) ** 2)[:, None]
    assert np.allclose(smooth(values, [slice(0, 20)], 7), values)


def test_noise_is_calmed_but_not_across_the_border_of_two_runs():
    values = np.where(np.arange(20) < 10, 0.0, 100.0)[:, None]
    assert np.allclose(smooth(values, [slice(0, 10), slice(10, 20)], 7), values)
    noise = np.random.default_rng(0).normal(size=(20, 4))
    assert smooth(noise, [slice(0, 20)], 7).std() < 0.8 * noise.std()


@pytest.mark.parametrize("length", [1, 2, 3, 4, 6])
def test_a_run_shorter_than_the_window_is_not_an_error(length):
    values = np.random.default_rng(0).normal(size=(length, 2))
    assert np.isfinite(smooth(values, [slice(0, length)], 7)).all()


def test_an_even_window_counts_as_the_next_odd_one_and_1_is_none():
    values = np.random.default_rng(0).normal(size=(20, 2))
    even, odd, none = (smooth(values, [slice(0, 20)], window) for window in (8, 9, 1))
    assert np.array_equal(even, odd) and np.array_equal(none, values)


def test_gaps_are_bridged_up_to_their_longest_and_not_over_a_cut():
    values = np.arange(20.0)[:, None].copy()
    present = np.ones(20, bool)
    present[[3, 4, 8, 9, 10, 15]] = False
    values[~present] = 0
    filled = fill_gaps(values, present, FRAMES, (FRAMES[16],), longest=2)
    assert np.flatnonzero(filled).tolist() == [3, 4]
    assert values[[3, 4], 0].tolist() == [3.0, 4.0] and not values[[8, 9, 10, 15]].any()
