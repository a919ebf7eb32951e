"""A mouth is moved along what this person's mouth does, until it is as open as wanted."""

import numpy as np
import pytest
from talking_face import Take, talk

from shared_core.faces.canonical import MouthSpace, gap, opening, width
from shared_core.faces.mouth_modes import MODE_CURVES, PUCKER, MouthModes, measure
from shared_core.values.drive import CURVES

TIME = np.arange(120)
PUCKERS = np.clip(np.sin(TIME / 11), 0, 1)
SPEECH = Take(talk(120), width=0.15 * np.sin(TIME / 7), pucker=PUCKERS, jaw=0.06 * np.sin(TIME / 3))
SPACE = MouthSpace.fit(SPEECH.track)
CANONICAL = SPACE.canonical(SPEECH.track.landmarks)
MEASURED = measure(CANONICAL, SPACE, SPEECH.track.blendshapes[:, PUCKER])
MODES = MouthModes.fit(CANONICAL - SPACE.neutral, MEASURED)


def test_the_curves_are_the_drives_without_the_closure():
    assert tuple(name for name in CURVES if name != "closure") == MODE_CURVES


def test_measure_reads_opening_width_pucker_and_jaw():
    assert np.array_equal(MEASURED[:, 0], opening(CANONICAL))
    assert np.allclose(MEASURED[:, 1], width(CANONICAL) - 1.0)
    assert np.array_equal(MEASURED[:, 2], SPEECH.track.blendshapes[:, PUCKER])
    resting = measure(SPACE.neutral[None], SPACE, np.zeros(1))[0]
    assert np.allclose(resting, [SPACE.closed_opening, 0, 0, 0], atol=1e-9)


@pytest.mark.parametrize("wanted", [0.0, 0.02, 0.15, 0.4, 0.6])
def test_reach_reaches_any_opening_from_any_mouth(wanted):
    reached = MODES.reach(CANONICAL, np.full(120, wanted))
    assert np.allclose(gap(reached), wanted, atol=3e-3)


def test_reach_moves_nothing_that_is_as_wanted():
    assert np.allclose(MODES.reach(CANONICAL, gap(CANONICAL)), CANONICAL, atol=1e-12)


def test_opening_the_lips_moves_the_lower_lip_most_and_leaves_the_eyes():
    closed = SPACE.neutral[None]
    opened = (MODES.reach(closed, np.array([0.4])) - closed)[0]
    assert opened[17, 1] > 0.2 > -opened[0, 1] > 0.02
    assert np.abs(opened[[33, 263, 10, 168]]).max() < 0.01


@pytest.mark.parametrize("index, change", [(0, 0.1), (1, 0.1)])
def test_a_change_of_one_curve_changes_that_curve_by_as_much(index, change):
    asked = np.zeros((120, 4))
    asked[:, index] = change
    moved = measure(CANONICAL + MODES.move(asked), SPACE, MEASURED[:, 2]) - MEASURED
    assert np.allclose(moved[:, index], change, rtol=0.15)
    assert np.abs(moved[:, 1 - index]).max() < 0.02


def test_no_change_moves_nothing():
    assert not MODES.move(np.zeros((3, 4))).any()


def test_natural_is_what_this_person_does_at_these_curves():
    own = CANONICAL - SPACE.neutral
    lips = np.abs(MODES.natural(MEASURED) - own)
    assert lips.max() < 0.03, "the made-up mouth is nearly linear in its curves"
    assert np.allclose(MODES.natural(MODES.centre[None])[0], MODES.rest)


def test_a_curve_that_this_person_hardly_shows_moves_next_to_nothing():
    """A pucker of .03 in the whole shot is the blendshape's noise; a dubber's pucker of 1 asks for it."""
    rng = np.random.default_rng(0)
    trembling = CANONICAL + rng.normal(0, 0.004, CANONICAL.shape)
    curves = measure(trembling, SPACE, rng.uniform(0, 0.03, 120))
    modes = MouthModes.fit(trembling - SPACE.neutral, curves)
    assert np.abs(modes.shapes[MODE_CURVES.index("pucker")]).max() < 0.05
    assert gap(modes.shapes[0]) > 0.75, "what is shown keeps its shape"


def test_a_mouth_that_never_moved_gives_modes_that_are_finite():
    still = np.repeat(SPACE.neutral[None], 5, axis=0)
    modes = MouthModes.fit(still - SPACE.neutral, measure(still, SPACE, np.zeros(5)))
    assert np.isfinite(modes.shapes).all()
    assert np.allclose(modes.reach(still, np.full(5, 0.3)), still)
