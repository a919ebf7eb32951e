"""The voice and the curves reach every frame; what does not fit is said."""

import dataclasses

import numpy as np
import pytest
from learned_shot import COUNT, PLATE, SMALL, WANTED, Learned, checkpoint, drive_to, faces

from shared_core.operators.align import align
from shared_core.spec.errors import BadInput, ModelError
from shared_core.values import Speech


def speech(seed: int = 0, depth: int = SMALL.speech_depth) -> Speech:
    features = np.random.default_rng(seed).normal(size=(120, depth)).astype(np.float32)
    return Speech(np.arange(120), features, np.full(120, -20, np.float32), 50.0, 0.0, "whisper")


def test_every_frame_gets_a_style_and_shares_that_sum_to_one():
    found = Learned().alignment
    assert found.style.shape == (COUNT, SMALL.embedding)
    np.testing.assert_allclose(found.attention.sum(axis=1), 1, atol=1e-5)
    assert found.present.all()


def test_the_sound_around_a_frame_changes_that_frame_and_not_one_far_away():
    drive, voice = drive_to(WANTED), speech()
    features = voice.features.copy()
    features[19:22] = features[50:53]  # 0.4 s: frame 11
    before = align(PLATE.track, faces(), drive, voice, checkpoint())
    after = align(PLATE.track, faces(), drive, dataclasses.replace(voice, features=features), checkpoint())
    apart = np.abs(after.style - before.style).max(axis=1)
    assert apart[10] > 1e-4
    assert apart[20:].max() == 0


def test_an_edited_curve_changes_its_frame():
    drive = drive_to(WANTED)
    curves = drive.curves.copy()
    curves[10, 0] += 0.3
    before, after = (align(PLATE.track, faces(), one, weights=checkpoint())
                     for one in (drive, dataclasses.replace(drive, curves=curves)))
    apart = np.abs(after.style - before.style).max(axis=1)
    assert apart[10] > 1e-4 and apart[14:].max() == 0


def test_frames_without_a_target_are_not_present():
    present = np.ones(COUNT, bool)
    present[5:9] = False
    found = Learned(drive=dataclasses.replace(drive_to(WANTED), present=present)).alignment
    np.testing.assert_array_equal(found.present, present)


def test_speech_of_another_kind_is_refused():
    with pytest.raises(ModelError, match="29 numbers a step; this network was trained on 12"):
        align(PLATE.track, faces(), drive_to(WANTED), speech(depth=29), checkpoint())


def test_a_network_that_hears_speech_alone_asks_for_it():
    with pytest.raises(ModelError, match="hears speech alone, and none is connected"):
        align(PLATE.track, faces(), drive_to(WANTED), weights=checkpoint(curves=False))


def test_another_number_of_references_is_refused():
    with pytest.raises(ModelError, match="12 references; this network takes 3"):
        align(PLATE.track, faces(), drive_to(WANTED), weights=checkpoint(references=3))


def test_a_checkpoint_of_another_architecture_or_cut_short_is_refused():
    given = checkpoint()
    other = dataclasses.replace(given, facts={**given.facts, "architecture": "gpen.1"}, key="other")
    with pytest.raises(ModelError, match="architecture 'gpen.1'; expected 'iptalker.1'"):
        align(PLATE.track, faces(), drive_to(WANTED), weights=other)
    short = dataclasses.replace(given, arrays=dict(list(given.arrays.items())[:-1]), key="short")
    with pytest.raises(ModelError, match="1 of its arrays do not fit"):
        align(PLATE.track, faces(), drive_to(WANTED), weights=short)


def test_a_drive_of_another_plate_is_said():
    drive = drive_to(WANTED)
    with pytest.raises(BadInput, match="covers no frame of the track"):
        other = dataclasses.replace(drive, frames=drive.frames + 1000)
        align(PLATE.track, faces(), other, weights=checkpoint())
