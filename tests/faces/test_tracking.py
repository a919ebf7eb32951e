"""The tracker holds on to one person, says where there is none, and repeats itself bit by bit."""

import numpy as np
import pytest

from shared_core.faces.tracking import TrackSettings, parse_box, track_clip
from shared_core.spec.errors import FaceError, KnobError

pytestmark = pytest.mark.usefixtures("landmark_model")

LEFT, RIGHT = (60, 60), (380, 60)


def middles(track) -> np.ndarray:
    """The face's middle in each frame, px; NaN where it is absent."""
    return np.where(track.present[:, None], track.landmarks[:, :468, :2].mean(axis=1), np.nan)


def test_a_still_face_is_found_where_it_is_and_stays_there(clip_of, scene, man):
    clip = clip_of([scene((man, *LEFT))] * 5, first=1001)
    track = track_clip(clip)
    assert track.present.all() and track.frames.tolist() == [1001, 1002, 1003, 1004, 1005]
    low, high = track.landmarks[0, :468, :2].min(axis=0), track.landmarks[0, :468, :2].max(axis=0)
    assert np.allclose((low + high) / 2, (160, 180), atol=15) and 110 < (high - low)[0] < 170
    assert np.ptp(track.landmarks[1:, :, :2], axis=0).max() < 1.0
    assert clip.asked == clip.frames, "each frame is read once, in order"


def test_a_move_of_the_picture_moves_the_landmarks_by_as_much(clip_of, scene, man):
    frames = [scene((man, 60 + 3 * step, 60 + step)) for step in range(9)]
    raw = track_clip(clip_of(frames)).raw.astype(np.float64)
    moved = (raw[8] - raw[0]).mean(axis=0)
    assert np.allclose(moved, (24, 8), atol=0.5)


def test_the_same_clip_gives_the_same_bits(clip_of, scene, man):
    frames = [scene((man, 60 + 2 * step, 60)) for step in range(4)]
    assert track_clip(clip_of(frames)).to_bytes() == track_clip(clip_of(frames)).to_bytes()


@pytest.mark.parametrize("count", [1, 2])
def test_one_frame_and_two_are_enough(clip_of, scene, man, count):
    track = track_clip(clip_of([scene((man, *LEFT))] * count))
    assert track.present.all() and np.isfinite(track.landmarks).all()


def test_no_face_anywhere_says_how_many_frames_were_looked_at(clip_of, scene):
    with pytest.raises(FaceError, match="any of the 3 frames"):
        track_clip(clip_of([scene()] * 3))


def test_two_faces_that_swap_places_keep_their_identity(clip_of, scene, man, singer):
    before, after = scene((man, *LEFT), (singer, *RIGHT)), scene((singer, *LEFT), (man, *RIGHT))
    clip = clip_of([before] * 4 + [after] * 4)
    for index, place in ((0, None), (1, None)):
        found = middles(track_clip(clip, TrackSettings(face_index=index, smoothing=1)))
        starts_left = found[0, 0] < 320
        assert np.isfinite(found).all(), place
        assert ((found[:4, 0] < 320) == starts_left).all()
        assert ((found[4:, 0] < 320) != starts_left).all()


def test_a_face_that_another_passes_in_front_of_is_found_again(clip_of, scene, man, singer):
    """The singer crosses from right to left, hiding the man for a while."""
    steps = np.linspace(420, -190, 30).astype(int)
    clip = clip_of([scene((man, 220, 60), (singer, int(x), 70)) for x in steps])
    track = track_clip(clip, TrackSettings(seed_box="250,80,140,200", smoothing=1))
    middle = middles(track)[:, 0]
    assert track.present[:3].all() and track.present[-6:].all()
    assert np.nanmax(np.abs(middle - 320)) < 25, "never follows the singer"


def test_a_gap_says_absent_and_the_face_is_found_on_re_entry(clip_of, scene, man):
    there, away = scene((man, *LEFT)), scene()
    track = track_clip(clip_of([there] * 3 + [away] * 5 + [scene((man, *RIGHT))] * 3))
    assert track.present.tolist() == [True] * 3 + [False] * 5 + [True] * 3
    assert not track.landmarks[~track.present].any() and not track.confidence[~track.present].any()
    assert (track.occlusion[3:8] == 1).all()


def test_a_short_gap_is_bridged_with_no_confidence(clip_of, scene, man):
    frames = [scene((man, 60, 60))] * 2 + [scene()] + [scene((man, 72, 60))] * 2
    track = track_clip(clip_of(frames), TrackSettings(smoothing=1))
    middle = middles(track)[:, 0]
    assert track.present.all() and track.confidence[2] == 0
    assert middle[2] == pytest.approx((middle[1] + middle[3]) / 2, abs=0.01)


