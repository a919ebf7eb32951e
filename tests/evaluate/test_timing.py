"""Which moment belongs to which frame, and is the dub on time."""

from __future__ import annotations

import numpy as np
import pytest

from shared_core.evaluate.timing import at_times, lag_frames
from shared_core.spec.errors import BadInput


@pytest.fixture
def opening(stage):
    return stage.speech(80, 2)[0]


def test_a_dub_on_time_has_no_lag(opening):
    assert lag_frames(0.9 * opening + 0.01, opening) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("late", [2, -3])
def test_frames_of_lag_are_found_with_their_sign(opening, late):
    dub = np.roll(opening, late)
    dub[:5] = dub[-5:] = np.nan
    assert lag_frames(dub, opening) == pytest.approx(late, abs=0.1)


def test_half_a_frame_of_lag_is_found(opening):
    frames = np.arange(80.0)
    assert lag_frames(np.interp(frames - 0.5, frames, opening), opening) == pytest.approx(0.5, abs=0.15)


def test_a_frozen_mouth_has_no_lag_to_tell(opening):
    assert np.isnan(lag_frames(np.full(80, 0.1), opening))


def test_lag_needs_a_dozen_frames(opening):
    with pytest.raises(BadInput, match="expected 12"):
        lag_frames(opening[:11], opening[:11])


def test_values_are_interpolated_between_their_times():
    values = np.array([0.0, 1.0, 3.0])
    np.testing.assert_allclose(at_times(values, [0.0, 0.1, 0.2], [0.0, 0.05, 0.1, 0.15]), [0, 0.5, 1, 2])


def test_before_the_start_and_after_the_end_there_is_nothing():
    found = at_times(np.ones(3), [0.0, 0.1, 0.2], [-0.2, 0.24, 0.4])
    assert np.isnan(found[[0, 2]]).all()
    assert found[1] == 1.0  # the last frame is still shown


def test_a_gap_spoils_its_neighbours_but_not_the_frames_that_are_hit_exactly():
    values = np.array([0.0, np.nan, 2.0, 3.0])
    found = at_times(values, np.arange(4) / 10, [0.0, 0.05, 0.2, 0.25])
    np.testing.assert_array_equal(np.isnan(found), [False, True, False, False])


def test_landmarks_keep_their_shape():
    assert at_times(np.zeros((3, 478, 2)), [0.0, 0.1, 0.2], np.arange(5) / 25).shape == (5, 478, 2)


def test_a_clip_of_no_frames_gives_nothing():
    assert np.isnan(at_times(np.zeros(0), np.zeros(0), np.zeros(2))).all()
