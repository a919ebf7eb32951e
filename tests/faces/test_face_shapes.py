"""On real frontal faces and profiles the mattes hold what they have to hold."""

import numpy as np
import pytest

from shared_core.faces.face_shapes import jaw_band, lower_face_points
from shared_core.faces.topology import EYE_CORNERS, JAW, LIPS_OUTER
from shared_core.faces.tracking import track_clip
from shared_core.geometry.raster import on_window
from shared_core.operators.landmark_mask import landmark_mask
from shared_core.values import Window

PLATE = Window(0, 0, 512, 512)


@pytest.fixture(scope="module")
def turning(clip_of, movie, footage):
    """Frames 1 (frontal) to 160 (near profile) of a head that turns, in steps."""
    path = footage / "internal" / "profile_turns_512.mp4"
    if not path.is_file():
        pytest.skip(f"no {path}")
    frames = list(range(1, 161, 6))
    return track_clip(clip_of(movie(path, frames), frames=frames))


@pytest.mark.footage
def test_the_lower_face_holds_lips_and_jaw_but_no_eye_at_every_turn(turning):
    for row, frame in enumerate(turning.frames):
        points = turning.landmarks[row, :, :2]
        lower = on_window(landmark_mask(turning, int(frame), grow=1.0).lower_face, PLATE)
        for x, y in points[list(LIPS_OUTER + JAW)]:
            assert lower[int(y), int(x)] > 0.5, frame
        for x, y in points[[corner for eye in EYE_CORNERS for corner in eye]]:
            assert lower[int(y), int(x)] == 0, frame


@pytest.mark.footage
def test_areas_change_smoothly_while_the_head_turns(turning):
    mattes = [landmark_mask(turning, int(frame)) for frame in turning.frames]
    for name in ("lower_face", "full_face", "lips"):
        areas = np.array([getattr(one, name).alpha.sum() for one in mattes])
        assert areas.min() > 0 and np.abs(np.diff(np.log(areas))).max() < 0.35, name


@pytest.mark.footage
def test_the_jaws_band_stays_off_the_lips_in_profile(turning):
    mattes = landmark_mask(turning, int(turning.frames[-1]))
    both = on_window(mattes.jaw, PLATE) * on_window(mattes.lips, PLATE)
    assert both.sum() < 0.02 * mattes.lips.alpha.sum()


def test_the_band_ends_where_the_jaw_goes_out_of_sight():
    points = np.zeros((478, 2))
    points[list(LIPS_OUTER)] = (50, 0)
    points[list(JAW)] = np.stack([np.linspace(-100, 60, 17), np.full(17, 10.0)], axis=1)
    assert 4 < len(jaw_band(points)) < 34


def test_the_higher_edge_only_adds_points():
    points = np.random.default_rng(0).normal(size=(478, 2))
    low, high = (lower_face_points(points, edge) for edge in ("nose base", "below eyes"))
    assert len(high) > len(low) and np.array_equal(high[: len(low)], low)
