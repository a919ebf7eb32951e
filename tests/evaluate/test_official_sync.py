"""What the official SyncNet is shown of a shot, and that its scores appear only where the user brought it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from shared_core import models
from shared_core.evaluate import measure, official_sync
from shared_core.evaluate.official_sync import face_pictures, longest_run, stretch
from shared_core.evaluate.sync_expert import Hearing
from shared_core.spec.errors import BadInput
from shared_core.values import Sound

torch = pytest.importorskip("torch")


def heard(material, rate: int = 16000, late: float = 0.0):
    """The material with a sound in which each sample says when it is heard, s."""
    count = len(material.frames)
    seconds = np.arange(count) / material.fps
    sound = Sound((np.arange(3 * rate) / rate / 10).astype(np.float32), rate, late)
    hearing = Hearing(
        sound, material.plate_track, {}, material.frames, seconds, seconds + late, 1 / material.fps)
    return dataclasses.replace(material, hearing=hearing)


def judge(material, counts=None):
    counts = np.ones(len(material.frames), bool) if counts is None else counts
    return official_sync.OfficialSync(material, counts)


@pytest.fixture
def shown(monkeypatch):
    """What `lse.scores` is called with."""
    from shared_core.networks.syncnet import lse

    calls = []
    monkeypatch.setattr(lse, "read_official", lambda path: None)
    monkeypatch.setattr(models, "path", lambda name, fetch: name)
    monkeypatch.setattr(
        lse, "scores",
        lambda network, pictures, samples: calls.append((pictures, samples)) or lse.Scores(7.0, 6.0, 0))
    return calls


def test_pictures_and_sound_are_of_the_same_moments(stage, shown):
    official = judge(heard(stage.material(), late=0.5))
    assert (official.confidence("dub"), official.distance("dub")) == (7.0, 6.0)
    (pictures, samples), = shown
    assert pictures.shape == (48, 224, 224, 3) and pictures.dtype == np.uint8
    assert samples.shape == (48 * 640,)
    np.testing.assert_allclose(samples[[0, 16000]], [0.0, 0.1], atol=1e-4)


def test_plate_and_dub_are_judged_on_the_same_run_of_dubbed_faces(stage, shown):
    material = stage.material()
    present = material.dub_track.present.copy()
    present[10] = False
    gap = heard(dataclasses.replace(
        material, dub_track=dataclasses.replace(material.dub_track, present=present)))
    counts = np.arange(48) < 44
    for who in ("dub", "plate"):
        judge(gap, counts).distance(who)
    for pictures, samples in shown:
        assert len(pictures) == 33
        np.testing.assert_allclose(samples[0], 11 / 25 / 10, atol=1e-4)
    with pytest.raises(BadInput, match="19 dubbed pictures with a face and a voice .* expected 25"):
        judge(gap, np.arange(48) < 30).distance("dub")


def test_a_cut_ends_a_run(stage, shown):
    material = stage.material()
    cut = dataclasses.replace(material.plate_track, cuts=(int(material.frames[20]),))
    judge(heard(dataclasses.replace(material, plate_track=cut))).distance("dub")
    assert len(shown[0][0]) == 28


def test_a_voice_that_ends_ends_a_run(stage, shown):
    one = heard(stage.material())
    short = dataclasses.replace(one.hearing, sound=Sound(one.hearing.sound.samples[: 16000 * 6 // 5], 16000))
    judge(dataclasses.replace(one, hearing=short)).distance("dub")
    assert len(shown[0][0]) == 31


def cut_out(stage, dot, aspect=1.0, shift=(0, 0)):
    """The face's crop of a picture that is black but for a dot at `dot` of the face's box, 0 to 1."""
    track = stage.material(24).plate_track
    points = track.landmarks.copy()
    points[..., :2] = points[..., :2] / (aspect, 1) + shift
    track = dataclasses.replace(track, landmarks=points, pixel_aspect=aspect)
    low, high = points[0, :, :2].min(axis=0), points[0, :, :2].max(axis=0)
    column, row = low + np.array(dot) * (high - low)

    def dotted(frame):
        rows, columns = np.mgrid[:360, :320] + 0.5
        near = np.hypot((columns - column) * aspect, rows - row) < 4
        return np.repeat(255 * near[..., None].astype(np.uint8), 3, axis=2)

    frames = np.full(3, int(track.frames[0]))
    return face_pictures(track, dotted, frames, (0, 0), 224)[0], (high - low) * (aspect, 1)


def spot(picture):
    rows, columns, _ = np.nonzero(picture > 180)
    return columns.mean() + 0.5, rows.mean() + 0.5


def test_the_faces_box_is_cut_as_the_original_cuts_it(stage):
    """Its middle lies 1 / 2.8 below the upper edge, and in the middle from left to right."""
    assert spot(cut_out(stage, (0.5, 0.5))[0]) == pytest.approx((112, 80), abs=1)


def test_an_anamorphic_face_is_cut_in_square_pixels(stage):
    picture, size = cut_out(stage, (0.25, 0.5), aspect=2.0)
    expected = 112 - 0.25 * size[0] * 224 / (2.8 * size.max() / 2)
    assert spot(picture) == pytest.approx((expected, 80), abs=1.5)
    rows, columns, _ = np.nonzero(picture > 180)
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=2)


@pytest.mark.parametrize("shift", [(-260, 0), (260, 0), (0, -300), (0, 300)])
def test_a_face_that_leaves_the_picture_stands_in_grey(stage, shift):
    picture, _ = cut_out(stage, (0.5, 0.5), shift=shift)
    assert picture.shape == (224, 224, 3)
    assert (picture == 110).mean() > 0.3


def test_a_sound_that_ends_early_goes_on_in_silence():
    found = stretch(np.ones(1000), -100 / 16000, 1280)
    np.testing.assert_array_equal(found, np.r_[np.zeros(100), np.ones(1000), np.zeros(180)])


def test_the_longest_run():
    assert longest_run(np.array([1, 1, 0, 1, 1, 1, 0, 1], bool)) == (3, 6)
    assert longest_run(np.zeros(4, bool)) == (0, 0)


def test_without_the_users_file_nothing_is_said_of_it(stage, tmp_path, monkeypatch):
    monkeypatch.setenv("DUB_CACHE", str(tmp_path))
    values = measure.measure(heard(stage.material(24)), judges=False).values
    assert not set(official_sync.NAMES) & set(values)
    notes = []
    found = measure._by_official(heard(stage.material(24)), np.ones(24, bool), True, notes)
    assert found == {} and notes == []


def test_a_file_that_does_not_fit_is_said(stage, tmp_path, monkeypatch):
    monkeypatch.setenv("DUB_CACHE", str(tmp_path))
    wrong = tmp_path / "wrong.model"
    torch.save({"some": torch.zeros(2)}, wrong)
    monkeypatch.setattr(models, "state", lambda name: "present")
    monkeypatch.setattr(models, "path", lambda name, fetch: wrong)
    notes = []
    assert measure._by_official(heard(stage.material(24)), np.ones(24, bool), True, notes) == {}
    assert "LSE-C and LSE-D were not measured" in notes[0] and "not syncnet_python's" in notes[0]
