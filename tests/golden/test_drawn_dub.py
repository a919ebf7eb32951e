"""End to end on a drawn face, judged by its pixels alone: nobody's landmarks are asked."""

import dataclasses

import numpy as np
import pytest
from talking_face import SKIN, DrawnClip, Take, talk

COUNT = 40
TIME = np.arange(COUNT)
ACTOR = Take(
    talk(COUNT, 1), jaw=0.03 * np.sin(TIME / 4), width=0.04 * np.sin(TIME / 9), x=128 + 4 * np.sin(TIME / 11)
)
DUBBER = Take(
    talk(COUNT, 5), jaw=0.03 * np.sin(TIME / 5), mouth_px=60.0, x=150.0, y=170.0, seed=9, tallness=1.1
)


def hole(picture: np.ndarray, column: float) -> int:
    """Height of what is neither lip nor skin between the lips, on one column, px."""
    strip = picture[:, int(column)]
    lips = np.flatnonzero((strip[:, 0] - strip[:, 1] > 0.18) & (strip[:, 0] < 0.5))
    inside = strip[lips[0] : lips[-1]]
    return int((inside[:, 0] - inside[:, 1] < 0.1).sum())


def holes(take: Take, picture_of) -> np.ndarray:
    """The hole's height in mouth widths for every frame."""
    places = zip(take.track.frames, take.each("x"), take.each("mouth_px"), strict=True)
    return np.array([hole(picture_of(int(frame)), column) / width for frame, column, width in places])


@pytest.fixture(scope="module")
def dubbed(dub):
    return dub(ACTOR.clip, ACTOR.track, DUBBER.track)


@pytest.fixture(scope="module")
def pictures(dubbed):
    return {int(frame): dubbed.picture(int(frame)) for frame in ACTOR.track.frames}


def test_the_picture_opens_and_closes_its_mouth_as_the_dubbers_does(pictures):
    wanted = holes(DUBBER, DUBBER.clip.pictures.get)
    made = holes(ACTOR, pictures.get)
    own = holes(ACTOR, ACTOR.clip.pictures.get)
    slope = np.polyfit(wanted, made, 1)[0]
    assert np.corrcoef(wanted, made)[0, 1] > 0.97
    assert slope == pytest.approx(1.0, abs=0.12)
    assert abs(np.corrcoef(wanted, own)[0, 1]) < 0.5, "the actor says something else"


def test_the_mouth_is_shut_in_every_frame_in_which_the_dubbers_is(pictures):
    wanted, made = holes(DUBBER, DUBBER.clip.pictures.get), holes(ACTOR, pictures.get)
    shut = wanted < 0.02
    assert shut.sum() > 5
    assert made[shut].max() <= 1.5 / 48


def test_a_frozen_dubber_freezes_the_pictures_mouth(dub):
    told = {name: np.full(COUNT, DUBBER.each(name)[12]) for name in ("opening", "jaw")}
    told["opening"] = np.where(TIME < 5, 0.0, told["opening"])
    frozen = dub(ACTOR.clip, ACTOR.track, dataclasses.replace(DUBBER, **told).track)
    made = holes(ACTOR, frozen.picture)[5:]
    assert made.min() > 0.05
    assert np.ptp(made) < 3.5 / 48


def test_outside_the_final_matte_the_plate_is_untouched(dubbed, pictures):
    for frame in (1, 14, 33):
        outside = dubbed.alpha(frame) == 0
        plate = ACTOR.clip.pictures[frame]
        assert outside.mean() > 0.5
        assert np.array_equal(pictures[frame].view(np.uint32)[outside], plate.view(np.uint32)[outside])


def test_frames_made_alone_backwards_or_after_others_are_the_same_bits(dub, pictures):
    fresh = dub(DrawnClip(ACTOR), ACTOR.track, DUBBER.track)
    for frame in (31, 30, 7, 30, 40):
        assert np.array_equal(fresh.picture(frame).view(np.uint32), pictures[frame].view(np.uint32)), frame


def test_an_actor_who_dubs_himself_looks_like_himself(dub):
    own = dub(ACTOR.clip, ACTOR.track, ACTOR.track)
    for frame in (3, 17, 30):
        made, plate = own.picture(frame), ACTOR.clip.pictures[frame]
        inside = own.alpha(frame) > 0.5
        error = np.sqrt(((made - plate)[inside] ** 2).mean())
        assert 20 * np.log10(0.6 / error) > 34


def test_the_seam_cannot_be_seen(dubbed, pictures):
    """Along the matte's soft edge above the jaw, where nothing moves, dub and plate agree."""
    for frame in (5, 20, 35):
        alpha = dubbed.alpha(frame)
        cheeks = (alpha > 0) & (alpha < 0.3)
        cheeks[160:] = False
        assert cheeks.sum() > 50
        assert np.abs(pictures[frame] - ACTOR.clip.pictures[frame])[cheeks].max() < 0.03


def brightest_below(picture: np.ndarray, rows: slice, column: int) -> float:
    """How much like skin the background under a chin looks: 0 not at all, 1 fully."""
    redness = picture[rows, column, 0] - picture[rows, column, 2]
    return float(redness.max() / (SKIN[0] - SKIN[2]))


def test_a_chin_that_closes_leaves_no_second_chin(dubbed, pictures):
    """Frames in which the actor's jaw is far lower than the dubber's: between both lies background."""
    own = ACTOR.landmarks[:, 152, 1]
    wanted = dubbed.drive.landmarks[:, 152, 1]
    rows = np.flatnonzero(own - wanted > 8)
    assert len(rows) > 3
    for row in rows:
        below = slice(int(wanted[row]) + 4, int(own[row]) + 6)
        column = int(ACTOR.landmarks[row, 152, 0])
        assert brightest_below(pictures[int(row) + 1], below, column) < 0.2, row + 1


def test_where_the_performance_is_over_the_plate_stands(dub):
    short = dataclasses.replace(DUBBER, opening=DUBBER.opening[:20], jaw=0.0)
    half = dub(ACTOR.clip, ACTOR.track, short.track)
    assert half.alpha(10).max() == 1
    assert not half.alpha(25).any()
    assert np.array_equal(half.picture(25), ACTOR.clip.pictures[25])


def test_a_later_start_plays_the_same_mouths_later(dub, pictures):
    late = dub(ACTOR.clip, ACTOR.track, DUBBER.track, shift=8 / 25)
    made, before = holes(ACTOR, late.picture), holes(ACTOR, pictures.get)
    assert np.corrcoef(made[8:], before[:-8])[0, 1] > 0.97
    assert np.corrcoef(made[8:], before[8:])[0, 1] < 0.8


@pytest.mark.parametrize("matte", ["lower_face", "full_face"])
def test_either_hull_carries_the_whole_mouth(dub, matte):
    hull = dub(ACTOR.clip, ACTOR.track, DUBBER.track, matte=matte)
    alpha = hull.alpha(20)
    x, y = hull.drive.landmarks[19, 14].astype(int)
    assert alpha[y, x] == 1
    nose = ACTOR.landmarks[19, 195].astype(int)
    assert (alpha[nose[1], nose[0]] > 0.9) == (matte == "full_face")


def test_the_full_faces_hull_shows_the_plate_where_nothing_moves(dub):
    hull = dub(ACTOR.clip, ACTOR.track, DUBBER.track, matte="full_face")
    above = hull.picture(20)[: int(ACTOR.landmarks[19, 168, 1])]
    assert np.abs(above - ACTOR.clip.pictures[20][: len(above)]).max() < 0.005
