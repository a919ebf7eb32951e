"""Lip metrics: right on the clean case, and failing on each planted fault."""

from __future__ import annotations

import numpy as np
import pytest

from shared_core.evaluate import lips
from shared_core.evaluate.alignment import (
    MEDIAPIPE,
    canonical,
    landmarks_of,
    learn_person,
    lip_offsets,
    opening_of,
    similarity,
    width_of,
)
from shared_core.spec.errors import BadInput

COUNT = 60


@pytest.fixture(scope="module")
def said(stage):
    """Landmarks of an actor (thin lips) and a driver (thick ones), by whose words they speak."""

    def say(seed: int, thick: float = 12.0, **pose) -> np.ndarray:
        person = stage.Actor(thick)
        curves = zip(*stage.speech(COUNT, seed), strict=True)
        return np.stack([person.points(opening, width, **pose) for opening, width in curves])

    return say


def offsets(points, person=None):
    person = learn_person(points) if person is None else person
    return lip_offsets(canonical(points, person), person)


def curve(points, of=opening_of):
    person = learn_person(points)
    return of(canonical(points, person), MEDIAPIPE), person


def test_the_same_performance_has_a_small_lip_error_on_another_face(said):
    driver, plate, dub = said(2, thick=15.0), said(1), said(2)
    actor = learn_person(plate)
    ratio = lips.lip_error_ratio(offsets(dub, actor), offsets(plate, actor), offsets(driver))
    assert ratio < 0.1


def test_a_wrong_driver_is_seen_in_the_lip_error_ratio(said):
    driver, plate, dub = said(2, thick=15.0), said(1), said(7)
    actor = learn_person(plate)
    ratio = lips.lip_error_ratio(offsets(dub, actor), offsets(plate, actor), offsets(driver))
    assert ratio > 0.6


def test_the_untouched_plate_has_a_lip_error_ratio_of_one(said):
    driver, plate = said(2), said(1)
    assert lips.lip_error_ratio(offsets(plate), offsets(plate), offsets(driver)) == 1.0


def test_pose_does_not_count_as_lip_error(said):
    still = said(2)
    moved = said(2, turn=0.3, size=1.7, shift=(40.0, -25.0))
    assert lips.lip_error(offsets(still), offsets(moved)) < 1e-6


def test_lip_error_is_a_distance_in_percent_of_the_mouths_width():
    driver = np.zeros((5, 40, 2))
    assert lips.lip_error(driver + (0.03, 0.04), driver) == pytest.approx(5.0)


def test_a_frozen_mouth_is_seen_in_opening_r_and_gain(said):
    driver, _ = curve(said(2))
    person = learn_person(said(1))
    frozen = np.repeat(said(1)[10:11], COUNT, axis=0)
    opening = opening_of(canonical(frozen, person), MEDIAPIPE)
    assert lips.opening_r(opening, driver) == 0.0
    assert lips.opening_gain(opening, driver) == pytest.approx(0.0, abs=1e-9)
    noisy = opening + np.random.default_rng(0).normal(0, 0.004, COUNT)
    assert lips.opening_r(noisy, driver) < 0.6


def test_opening_follows_a_faithful_dub(said):
    driver, dub = curve(said(2, thick=15.0))[0], curve(said(2))[0]
    assert lips.opening_r(dub, driver) > 0.99
    assert lips.opening_gain(dub, driver) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("gain", [0.5, 1.4])
def test_a_mumbled_or_shouted_opening_is_seen_in_the_gain(gain):
    driver = np.random.default_rng(1).uniform(0, 0.4, 50)
    assert lips.opening_gain(0.02 + gain * driver, driver) == pytest.approx(gain)
    assert lips.opening_r(0.02 + gain * driver, driver) == pytest.approx(1.0)


def test_a_mouth_that_keeps_its_width_is_seen_in_width_r(stage, said):
    driver, _ = curve(said(2), width_of)
    person = stage.Actor()
    stiff = np.stack([person.points(opening, 1.0) for opening in stage.speech(COUNT, 2)[0]])
    assert lips.width_r(curve(said(2, thick=15.0), width_of)[0], driver) > 0.99
    assert abs(lips.width_r(curve(stiff, width_of)[0], driver)) < 0.3


def test_a_mouth_that_never_closes_is_seen_in_closed_opening(stage, said):
    driver, performer = curve(said(2))
    actor = learn_person(said(1))
    closing = opening_of(canonical(said(2, thick=15.0), actor), MEDIAPIPE)
    assert lips.closed_opening(closing, driver, actor, performer) <= 0.03
    assert lips.closed_opening(closing + 0.08, driver, actor, performer) > 0.03


def test_closed_opening_is_unknown_where_the_driver_never_closes(said):
    driver, performer = curve(said(2))
    actor = learn_person(said(1))
    assert np.isnan(lips.closed_opening(driver, driver + 1.0, actor, performer))


def test_landmark_distance_is_zero_for_the_same_mouth_and_grows_with_a_wrong_one(said):
    right, wrong = said(2), said(7)
    person = learn_person(said(1))
    mouths = [canonical(points, person) for points in (right, wrong)]
    assert lips.lmd(mouths[0], mouths[0], person, person) == 0.0
    assert lips.lmd(mouths[1], mouths[0], person, person) > 1.0


def test_landmark_distance_ignores_where_the_mouth_lies(said):
    person = learn_person(said(1))
    mouth = canonical(said(2), person)
    assert lips.lmd(mouth + (0.2, -0.1), mouth, person, person) == pytest.approx(0.0, abs=1e-9)


def test_frames_without_a_face_are_left_out(said):
    driver, dub, plate = offsets(said(2)), offsets(said(7)), offsets(said(1))
    expected = lips.lip_error_ratio(dub[5:], plate[5:], driver[5:])
    dub = dub.copy()
    dub[:5] = np.nan
    assert lips.lip_error_ratio(dub, plate, driver) == pytest.approx(expected)


@pytest.mark.parametrize("metric", [lips.lip_error, lips.opening_r, lips.opening_gain, lips.width_r])
def test_nothing_to_measure_is_an_error_and_not_a_number(metric):
    nothing = np.full((9, 4, 2) if metric is lips.lip_error else (9,), np.nan)
    with pytest.raises(BadInput, match="0 of 9 frames"):
        metric(nothing, nothing)
    with pytest.raises(BadInput):
        metric(nothing[:0], nothing[:0])


def test_a_person_is_learned_with_level_eyes_and_a_mouth_of_width_one(said):
    person = learn_person(said(2, turn=0.4, size=0.6))
    left, right = person.neutral[list(MEDIAPIPE.corners)]
    assert np.linalg.norm(right - left) == pytest.approx(1.0)
    eyes = [person.neutral[list(eye)].mean(axis=0) for eye in MEDIAPIPE.eyes]
    assert eyes[0][1] == pytest.approx(eyes[1][1], abs=1e-9)
    assert person.closed_opening < 0.05


def test_a_similarity_is_found_exactly():
    points = np.random.default_rng(3).normal(size=(9, 2))
    matrix = 1.7 * np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])
    found, offset = similarity(points, points @ matrix.T + (3.0, -2.0))
    np.testing.assert_allclose(found, matrix, atol=1e-12)
    np.testing.assert_allclose(offset, (3.0, -2.0), atol=1e-12)


def test_a_track_without_a_face_gives_no_landmarks(stage, said):
    points = said(2)[:4].copy()
    points[1] = np.nan
    read = landmarks_of(stage.track_of(points))
    assert np.isnan(read[1]).all()
    assert np.isfinite(read[[0, 2, 3]]).all()
