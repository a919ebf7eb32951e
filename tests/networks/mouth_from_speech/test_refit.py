"""The refit: better on the shot's own actor, never without enough of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from speaking_people import Person

from shared_core.networks.mouth_from_speech.model import predict
from shared_core.networks.mouth_from_speech.refit import pool_sums, refit, solve
from shared_core.networks.mouth_from_speech.sync import correlation
from shared_core.networks.mouth_from_speech.targets import mouth_curves
from shared_core.spec.errors import BadInput

ODD = Person(41, seconds=20.0, voice=1.0)


def _r_later(network, person) -> float:
    """r of the opening over the second half."""
    curves = mouth_curves(person.track)
    later = curves.seconds >= 10.0
    heard = predict(person.speech, curves.seconds[later] + person.offset_s, network)
    return correlation(heard[:, 0], curves.values[later, 0])


def test_a_refit_hears_odd_voices_better(trained):
    gains = []
    for seed in (41, 42, 43, 44):
        person = dataclasses.replace(ODD, seed=seed)
        fitted = refit(person.speech, person.track, until_s=10.0, network=trained)
        gains.append(_r_later(fitted.network, person) - _r_later(trained, person))
    assert np.mean(gains) > 0.04
    assert min(gains) > 0.0


def test_a_refit_says_how_much_it_heard(trained):
    fitted = refit(ODD.speech, ODD.track, until_s=10.0, network=trained)
    assert fitted.seconds == pytest.approx(10.0, abs=0.1)
    assert "10.0 s" in fitted.said


def test_the_offset_is_taken_out_before_fitting(trained):
    late = dataclasses.replace(ODD, offset_s=0.2)
    right = refit(late.speech, late.track, offset_s=0.2, until_s=10.0, network=trained).network
    wrong = refit(late.speech, late.track, offset_s=-0.2, until_s=10.0, network=trained).network
    assert _r_later(right, late) > _r_later(wrong, late) + 0.05


def test_the_pool_alone_gives_the_trained_ridge_back(trained):
    gram, cross = pool_sums(trained)
    solved = solve(gram, cross, trained.number("penalty"))
    np.testing.assert_allclose(solved, trained["ridge.coefficients"], rtol=0.02, atol=1e-3)


def test_the_shipped_network_is_left_as_it_was(trained):
    before = trained["ridge.coefficients"].copy()
    refit(ODD.speech, ODD.track, network=trained)
    np.testing.assert_array_equal(trained["ridge.coefficients"], before)


def test_too_little_of_the_actor_is_refused(trained):
    with pytest.raises(BadInput, match="share 1.0 s; expected 1.5 s"):
        refit(ODD.speech, ODD.track, until_s=1.0, network=trained)
