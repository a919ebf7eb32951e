"""A person's own reach of the mouth, put back."""

from __future__ import annotations

import numpy as np
import pytest
from speaking_people import Person

from shared_core.colour import ColourContext
from shared_core.evaluate.clip_part import PartOfClip
from shared_core.faces.tracking import track_clip
from shared_core.media import open_clip
from shared_core.networks.mouth_from_speech.model import predict
from shared_core.networks.mouth_from_speech.spread import MouthRange, restore
from shared_core.networks.mouth_from_speech.targets import mouth_curves

ACTOR = Person(51, seconds=20.0)


@pytest.fixture
def scores(trained):
    return predict(Person(52, seconds=20.0).speech, np.arange(500) / 25, trained)


def test_mean_and_spread_are_the_actor_s_own(trained, scores):
    own = mouth_curves(ACTOR.track)
    curves = restore(scores, MouthRange.of(ACTOR.track, trained), trained)
    np.testing.assert_allclose(curves.mean(axis=0), own.mean, atol=0.35 * own.spread.max())
    np.testing.assert_allclose(curves.std(axis=0) / own.spread, 1.0, atol=0.3)


def test_the_order_of_values_is_kept(trained, scores):
    curves = restore(scores, MouthRange.of(ACTOR.track, trained), trained)
    for said, made in zip(scores.T, curves.T, strict=True):
        assert (np.diff(made[np.argsort(said)]) >= -1e-12).all()


def test_the_opening_never_falls_below_closed_lips(trained, scores):
    mouth = MouthRange.of(ACTOR.track, trained)
    curves = restore(scores - 9.0, mouth, trained)
    assert curves[:, 0].min() == mouth.closed_opening


def test_a_wilder_voice_goes_beyond_the_actor_s_range_but_not_far(trained, scores):
    mouth = MouthRange.of(ACTOR.track, trained)
    scores[100] += 3.0
    reach = np.ptp(mouth.quantiles[:, 0])
    assert mouth.quantiles[-1, 0] < restore(scores, mouth, trained)[100, 0] < mouth.quantiles[-1, 0] + reach


def test_an_actor_who_keeps_still_gets_the_usual_spread_and_it_is_said(trained):
    still = Person(53, seconds=6.0, reach=0.05)
    mouth = MouthRange.of(still.track, trained)
    assert "does not speak" in mouth.said
    assert mouth.quantiles[:, 0].std() == pytest.approx(
        trained["spread.shape"][:, 0].std() * trained["spread.typical"][0], rel=0.01
    )


def test_a_talking_actor_s_own_range_is_said_to_be_used(trained):
    assert "the actor's own mouth, from 500 frames" in MouthRange.of(ACTOR.track, trained).said


def test_a_short_voice_keeps_its_own_mood(trained, scores):
    """One calm second is not stretched to the whole range."""
    mouth = MouthRange.of(ACTOR.track, trained)
    calm = restore(0.2 * scores[:25], mouth, trained)
    assert calm[:, 0].std() < 0.5 * mouth.quantiles[:, 0].std()


def test_a_plate_too_short_to_tell_gets_the_usual_spread_and_it_is_said(trained):
    mouth = MouthRange.of(Person(53, seconds=1.0).track, trained)
    assert "shows the mouth for" in mouth.said
    assert mouth.quantiles[:, 0].std() == pytest.approx(
        trained["spread.shape"][:, 0].std() * trained["spread.typical"][0], rel=0.01
    )


@pytest.mark.slow
def test_a_man_who_smiles_does_not_speak(demo_footage, landmark_model):
    """Two seconds in which the demo's man begins to smile: wide motion, and none of a syllable's."""
    with open_clip(demo_footage["plate"], colour=ColourContext()) as clip:
        frames = np.arange(20, 80)
        man = track_clip(PartOfClip(clip, frames, clip.preview, lambda done: None))
    assert np.ptp(mouth_curves(man).values[:, 0]) > 0.1
    assert "does not speak" in MouthRange.of(man).said
