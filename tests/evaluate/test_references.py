"""Pops where one reference takes over from another."""

from __future__ import annotations

import numpy as np
import pytest

from shared_core.evaluate.references import (
    lip_motion,
    mouth_change,
    reference_pops,
    switches,
)
from shared_core.spec.errors import BadInput
from shared_core.values import References

COUNT = 50


@pytest.fixture
def plate():
    """Change and motion of a mouth whose picture changes by as much as it moves."""
    rng = np.random.default_rng(2)
    motion = np.abs(np.sin(np.arange(COUNT) / 3)) * 0.03 + 0.002
    return 0.004 + 0.8 * motion + rng.normal(0, 0.0008, COUNT), motion


def switched(*rows):
    flags = np.zeros(COUNT, bool)
    flags[list(rows)] = True
    return flags


def test_a_smooth_mouth_has_no_pop(plate):
    assert reference_pops(*plate, switched(10, 25, 40), *plate).count == 0


def test_a_popped_reference_is_seen(plate):
    change, motion = plate[0].copy(), plate[1]
    change[25] += 0.04
    assert reference_pops(change, motion, switched(10, 25, 40), *plate).frames == (25,)


def test_a_jump_away_from_any_switch_is_not_the_references_fault(plate):
    change, motion = plate[0].copy(), plate[1]
    change[18] += 0.04
    assert reference_pops(change, motion, switched(10, 25, 40), *plate).count == 0
    assert reference_pops(change, motion, None, *plate).frames == (18,)


def test_a_fast_syllable_at_a_switch_is_no_pop(plate):
    change, motion = plate[0].copy(), plate[1].copy()
    motion[25] += 0.06
    change[25] += 0.8 * 0.06
    assert reference_pops(change, motion, switched(25), *plate).count == 0


def test_too_few_frames_tell_nothing():
    with pytest.raises(BadInput, match="reference pops"):
        reference_pops(np.ones(5), np.ones(5))


def test_change_is_the_mean_difference_inside_the_matte():
    patches = np.zeros((3, 4, 4))
    patches[1:, :2] = 0.5
    matte = np.zeros((4, 4))
    matte[:2] = 1
    found = mouth_change(patches, matte)
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[1:], [0.5, 0.0])


def test_motion_is_the_lips_mean_path():
    lips = np.zeros((3, 5, 2))
    lips[1:] = (0.03, 0.04)
    np.testing.assert_allclose(lip_motion(lips)[1:], [0.05, 0.0])


def test_a_lender_that_runs_on_is_no_switch_and_another_one_is():
    count = 6
    source = np.array([[7, 0], [7, 0], [8, 0], [9, 0], [30, 9], [30, 0]])
    weight = np.array([[1, 0], [1, 0], [1, 0], [0.6, 0.4], [0.6, 0.4], [1, 0]], np.float32)
    references = References(
        np.arange(1, count + 1), np.zeros((count, 2), np.int8), source, weight,
        np.zeros((count, 2, 478, 2), np.float32), np.ones((count, 2, 3), np.float32),
    )
    np.testing.assert_array_equal(
        switches(references, np.arange(1, count + 1)), [False, False, False, False, True, False]
    )
