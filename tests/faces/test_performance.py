"""A performance is read at the plate's moments: a share of each of the two frames around them."""

import dataclasses

import numpy as np
import pytest
from talking_face import Take, talk

from shared_core.faces.performance import played_seconds, rows_at, rows_played

VALUES = np.array([0.0, 10.0, 40.0])
PLATE = Take(talk(10), first=1001).track


def test_a_share_of_each_of_two_rows():
    blended = rows_at(VALUES, np.array([[0, 1], [1, 2]]), np.array([[0.75, 0.25], [0.5, 0.5]]))
    assert blended.tolist() == [2.5, 25.0]


def test_an_exact_hit_gives_that_row_bit_for_bit():
    values = np.random.default_rng(0).normal(size=(5, 478, 2))
    assert np.array_equal(rows_at(values, np.array([[3, 4]]), np.array([[1.0, 0.0]]))[0], values[3])


def test_an_unknown_row_counts_only_where_it_has_a_weight():
    values = np.array([1.0, np.nan, 3.0])
    blended = rows_at(values, np.array([[0, 1], [0, 1]]), np.array([[1.0, 0.0], [0.5, 0.5]]))
    assert blended[0] == 1.0
    assert np.isnan(blended[1])


@pytest.mark.parametrize("start, expected", [(1001, 0.0), (1003, -0.08), (991, 0.4), (2001, -40.0)])
def test_the_performance_begins_at_its_start_frame(start, expected):
    assert played_seconds(PLATE, start, 0.0)[0] == pytest.approx(expected)


def test_a_shift_plays_it_later():
    assert np.allclose(played_seconds(PLATE, 1001, 0.1), np.arange(10) / 25 - 0.1)


def test_a_plate_of_uneven_rate_is_read_at_its_own_times():
    """A movie with a frame that stood twice as long."""
    seconds = np.r_[0, 1, 2, 4, 5, 6, 7, 8, 9, 10] / 25
    uneven = dataclasses.replace(PLATE, seconds=seconds)
    rows, weights, covered = rows_played(uneven, Take(talk(12)).track, 1001, 0.0)
    assert covered.all()
    place = (rows * weights).sum(axis=1)
    assert np.allclose(place, [0, 1, 2, 4, 5, 6, 7, 8, 9, 10])


def test_a_driver_of_twice_the_rate_gives_every_other_row():
    rows, weights, covered = rows_played(PLATE, Take(talk(20), fps="50").track, 1001, 0.0)
    assert np.allclose((rows * weights).sum(axis=1), np.arange(0, 20, 2))
    assert covered.all()


def test_a_moment_beside_a_frame_without_a_face_is_not_covered():
    away = Take(talk(20), fps="50", absent=(4,)).track
    assert np.flatnonzero(~rows_played(PLATE, away, 1001, 0.0)[2]).tolist() == [2]
    assert np.flatnonzero(~rows_played(PLATE, away, 1001, 0.01)[2]).tolist() == [2]
    assert np.flatnonzero(~rows_played(PLATE, away, 1001, -0.01)[2]).tolist() == [2]
