"""Sidecars come back from their bytes, and a frame's key changes with that frame alone."""

import dataclasses

import numpy as np
import pytest
from talking_face import Take, talk

from shared_core.values import Curves, Drive, References, Track
from shared_core.values.drive import CURVES

COUNT = 5
FRAMES = np.arange(11, 11 + COUNT)
RNG = np.random.default_rng(0)
TRACK = Take(talk(COUNT, 1), first=11, cuts=(13,)).track


def drive() -> Drive:
    return Drive(
        FRAMES, RNG.uniform(size=(COUNT, 478, 2)).astype(np.float32), np.array([1, 1, 0, 1, 1], bool),
        RNG.uniform(size=(COUNT, 5)).astype(np.float32), np.float32([0.1, np.nan, 0, 0.5, 1]),
    )


def references() -> References:
    weight = np.float32([[1, 0], [0.25, 0.75], [0, 0], [0.5, 0.5], [1, 0]])
    return References(
        FRAMES, np.zeros((COUNT, 2), np.int8), np.arange(2 * COUNT).reshape(COUNT, 2), weight,
        RNG.uniform(size=(COUNT, 2, 478, 2)).astype(np.float32), np.ones((COUNT, 2, 8, 3), np.float32),
        {"frames": 7}, ("Too few.",),
    )


def curves() -> Curves:
    values = np.full((COUNT, len(CURVES)), np.nan, np.float32)
    values[1, 0], values[3, 4] = 0.25, -0.1
    return Curves(FRAMES, values)


MAKERS = {"track": lambda: TRACK, "drive": drive, "references": references, "curves": curves}


@pytest.fixture(params=MAKERS)
def sidecar(request):
    return MAKERS[request.param]()


def equal(a, b) -> bool:
    return all(
        np.array_equal(one, other, equal_nan=True) if isinstance(one, np.ndarray) else one == other
        for one, other in ((getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
    )


def test_it_comes_back_from_its_bytes(sidecar):
    again = type(sidecar).from_bytes(sidecar.to_bytes())
    assert equal(again, sidecar)
    assert again.to_bytes() == sidecar.to_bytes()


def test_the_bytes_of_another_kind_are_refused(sidecar):
    other = Drive if not isinstance(sidecar, Drive) else Track
    with pytest.raises(ValueError, match=f"not a {other.__name__}: holds"):
        other.from_bytes(sidecar.to_bytes())


def test_a_frame_outside_has_no_row(sidecar):
    assert sidecar.row(13) == 2
    assert sidecar.row(10) is None
    assert sidecar.row(16) is None


def first_array(sidecar) -> str:
    return next(
        f.name for f in dataclasses.fields(sidecar)
        if f.name != "frames" and getattr(sidecar, f.name).dtype.kind == "f"
    )


def test_a_changed_row_changes_that_frames_key_alone(sidecar):
    name = first_array(sidecar)
    array = getattr(sidecar, name).copy()
    array[2] = 0.123
    changed = dataclasses.replace(sidecar, **{name: array})
    same = [changed.key_at(int(frame)) == sidecar.key_at(int(frame)) for frame in FRAMES]
    assert same == [True, True, False, True, True]


def test_frames_that_it_does_not_cover_have_one_key(sidecar):
    assert sidecar.key_at(5) == sidecar.key_at(99) != sidecar.key_at(11)


def test_frames_have_to_ascend(sidecar):
    with pytest.raises(ValueError, match="ascending"):
        dataclasses.replace(sidecar, frames=FRAMES[::-1])


def test_every_array_has_a_row_a_frame(sidecar):
    name = first_array(sidecar)
    with pytest.raises(ValueError, match=f"{type(sidecar).__name__}.*"):
        dataclasses.replace(sidecar, **{name: getattr(sidecar, name)[:3]})


def test_a_warning_for_the_artist_makes_no_frame_stale():
    told = dataclasses.replace(references(), warnings=("Quite another.",), pool={"frames": 8})
    plain = dataclasses.replace(told, warnings=(), pool={})
    assert told.key_at(12) == plain.key_at(12)


def test_a_cut_makes_the_tracks_frames_stale():
    assert dataclasses.replace(TRACK, cuts=()).key_at(12) != TRACK.key_at(12)


def test_lenders_come_heaviest_first_and_without_those_of_no_weight():
    chosen = references()
    assert [one.frame for one in chosen.at(12)] == [3, 2]
    assert [one.weight for one in chosen.at(12)] == [0.75, 0.25]
    assert [one.frame for one in chosen.at(11)] == [0]
    assert chosen.at(13) == []
    assert chosen.at(99) == []


def test_a_drive_says_where_it_has_no_target():
    target = drive()
    assert [target.at(frame).present for frame in (11, 13, 99)] == [True, False, False]
    assert target.at(14).curves == dict(zip(CURVES, map(float, target.curves[3]), strict=True))
    assert np.isnan(target.at(99).teeth)


def test_a_track_says_where_it_shows_no_face():
    face = TRACK.at(12)
    assert face.present
    assert np.array_equal(face.landmarks, TRACK.landmarks[1])
    assert not TRACK.at(99).present
    assert TRACK.at(99).landmarks.shape == (478, 3)


def test_a_tracks_seconds_are_counted_from_its_rate_where_none_are_given():
    assert np.allclose(TRACK.seconds, np.arange(COUNT) / 25)
    ntsc = Take(talk(COUNT, 1), first=11, fps="30000/1001").track
    assert np.allclose(ntsc.seconds, np.arange(COUNT) * 1001 / 30000)


def test_curves_hold_only_what_was_edited():
    edited = curves()
    assert edited.at(12) == {"opening": 0.25}
    assert edited.at(14) == {"jaw": pytest.approx(-0.1)}
    assert edited.at(11) == edited.at(99) == {}
    assert edited.edited_frames() == (12, 14)


def test_curves_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"expected float32 \(5, 5\)"):
        Curves(FRAMES, np.zeros((COUNT, 4), np.float32))
