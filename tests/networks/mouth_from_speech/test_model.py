"""The network in numpy: the same as in torch, at any frame's time, and honest about its input."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from speaking_people import Person

from shared_core.networks.mouth_from_speech import gru
from shared_core.networks.mouth_from_speech.context import reduced
from shared_core.networks.mouth_from_speech.model import blend, gru_weights, predict, predict_steps
from shared_core.networks.mouth_from_speech.sync import correlation
from shared_core.networks.mouth_from_speech.targets import mouth_curves
from shared_core.spec.errors import BadInput
from shared_core.values import Speech

STRANGER = Person(21)


def test_numpy_says_what_torch_says(trained):
    torch = pytest.importorskip("torch")
    from shared_core.tuning.drive_gru import build
    from shared_core.tuning.drive_pool import Plan

    values = reduced(STRANGER.speech, trained)[1].astype(np.float32)
    weights = gru_weights(trained, "1")
    network = build(values.shape[1], Plan(inner=16, hidden=12)).eval()
    network.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    with torch.no_grad():
        expected = network(torch.from_numpy(values)[None])[0].numpy()
    np.testing.assert_allclose(gru.forward(values, [weights])[0], expected, atol=1e-4)


def test_networks_side_by_side_say_what_each_says_alone(trained):
    values = reduced(STRANGER.speech, trained)[1]
    one = gru_weights(trained, "1")
    other = {name: -0.5 * array for name, array in one.items()}
    both = gru.forward(values, [one, other])
    for number, weights in enumerate((one, other)):
        np.testing.assert_allclose(both[number], gru.forward(values, [weights])[0], atol=1e-6)
    assert np.abs(both[0] - both[1]).max() > 0.1


def test_the_ridge_reads_the_steps_on_either_side(ridge_alone):
    """Against a sum written out, away from the ends."""
    values = np.random.default_rng(0).normal(size=(40, 8))
    half, coefficients = ridge_alone.steps // 2, ridge_alone["ridge.coefficients"].reshape(-1, 8, 4)
    expected = sum(values[20 + k - half] @ coefficients[k] for k in range(ridge_alone.steps))
    np.testing.assert_allclose(blend(values, ridge_alone)[20], expected, rtol=1e-6)


def test_a_stranger_s_mouth_follows_the_sound(trained):
    curves = mouth_curves(STRANGER.track)
    heard = predict(STRANGER.speech, curves.seconds, trained)
    assert correlation(heard[:, 0], curves.values[:, 0]) > 0.8


def test_shuffled_sound_fails_the_bar(trained):
    """Without the right order of its moments the same sound must not pass for this mouth's."""
    curves = mouth_curves(STRANGER.track)
    order = np.random.default_rng(3).permutation(len(STRANGER.speech.frames) // 50)
    rows = np.concatenate([np.arange(50) + 50 * second for second in order])
    speech = STRANGER.speech
    shuffled = dataclasses.replace(
        speech, frames=np.arange(len(rows)), features=speech.features[rows], loudness=speech.loudness[rows]
    )
    heard = predict(shuffled, curves.seconds, trained)
    assert correlation(heard[:, 0], curves.values[:, 0]) < 0.55


@pytest.mark.parametrize("fps", [24000 / 1001, 25.0, 30000 / 1001, 50.0])
def test_any_frame_rate_reads_the_same_curve(trained, fps):
    """A frame's value does not depend on which other frames are asked for."""
    seconds = np.arange(100) / fps
    every = predict(STRANGER.speech, seconds, trained)
    np.testing.assert_allclose(predict(STRANGER.speech, seconds[37:38], trained)[0], every[37])


def test_beyond_the_sound_the_last_value_is_held(trained):
    curves = predict(STRANGER.speech, np.array([-50.0, -40.0, 900.0, 901.0]), trained)
    np.testing.assert_array_equal(curves[0], curves[1])
    np.testing.assert_array_equal(curves[2], curves[3])


def test_louder_and_duller_recordings_say_the_same(trained):
    """A constant added to all steps of a clip is its microphone, not its mouth."""
    speech = Person(21, seconds=30.0).speech
    tinted = dataclasses.replace(speech, features=speech.features + np.float32(2.0))
    plain, other = predict_steps(speech, trained)[1], predict_steps(tinted, trained)[1]
    assert np.abs(plain - other).mean() < 0.2 * plain.std()


def test_other_features_are_refused(trained):
    steps = np.arange(100)
    mel = Speech(steps, np.zeros((100, 12), np.float32), np.zeros(100, np.float32), 50.0, 0.0, "mel")
    with pytest.raises(BadInput, match="'mel'.*reads 'whisper'"):
        predict(mel, np.zeros(1), trained)
    narrow = dataclasses.replace(STRANGER.speech, features=STRANGER.speech.features[:, :5])
    with pytest.raises(BadInput, match="5 channels"):
        predict(narrow, np.zeros(1), trained)


def test_silence_and_steady_features_stay_finite(trained):
    steps = np.arange(100)
    quiet = Speech(steps, np.zeros((100, 12), np.float32), np.zeros(100, np.float32), 50.0, 0.0, "whisper")
    assert np.isfinite(predict(quiet, np.linspace(0, 2, 50), trained)).all()
