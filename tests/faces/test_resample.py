"""A moment between two frames gets its share of each."""

import numpy as np

from shared_core.faces.resample import rows_at

VALUES = np.array([0.0, 10.0, 40.0])


def test_a_share_of_each_of_two_rows():
    blended = rows_at(VALUES, np.array([[0, 1], [1, 2]]), np.array([[0.75, 0.25], [0.5, 0.5]]))
    assert blended.tolist() == [2.5, 25.0]


def test_an_exact_hit_gives_that_row_bit_for_bit():
    values = np.random.default_rng(0).normal(size=(5, 478, 2))
    assert np.array_equal(rows_at(values, np.array([[3, 4]]), np.array([[1.0, 0.0]]))[0], values[3])


def test_any_number_of_further_axes():
    values = np.arange(24.0).reshape(3, 4, 2)
    assert rows_at(values, np.array([[0, 2]]), np.array([[0.5, 0.5]])).tolist() == [values[1].tolist()]


def test_an_unknown_row_counts_only_where_it_has_a_weight():
    values = np.array([1.0, np.nan, 3.0])
    blended = rows_at(values, np.array([[0, 1], [0, 1]]), np.array([[1.0, 0.0], [0.5, 0.5]]))
    assert blended[0] == 1.0
    assert np.isnan(blended[1])
