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
    shown = {"plate": (None, material.plate_track), "dub": (None, material.dub_track)}
    hearing = Hearing(sound, material.frames, seconds, seconds + late, 1 / material.fps, shown)
    return dataclasses.replace(material, hearing=hearing)


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
    official = official_sync.OfficialSync(heard(stage.material(), late=0.5))
    assert (official.confidence("dub"), official.distance("dub")) == (7.0, 6.0)
    (pictures, samples), = shown
    assert pictures.shape == (48, 224, 224, 3) and pictures.dtype == np.uint8
    assert samples.shape == (48 * 640,)
    np.testing.assert_allclose(samples[[0, 16000]], [0.0, 0.1], atol=1e-4)


def test_only_a_run_with_faces_is_shown(stage, shown):
    material = stage.material()
    present = material.dub_track.present.copy()
    present[10] = False
    gap = dataclasses.replace(material, dub_track=dataclasses.replace(material.dub_track, present=present))
    official_sync.OfficialSync(heard(gap)).distance("dub")
    (pictures, samples), = shown
    assert len(pictures) == 37
    np.testing.assert_allclose(samples[0], 11 / 25 / 10, atol=1e-4)
    present[30] = False
    with pytest.raises(BadInput, match="19 pictures with a face follow one another; expected 25"):
        official_sync.OfficialSync(heard(gap)).distance("dub")


def test_the_faces_box_is_cut_as_the_original_cuts_it(stage):
    """Its middle lies 1 / 2.8 below the upper edge, and in the middle from left to right."""
    material = stage.material(24)
    points = material.plate_track.landmarks[0, :, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2

    def dotted(frame):
        picture = np.zeros((360, 320, 3), np.uint8)
        column, row = middle.round().astype(int)
        picture[row - 2 : row + 3, column - 2 : column + 3] = 255
        return picture

    frames = np.full(3, int(material.frames[0]))
    made = face_pictures(material.plate_track, dotted, frames, (0, 0), 224)
    rows, columns, _ = np.nonzero(made[0] > 200)
    assert rows.mean() == pytest.approx(224 / 2.8, abs=2) and columns.mean() == pytest.approx(112, abs=2)
    assert (made[0][-1, 0] == 110).all() or high[1] + 0.4 * (high - low).max() < 360


def test_a_sound_that_ends_early_goes_on_in_silence():
    np.testing.assert_array_equal(stretch(np.ones(1000), -100 / 16000, 2), np.r_[np.zeros(100), np.ones(1000),
                                                                                np.zeros(180)])


def test_the_longest_run():
    assert longest_run(np.array([1, 1, 0, 1, 1, 1, 0, 1], bool)) == (3, 6)
    assert longest_run(np.zeros(4, bool)) == (0, 0)


def test_without_the_users_file_nothing_is_said_of_it(stage, tmp_path, monkeypatch):
    monkeypatch.setenv("DUB_CACHE", str(tmp_path))
    values = measure.measure(heard(stage.material(24)), judges=False).values
    assert not set(official_sync.NAMES) & set(values)
    notes = []
    assert measure._by_official(heard(stage.material(24)), True, notes) == {} and notes == []


def test_a_file_that_does_not_fit_is_said(stage, tmp_path, monkeypatch):
    monkeypatch.setenv("DUB_CACHE", str(tmp_path))
    wrong = tmp_path / "wrong.model"
    torch.save({"some": torch.zeros(2)}, wrong)
    monkeypatch.setattr(models, "state", lambda name: "present")
    monkeypatch.setattr(models, "path", lambda name, fetch: wrong)
    notes = []
    assert measure._by_official(heard(stage.material(24)), True, notes) == {}
    assert "LSE-C and LSE-D were not measured" in notes[0] and "not syncnet_python's" in notes[0]
