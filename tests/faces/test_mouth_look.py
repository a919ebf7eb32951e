"""The look at a mouth sees teeth, darkness and blur, and not where the head is."""

import dataclasses

import cv2
import numpy as np
import pytest
from talking_face import Take

from shared_core.faces.canonical import MouthSpace
from shared_core.faces.mouth_look import COLUMNS, ROWS, mouth_look
from shared_core.faces.topology import LIPS_INNER
from shared_core.geometry.raster import fill_polygon, on_window

OPENINGS = np.array([0.0, 0.0, 0.1, 0.2, 0.4, 0.5])


def looks(take: Take, previews=None) -> list:
    """One look a frame."""
    track = take.track
    space = MouthSpace.fit(track)
    previews = previews or [take.clip.preview(int(frame)) for frame in track.frames]
    return [mouth_look(preview, track.landmarks[i], space) for i, preview in enumerate(previews)]


PLAIN = looks(Take(OPENINGS))


def test_the_picture_is_small_and_upright():
    for look in PLAIN:
        assert look.picture.shape == (ROWS, COLUMNS, 3)
        assert look.picture.dtype == np.uint8


POSES = {
    "place": {"x": 90.0, "y": 150.0},
    "tilt": {"roll": 0.5},
    "size": {"mouth_px": 40.0, "x": 140.0},
    "anamorphic": {"aspect": 2.0, "size": (128, 288)},
}


@pytest.mark.parametrize("where", POSES.values(), ids=POSES.keys())
def test_where_the_head_is_makes_little_difference(where):
    """The pores are drawn anew for each pose, so the pictures differ by a little noise."""
    for index, (ours, theirs) in enumerate(zip(looks(Take(OPENINGS, **where)), PLAIN, strict=True)):
        apart = np.abs(ours.picture.astype(int) - theirs.picture.astype(int)).mean()
        assert apart < 6
        if index > 1:
            assert ours.teeth == pytest.approx(theirs.teeth, abs=0.1)


def test_another_mouth_is_further_away_than_another_pose():
    apart = np.abs(PLAIN[0].picture.astype(int) - PLAIN[5].picture.astype(int)).mean()
    assert apart > 12


def test_teeth_are_seen_where_there_are_teeth():
    bare, toothless = PLAIN, looks(Take(OPENINGS, teeth=False))
    assert all(look.teeth > 0.2 for look in bare[2:])
    assert all(look.teeth < 0.05 for look in toothless[2:])
    assert all(hollow.dark > look.dark + 0.2 for hollow, look in zip(toothless[2:], bare[2:], strict=True))


def test_a_shut_mouth_says_nothing_of_teeth():
    crossed = dataclasses.replace(Take(np.array([-0.02, -0.02, 0.3])))
    look = looks(crossed)[0]
    assert np.isnan(look.teeth)
    assert np.isnan(look.dark)


def test_shares_are_between_nothing_and_all():
    for look in PLAIN:
        if not np.isnan(look.teeth):
            assert 0 <= look.teeth <= 1
            assert 0 <= look.dark <= 1
            assert look.teeth + look.dark <= 1.2


def test_a_brighter_light_is_no_more_teeth():
    dim = looks(Take(OPENINGS, light=0.4))
    for ours, theirs in zip(dim[2:], PLAIN[2:], strict=True):
        assert ours.teeth == pytest.approx(theirs.teeth, abs=0.06)


def test_a_bright_tongue_is_no_teeth():
    take = Take(OPENINGS, teeth=False)
    for row, picture in enumerate(take.clip.pictures.values()):
        inner = on_window(fill_polygon(take.landmarks[row, list(LIPS_INNER), :2]), take.clip.display)
        picture += inner[..., None] * (np.float32([0.6, 0.24, 0.2]) - picture)
    assert all(look.teeth < 0.1 for look in looks(take)[2:])


@pytest.mark.parametrize("tint", [(1.0, 0.75, 0.5), (0.7, 0.85, 1.0)])
def test_a_tinted_light_neither_bares_teeth_nor_hides_them(tint):
    for teeth in (True, False):
        take = Take(OPENINGS, teeth=teeth)
        plain = looks(Take(OPENINGS, teeth=teeth))
        for picture in take.clip.pictures.values():
            picture *= np.float32(tint)
        for ours, theirs in zip(looks(take)[2:], plain[2:], strict=True):
            assert ours.teeth == pytest.approx(theirs.teeth, abs=0.08)


def test_blur_lowers_the_sharpness_in_order():
    take = Take(OPENINGS, mouth_px=60.0)
    clip = take.clip
    by_blur = []
    for sigma in (0.0, 1.5, 4.0):
        previews = [clip.preview(int(frame)) for frame in take.track.frames]
        if sigma:
            previews = [cv2.GaussianBlur(preview, (0, 0), sigma) for preview in previews]
        by_blur.append(looks(take, previews)[4].sharpness)
    assert by_blur[0] > 1.2 * by_blur[1] > 1.2 * 1.2 * by_blur[2]


@pytest.mark.parametrize("x, y", [(-300.0, 100.0), (128.0, 290.0), (600.0, 600.0)])
def test_a_mouth_at_or_beyond_the_frames_edge_is_no_error(x, y):
    for look in looks(Take(OPENINGS[:3], x=x, y=y)):
        assert look.picture.shape == (ROWS, COLUMNS, 3)
        assert np.isfinite(look.sharpness)


def test_a_large_mouth_is_averaged_down_not_sampled():
    """Grain at four times the picture's cells must not read as sharpness."""
    take = Take(np.array([0.0, 0.3]), mouth_px=220.0, x=320.0, y=400.0, size=(640, 640))
    rng = np.random.default_rng(0)
    grainy = [
        np.clip(take.clip.preview(int(f)) + rng.normal(0, 12, (640, 640, 1)), 0, 255).astype(np.uint8)
        for f in take.track.frames
    ]
    assert looks(take, grainy)[1].sharpness < 1.3 * looks(take)[1].sharpness
