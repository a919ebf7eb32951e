"""What is done to a performance so that it fits another face."""

import numpy as np
import pytest
from talking_face import Take, talk

from shared_core.faces.canonical import MouthSpace
from shared_core.faces.head_turn import FacingAhead
from shared_core.faces.mouth_modes import LIPS, MouthModes, measure
from shared_core.faces.retarget import eased, edited, held_back, less_crooked, onto_actor, within_range
from shared_core.faces.topology import JAW, mirror
from shared_core.values import Curves
from shared_core.values.drive import CURVES

ACTOR = Take(talk(40, 1), jaw=0.03 * np.sin(np.arange(40) / 4))
SPACE = MouthSpace.fit(ACTOR.track)
AHEAD = FacingAhead.of(ACTOR.track, SPACE)
RNG = np.random.default_rng(0)
WHOLLY = np.ones(40)


def turn(x: float) -> np.ndarray:
    """A turn that moves every landmark by x mouth widths."""
    return np.tile([x, 0.0], (1, 478, 1))


def test_a_slide_of_nothing_takes_the_whole_turn_back():
    assert np.allclose(held_back(turn(0.3), np.zeros(1)), turn(0.3))


def test_a_wide_slide_takes_nothing_back():
    assert np.allclose(held_back(turn(0.05), np.array([9.0])), 0.0, atol=1e-4)


@pytest.mark.parametrize("way", [0.02, 0.2, 1.0])
def test_what_is_left_of_a_turn_stays_within_the_slide(way):
    left = turn(way) - held_back(turn(way), np.array([0.08]))
    assert 0 < left[0, LIPS, 0].mean() <= min(way, 0.08)


def test_no_turn_needs_nothing():
    assert not held_back(np.zeros((2, 478, 2)), np.array([0.0, 0.1])).any()


def test_all_of_the_asymmetry_is_the_performance_itself():
    offsets = RNG.normal(size=(3, 478, 2))
    assert np.allclose(less_crooked(offsets, np.ones(3)), offsets)


def test_none_of_the_asymmetry_is_even():
    even = less_crooked(RNG.normal(size=(3, 478, 2)), np.zeros(3))
    assert np.allclose(even, even[:, mirror()] * (-1, 1))


def wanted(opening: np.ndarray, width: np.ndarray | float = 0.0) -> np.ndarray:
    table = np.zeros((len(opening), len(CURVES)))
    table[:, 0], table[:, 1] = opening, width
    return table


def test_within_the_shown_range_nothing_is_bent():
    table = wanted(np.linspace(0.02, 0.4, 40))
    assert np.allclose(within_range(table, AHEAD.curves, 1.2), table)


def test_lips_may_close_further_than_the_actor_ever_did_but_not_narrow():
    """An actor who smiles throughout can still be given a shut mouth."""
    open_mouthed = Take(0.2 + ACTOR.opening)
    table = within_range(wanted(np.zeros(40), -2.0), FacingAhead.of(open_mouthed.track, SPACE).curves, 1.0)
    assert not table[:, 0].any()
    assert (table[:, 1] > -0.2).all()


def test_beyond_the_range_larger_stays_larger_and_ends_near_it():
    table = wanted(np.linspace(0.0, 3.0, 40))
    bent = within_range(table, AHEAD.curves, 1.0)[:, 0]
    assert (np.diff(bent) >= 0).all()
    assert bent.max() < 0.031 + np.quantile(SPACE.closed_opening + ACTOR.opening, 0.99)


def test_no_limit_bends_nothing():
    table = wanted(np.linspace(0.0, 3.0, 40), 2.0)
    assert within_range(table, AHEAD.curves, 0.0) is table


def test_an_edit_concerns_its_frame_and_curve_alone():
    values = np.full((40, len(CURVES)), np.nan, np.float32)
    values[7, 0], values[9, CURVES.index("closure")] = 0.5, 1.0
    curves, table = Curves(ACTOR.track.frames, values), wanted(np.full(40, 0.1))
    frames = ACTOR.track.frames
    assert np.argwhere(edited(table, frames, curves) != table).tolist() == [[7, 0], [9, 3]]
    assert np.argwhere(edited(table, frames, curves, only=3) != table).tolist() == [[9, 3]]
    assert edited(table, frames, None) is table


OWN = SPACE.canonical(ACTOR.track.landmarks)


def test_the_actors_own_mouth_laid_onto_him_is_his_own_face():
    laid = onto_actor(ACTOR.track, SPACE, AHEAD, OWN, WHOLLY, AHEAD.curves)
    assert np.allclose(laid, ACTOR.track.landmarks[..., :2], atol=1e-3)