def test_the_index_counts_faces_by_size(clip_of, scene, man, singer):
    import cv2

    small = cv2.resize(singer, (140, 168), interpolation=cv2.INTER_AREA)
    clip = clip_of([scene((man, *LEFT), (small, *RIGHT))])
    assert middles(track_clip(clip))[0, 0] < 320
    assert middles(track_clip(clip, TrackSettings(face_index=1)))[0, 0] > 320
    with pytest.raises(FaceError, match="face_index is 2.*more than 2 faces"):
        track_clip(clip, TrackSettings(face_index=2))


def test_a_seed_box_chooses_the_face_it_touches(clip_of, scene, man, singer):
    clip = clip_of([scene((man, *LEFT), (singer, *RIGHT))] * 2, first=101)
    chosen = track_clip(clip, TrackSettings(seed_box="400,80,160,200", seed_frame=102))
    assert middles(chosen)[0, 0] > 320
    with pytest.raises(FaceError, match="touches none of the 2 faces of frame 101"):
        track_clip(clip, TrackSettings(seed_box="0,0,20,20"))
    with pytest.raises(KnobError, match="seed_frame is 7.*101 to 102"):
        track_clip(clip, TrackSettings(seed_box="400,80,160,200", seed_frame=7))


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "1,2,0,5", "1,2,3,-4", "1;2;3;4"])
def test_a_seed_box_that_cannot_be_read_is_refused(text):
    with pytest.raises(KnobError, match="expected 'x,y,w,h'"):
        parse_box(text)


def test_a_cut_is_found_and_nothing_is_smoothed_over_it(clip_of, scene, man):
    before = scene((man, *LEFT))
    after = 255 - scene((255 - man, *RIGHT))
    track = track_clip(clip_of([before] * 6 + [after] * 6, first=11))
    assert track.cuts == (17,)
    assert np.abs(track.landmarks[4:8, :, :2] - track.raw[4:8]).max() < 0.6


def test_the_display_windows_origin_is_added(clip_of, scene, man):
    frame = scene((man, *LEFT))
    here, there = (track_clip(clip_of([frame], origin=origin)) for origin in ((0, 0), (-16, 40)))
    assert np.allclose(there.landmarks[0, :, :2] - here.landmarks[0, :, :2], (-16, 40), atol=1e-3)


def test_a_squeezed_picture_gives_the_same_face_in_its_own_pixels(clip_of, scene, man):
    import cv2

    frame = scene((man, *LEFT))
    squeezed = cv2.resize(frame, (320, 360), interpolation=cv2.INTER_AREA)
    plain = track_clip(clip_of([frame])).landmarks[0, :, :2]
    anamorphic = track_clip(clip_of([squeezed], pixel_aspect=2.0))
    assert anamorphic.pixel_aspect == 2.0
    assert np.allclose(anamorphic.landmarks[0, :, :2] * (2, 1), plain, atol=3)


def test_a_small_face_in_a_large_frame_is_found(clip_of, scene, man):
    import cv2

    small = cv2.resize(man, (50, 60), interpolation=cv2.INTER_AREA)
    track = track_clip(clip_of([scene((small, 1500, 700), size=(1920, 1080))]))
    assert np.allclose(middles(track)[0], (1525, 730), atol=12)


def test_a_head_on_its_side_is_found_and_its_pose_says_so(clip_of, scene, man):
    upright = track_clip(clip_of([scene((man, 200, 60))]))
    tilted = track_clip(clip_of([np.ascontiguousarray(np.rot90(scene((man, 200, 60), size=(600, 600)), -1))]))
    eyes = tilted.landmarks[0, 263, :2] - tilted.landmarks[0, 33, :2]
    assert eyes[1] > 4 * abs(eyes[0]), "turned clockwise, the eye line runs downwards"
    roll = [np.degrees(np.arctan2(track.pose[0, 1, 0], track.pose[0, 0, 0])) for track in (upright, tilted)]
    assert roll[1] - roll[0] == pytest.approx(-90, abs=8)


@pytest.mark.slow
@pytest.mark.footage
def test_a_hand_over_the_mouth_is_a_cover_and_talking_is_not(clip_of, movie, footage):
    frames = list(range(1, 420, 4))
    clip = clip_of(movie(footage / "public" / "hand_over_mouth.mp4", frames), frames=frames)
    track = track_clip(clip)
    at = {frame: float(track.occlusion[row]) for row, frame in enumerate(frames)}
    assert np.median([at[frame] for frame in frames if 76 <= frame <= 150]) > 0.9
    assert max(at[frame] for frame in frames if 270 <= frame <= 400) < 0.1


@pytest.mark.slow
@pytest.mark.footage
@pytest.mark.parametrize("name", ["profile_turns_512", "head_roll_720p", "three_quarter_720p"])
def test_a_turning_head_is_never_lost_nor_taken_for_covered(clip_of, movie, footage, name):
    path = footage / "internal" / f"{name}.mp4"
    if not path.is_file():
        pytest.skip(f"no {path}")
    frames = list(range(1, 160, 3))
    track = track_clip(clip_of(movie(path, frames), frames=frames))
    assert track.present.all() and track.confidence.min() > 0.5
    assert np.mean(track.occlusion > 0.5) < 0.1
