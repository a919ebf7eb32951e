"""The shots that are measured: what is borrowed fits the frames that borrow it."""

from __future__ import annotations

import numpy as np
import pytest

from shared_core.evaluate.bench import shots
from shared_core.media.clip import open_clip
from shared_core.values import Drive, References, Track

COUNT = 6


def track(length=COUNT):
    rng = np.random.default_rng(1)
    return Track(
        frames=np.arange(1, length + 1),
        landmarks=rng.random((length, 478, 3), np.float32), raw=rng.random((length, 478, 2), np.float32),
        present=np.ones(length, bool), confidence=np.ones(length, np.float32),
        occlusion=np.zeros(length, np.float32), quality=np.ones(length, np.float32),
        blendshapes=np.zeros((length, 52), np.float32), pose=np.zeros((length, 4, 4), np.float32),
        cuts=(4,), size=(960, 540), fps="30",
    )


def lenders(source):
    length = len(source)
    return References(
        np.arange(1, length + 1), np.zeros((length, 2), np.int8), np.array(source, np.int64),
        np.full((length, 2), 0.5, np.float32), np.ones((length, 2, 478, 2), np.float32),
        np.ones((length, 2, 8, 3), np.float32),
    )


def test_frames_play_to_and_fro():
    assert shots.to_and_fro(3, 8).tolist() == [0, 1, 2, 2, 1, 0, 0, 1]


def test_a_larger_plate_has_the_same_face_in_more_pixels():
    small = track()
    large = shots.stretched(small, COUNT, COUNT, 2.0)
    assert np.array_equal(large.landmarks, 2 * small.landmarks)
    assert np.array_equal(large.raw, 2 * small.raw)
    assert np.array_equal(large.quality, small.quality)
    assert large.size == (1920, 1080)


def test_a_longer_track_repeats_the_rows_and_has_no_cut():
    long = shots.stretched(track(), COUNT, 14, 1.0)
    assert long.frames.tolist() == list(range(1, 15))
    assert np.array_equal(long.landmarks[COUNT], long.landmarks[COUNT - 1])
    assert long.cuts == ()


def test_a_lender_of_the_long_shot_shows_what_the_original_lender_shows():
    original = lenders([[2, 5], [1, 6], [3, 3], [6, 1], [5, 2], [4, 4]])
    for length in (COUNT, 9, 12, 40):
        long = shots.stretched(original, COUNT, length, 1.0)
        shown = shots.to_and_fro(COUNT, length)
        assert np.array_equal(shown[long.source - 1] + 1, original.source[shown])
    assert np.abs(long.source - long.frames[:, None]).max() < 2 * COUNT, "lenders come from near by"


def test_a_sidecar_too_short_is_refused():
    with pytest.raises(ValueError, match="expected 20 or more"):
        shots.stretched(track(), 20, 40, 1.0)
    drive = Drive(np.arange(1, 3), np.zeros((2, 478, 2), np.float32), np.ones(2, bool),
                  np.zeros((2, 5), np.float32), np.zeros(2, np.float32))
    assert len(shots.stretched(drive, 2, 5, 1.0).present) == 5


@pytest.mark.parametrize("pixel_type", ["half", "float"])
def test_the_enlarged_plate_is_what_its_form_says(demo_footage, tmp_path, pixel_type):
    from shared_core.colour import ColourContext

    pattern = shots.write_plate(tmp_path / "plate", shots.PlateForm((192, 108), pixel_type), 2)
    shots.repeat_plate(tmp_path / "long", tmp_path / "plate", 2, 5)
    with open_clip(pattern, colour=ColourContext()) as clip:
        native = clip.native(2)
    assert (clip.display.width, clip.display.height) == (192, 108)
    assert sorted(native.planes) == list("ABGR")
    expected = {"half": "float16", "float": "float32"}[pixel_type]
    assert {plane.dtype.name for plane in native.planes.values()} == {expected}
    assert len(list((tmp_path / "long").iterdir())) == 5
