"""The offset between sound and mouth: its sign, its size, and when it is not to be believed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from speaking_people import Person

from shared_core.networks.mouth_from_speech.sync import offset_of
from shared_core.spec.errors import BadInput, FaceError

STRANGER = Person(21, seconds=10.0)


@pytest.mark.parametrize("planted", [-0.3, -0.107, 0.0, 0.055, 0.24])
def test_a_planted_offset_is_found_within_20_ms(trained, planted):
    person = dataclasses.replace(STRANGER, offset_s=planted)
    found = offset_of(person.speech, person.track, trained)
    assert found.offset_s == pytest.approx(planted, abs=0.02)
    assert found.confidence > 0.8


def test_late_sound_has_an_offset_above_0(trained):
    speech = STRANGER.speech
    late = dataclasses.replace(speech, start=speech.start + 0.2)
    before, after = (offset_of(one, STRANGER.track, trained).offset_s for one in (speech, late))
    assert after - before == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("other", [31, 32, 33, 34, 35])
def test_sound_of_another_take_has_a_low_confidence(trained, other):
    assert offset_of(Person(other, seconds=10.0).speech, STRANGER.track, trained).confidence < 0.5


def test_the_profile_peaks_at_the_offset(trained):
    found = offset_of(STRANGER.speech, STRANGER.track, trained)
    assert max(found.r_profile) == pytest.approx(found.r_at_best)
    assert found.lags_s[int(np.argmax(found.r_profile))] == pytest.approx(found.offset_s, abs=0.01)


def test_sound_that_never_meets_the_picture_is_refused(trained):
    away = dataclasses.replace(STRANGER.speech, start=100.0)
    with pytest.raises(BadInput, match="share less than 1.5 s"):
        offset_of(away, STRANGER.track, trained)


def test_a_face_seen_too_briefly_is_refused(trained):
    brief = dataclasses.replace(STRANGER, seconds=1.0)
    with pytest.raises(FaceError, match=r"25 of 25 frames \(1.0 s\)"):
        offset_of(brief.speech, brief.track, trained)


def test_a_mouth_that_never_moves_gives_no_confidence(trained):
    still = dataclasses.replace(STRANGER, reach=0.0)
    assert offset_of(STRANGER.speech, still.track, trained).confidence < 0.1