def test_the_lips_lie_exactly_where_they_are_wanted():
    mouth = OWN.copy()
    mouth[:, LIPS, 1] += 0.1
    laid = SPACE.canonical(onto_actor(ACTOR.track, SPACE, AHEAD, mouth, WHOLLY, AHEAD.curves))
    assert np.allclose(laid[:, LIPS], mouth[:, LIPS], atol=1e-4)


def test_a_mouth_that_is_not_to_follow_stays_the_actors_own():
    neutral = np.tile(SPACE.neutral, (len(WHOLLY), 1, 1))
    laid = onto_actor(ACTOR.track, SPACE, AHEAD, neutral, 0.0 * WHOLLY, AHEAD.curves + 0.1)
    assert np.allclose(laid, ACTOR.track.landmarks[..., :2], atol=1e-3)


def test_where_the_curves_are_the_plates_own_the_jaw_stays_though_the_lips_move():
    """A shape that the curves do not say, as of a turned head, must not drag the jaw over the collar."""
    mouth = OWN + (0.2, 0.0)
    laid = SPACE.canonical(onto_actor(ACTOR.track, SPACE, AHEAD, mouth, WHOLLY, AHEAD.curves))
    assert np.abs(laid[:, list(JAW)] - OWN[:, list(JAW)]).max() < 0.01 * 0.2
    assert np.allclose(laid[:, LIPS], mouth[:, LIPS], atol=1e-4)


def test_where_the_jaw_is_to_drop_the_chin_goes_as_far_as_this_actors_does():
    change = np.array([0.1, 0.0, 0.0, 0.03])
    laid = SPACE.canonical(onto_actor(ACTOR.track, SPACE, AHEAD, OWN, WHOLLY, AHEAD.curves + change))
    chin = JAW[len(JAW) // 2]
    theirs = AHEAD.modes(SPACE).move(change[None])[0, chin]
    assert theirs[1] > 0.01
    assert np.allclose(laid[:, chin] - OWN[:, chin], theirs, atol=0.01 * theirs[1])


def test_a_nod_of_the_plates_head_moves_no_jaw():
    """The chin of a head that looks down lies lower in the picture; nobody asked for that."""
    pitch = 0.3 * np.sin(np.arange(40) / 5)
    nodding = Take(ACTOR.opening, jaw=ACTOR.jaw, yaw=0.4 * np.cos(np.arange(40) / 7), pitch=pitch)
    space = MouthSpace.fit(nodding.track)
    own, ahead = space.canonical(nodding.track.landmarks), FacingAhead.of(nodding.track, space)
    still = FacingAhead.of(ACTOR.track, SPACE).curves
    laid = space.canonical(onto_actor(nodding.track, space, ahead, own, np.ones(40), still))
    in_picture = measure(own, space, np.zeros(40))
    dragged = MouthModes.fit(own - space.neutral, in_picture).move(still - in_picture)[:, list(JAW)]
    assert np.abs(dragged).max() > 0.15, "what the picture's own curves would do"
    assert np.abs(laid[:, list(JAW)] - own[:, list(JAW)]).max() < 0.05


@pytest.mark.parametrize("frames", [40, 1])
def test_an_actor_who_never_speaks_in_the_plate_drops_the_chin_where_the_drive_has_it(frames):
    """His own frames do not show how far a chin goes."""
    silent = Take(np.full(frames, 0.02))
    space = MouthSpace.fit(silent.track)
    own = space.canonical(silent.track.landmarks)
    mouth, chin = own.copy(), JAW[len(JAW) // 2]
    mouth[:, [*LIPS, chin], 1] += 0.3
    ahead = FacingAhead.of(silent.track, space)
    curves = ahead.curves + (0.3, 0.0, 0.0, 0.3)
    laid = space.canonical(onto_actor(silent.track, space, ahead, mouth, np.ones(frames), curves))
    assert np.allclose(laid[:, chin, 1] - own[:, chin, 1], 0.3, atol=0.01)


def test_a_performance_is_eased_into_where_it_begins_and_ends_in_mid_clip():
    covered = np.zeros(40, bool)
    covered[10:30] = True
    share = eased(covered, 4)
    assert not share[:10].any() and not share[30:].any()
    assert (np.diff(share[9:15]) > 0).all() and (np.diff(share[25:31]) < 0).all()
    assert (share[14:26] == 1.0).all()


def test_nothing_is_eased_at_the_clips_own_ends_or_without_ease():
    assert (eased(np.ones(9, bool), 5) == 1.0).all()
    begins = np.arange(9) < 6
    assert eased(begins, 5)[0] == 1.0 and np.array_equal(eased(begins, 0), begins.astype(float))
