"""End to end on a few real frames, which lie apart so that they hold many mouths."""

import dataclasses

import cv2
import numpy as np
import pytest
from talking_face import Take, talk

from shared_core.faces.canonical import MouthSpace, opening
from shared_core.faces.scale import mouth_width_px
from shared_core.faces.topology import LIPS_OUTER
from shared_core.geometry.raster import fill_hull, fill_polygon, grow, on_window

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spoken(demo_footage, movie_frames, track_of, dub):
    """The demo's man (12 frames) says what the singer (12 frames) sings."""
    plate = movie_frames(demo_footage["plate"], range(5, 125, 10))
    singer = movie_frames(demo_footage["driver"], range(8, 130, 11))
    driver = track_of(singer)
    return dub(plate, track_of(plate), driver, range_limit=0.0), driver


def openings(track) -> np.ndarray:
    space = MouthSpace.fit(track)
    values = np.full(len(track.frames), np.nan)
    values[track.present] = opening(space.canonical(track.landmarks[track.present]))
    return values - space.closed_opening


def test_the_tracker_finds_the_singers_mouth_in_the_dub(spoken, track_of):
    """Tracked anew from the dub's pixels: the opening follows the driver, not the plate."""
    dubbed, driver = spoken
    again = track_of(dubbed.clip.with_pictures([dubbed.picture(int(f)) for f in dubbed.track.frames]))
    seen = dubbed.drive.present & again.present
    space = MouthSpace.fit(dubbed.track)
    made = opening(space.canonical(again.landmarks))[seen]
    wanted = openings(driver)[: len(seen)][seen]
    assert seen.sum() >= 10
    assert np.corrcoef(made, wanted)[0, 1] > 0.9
    assert np.abs(made - space.closed_opening - wanted).mean() < 0.05
    assert np.corrcoef(made, openings(dubbed.track)[seen])[0, 1] < 0.5


def test_outside_the_matte_every_bit_stands_and_inside_is_no_nan(spoken):
    dubbed, _ = spoken
    for frame in (2, 9):
        made, plate, alpha = dubbed.picture(frame), dubbed.clip.image(frame).pixels, dubbed.alpha(frame)
        assert np.array_equal(made.view(np.uint32)[alpha == 0], plate.view(np.uint32)[alpha == 0])
        assert np.isfinite(made).all()
        assert 0 < (alpha > 0).mean() < 0.4


def test_a_frame_is_the_same_alone_and_after_others(spoken):
    dubbed, _ = spoken
    alone = dubbed.picture(6)
    for frame in (11, 2):
        dubbed.picture(frame)
    assert np.array_equal(dubbed.picture(6).view(np.uint32), alone.view(np.uint32))


def test_lips_are_as_sharp_as_the_plates(spoken):
    """Fine contrast around the lips, in frames made of borrowed and bent pixels."""
    dubbed, _ = spoken

    def sharpness(picture: np.ndarray, points: np.ndarray) -> float:
        lips = on_window(grow(fill_polygon(points[list(LIPS_OUTER)]), 4), dubbed.clip.display) > 0.5
        grey = cv2.cvtColor(np.clip(picture, 0, 1) ** np.float32(1 / 2.2), cv2.COLOR_RGB2GRAY)
        return float((grey - cv2.GaussianBlur(grey, (0, 0), 1.5))[lips].std())

    ratios = [
        sharpness(dubbed.picture(f), dubbed.drive.at(f).landmarks)
        / sharpness(dubbed.clip.image(f).pixels, dubbed.track.at(f).landmarks[:, :2].astype(float))
        for f in (1, 4, 7, 10)
    ]
    assert 0.7 < np.mean(ratios) < 1.4


@pytest.fixture(scope="module")
def turning(footage, movie_frames, track_of, dub):
    """Ten frames of a head that turns from the front to near profile, dubbed by a drawn mouth."""
    path = footage / "internal" / "profile_turns_512.mp4"
    if not path.is_file():
        pytest.skip(f"no {path}")
    clip = movie_frames(path, range(1, 161, 17))
    talker = Take(np.r_[0.0, talk(len(clip.frames) - 1, 3)], jaw=0.03)
    track = track_of(clip)
    return {matte: dub(clip, track, talker.track, matte=matte) for matte in ("lower_face", "full_face")}


def frames_of(dubbed) -> list[int]:
    return [int(frame) for frame in dubbed.track.frames[dubbed.drive.present]]


@pytest.mark.footage
@pytest.mark.parametrize("matte", ["lower_face", "full_face"])
def test_from_front_to_profile_the_matte_holds_the_lips_and_little_beside_the_face(turning, matte):
    dubbed = turning[matte]
    assert len(frames_of(dubbed)) >= 9
    for frame in frames_of(dubbed):
        alpha = dubbed.alpha(frame)
        face, target = dubbed.track.at(frame).landmarks[:468, :2], dubbed.drive.at(frame).landmarks[:468]
        for x, y in target[list(LIPS_OUTER)]:
            assert alpha[int(y), int(x)] > 0.45, frame
        hull = fill_hull(np.vstack([face, target]).astype(float))
        around = on_window(grow(hull, 1.2 * mouth_width_px(face)), dubbed.clip.display)
        assert not alpha[around == 0].any(), frame


@pytest.mark.footage
def test_from_front_to_profile_no_lips_are_painted_beyond_the_faces_outline(turning):
    dubbed = turning["lower_face"]
    for frame in frames_of(dubbed):
        warp, _ = dubbed.layers(frame)
        outline = dubbed.drive.at(frame).landmarks[:468].astype(float)
        hull = on_window(fill_hull(outline), warp.reference_flow.window)
        assert warp.reference_flow.confidence[hull == 0].max(initial=0.0) < 0.1, frame


@pytest.mark.footage
def test_at_the_paste_s_edge_no_box_shows_at_any_turn(turning):
    """Where the matte is nearly 0, dub and plate differ by less than the eye sees."""
    for dubbed in turning.values():
        for frame in frames_of(dubbed):
            alpha = dubbed.alpha(frame)
            edge = (alpha > 0) & (alpha < 0.05)
            change = np.abs(dubbed.picture(frame) - dubbed.clip.image(frame).pixels)[edge]
            assert change.max(initial=0.0) < 0.04, frame


@pytest.mark.footage
def test_a_head_that_drives_itself_through_its_turn_stays_itself(turning, dub):
    one = turning["lower_face"]
    own = dub(one.clip, one.track, one.track, slide=100.0)
    for frame in frames_of(own):
        inside = own.alpha(frame) > 0.5
        error = np.sqrt(((own.picture(frame) - own.clip.image(frame).pixels)[inside] ** 2).mean())
        assert error < 0.03, frame


@pytest.mark.footage
def test_a_covered_face_is_left_alone(turning):
    one = turning["lower_face"]
    hidden = dataclasses.replace(one.track, occlusion=np.ones_like(one.track.occlusion))
    assert not dataclasses.replace(one, track=hidden).alpha(3).any()
