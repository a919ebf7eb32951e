"""From any sound to its features, at the right moments."""

from fractions import Fraction

import numpy as np
import pytest
from frozen_graphs import arrays, graph
from voices import RATE, sound, warble

from shared_core import models
from shared_core.networks.speech import features
from shared_core.networks.speech.deepspeech import DeepSpeech
from shared_core.networks.speech.features import speech_of
from shared_core.spec.errors import BadInput, ModelError
from shared_core.values import Sound
from shared_core.values.speech import KINDS


def click(seconds_in, rate=RATE, start=0.0, duration=3.0):
    samples = np.zeros(round(duration * rate), np.float32)
    samples[round(seconds_in * rate)] = 0.9
    return Sound(samples, rate, start)


@pytest.fixture
def own_graph(tmp_path, monkeypatch):
    """A user's DeepSpeech graph, in a cache of its own."""
    monkeypatch.setenv("DUB_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "output_graph.pb"
    file.write_bytes(graph(arrays()))
    models.add("deepspeech", file)


@pytest.mark.parametrize("fps", ["24000/1001", "25", "30000/1001", "50"])
@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_a_click_is_loudest_at_the_frame_that_shows_its_moment(fps, rate):
    fps = Fraction(fps)
    frame = 37
    moment = float(frame / fps)
    # The sound starts .4 s before the picture.
    speech = speech_of(click(moment + 0.4, rate, start=-0.4), "mel")
    seconds = np.array([float(number / fps) for number in range(60)])
    energy = speech.at(seconds).sum(axis=1)
    assert abs(int(energy.argmax()) - frame) <= (0 if fps < 40 else 1)
    assert speech.loudness_at(seconds).argmax() == pytest.approx(frame, abs=1)


def test_mel_has_eighty_bands_fifty_times_a_second_and_needs_no_model(monkeypatch):
    monkeypatch.setattr(models, "path", lambda *_, **__: pytest.fail("asked for a model"))
    speech = speech_of(sound(2.01, start=0.3), "mel")
    assert speech.features.shape == (101, 80)
    assert (speech.kind, speech.rate, speech.start) == ("mel", 50.0, 0.3)


def test_whisper_gives_two_blocks_side_by_side_fifty_times_a_second(whisper_weights):
    speech = speech_of(sound(1.0, 22050, start=-0.1), "whisper")
    assert speech.features.shape == (50, 768)
    assert (speech.kind, speech.rate, speech.start) == ("whisper", 50.0, -0.1)
    assert np.isfinite(speech.features).all()


def test_the_same_sound_gives_the_same_bits(whisper_weights):
    one, two = (speech_of(sound(1.0), "whisper") for _ in range(2))
    assert one.to_bytes() == two.to_bytes()


def test_deepspeech_runs_from_the_users_own_graph(own_graph):
    given = sound(1.0, start=0.5)
    speech = speech_of(given, "deepspeech")
    assert speech.features.shape == (50, 29)
    assert (speech.rate, speech.start) == (50.0, 0.5125)
    assert np.array_equal(speech.features, DeepSpeech(arrays()).features(given.samples))


def test_without_the_users_graph_it_is_said_how_to_bring_one(tmp_path, monkeypatch):
    monkeypatch.setenv("DUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="Bring your own copy: dub models add deepspeech FILE"):
        speech_of(sound(1.0), "deepspeech")


def test_damaged_weights_are_named(tmp_path, monkeypatch):
    file = tmp_path / "half.safetensors"
    file.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{}")
    monkeypatch.setattr(models, "path", lambda *_, **__: file)
    with pytest.raises(ModelError, match=r"half\.safetensors: is no whole safetensors file"):
        speech_of(sound(1.0), "whisper")


@pytest.mark.parametrize("kind", ["whisper", "mel", "deepspeech"])
def test_silence_gives_finite_features_and_says_that_it_is_silent(kind, request):
    request.getfixturevalue("own_graph" if kind == "deepspeech" else "whisper_weights")
    speech = speech_of(Sound(np.zeros(RATE, np.float32), RATE), kind)
    assert np.isfinite(speech.features).all()
    assert np.all(speech.loudness == -120)


@pytest.mark.parametrize("kind", KINDS)
def test_a_tenth_of_a_second_is_enough_and_less_is_refused(kind, request):
    request.getfixturevalue("own_graph" if kind == "deepspeech" else "whisper_weights")
    assert len(speech_of(sound(0.1), kind).frames) in (4, 5)
    with pytest.raises(BadInput, match="lasts"):
        speech_of(sound(0.05), kind)


def test_clipped_and_eight_bit_sound_stays_near_the_clean_one(whisper_weights):
    clean = warble(2.0)
    coarse = (np.round(clean * 127) / 127).astype(np.float32)
    clipped = np.clip(clean, -0.15, 0.15)
    reference = speech_of(Sound(clean, RATE)).features
    spread = reference.std(axis=0)
    for worse in (coarse, clipped):
        away = (speech_of(Sound(worse, RATE)).features - reference) / spread
        assert np.sqrt(np.square(away).mean()) < 1.0


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="'hubert'; expected one of whisper"):
        speech_of(sound(1.0), "hubert")


def test_every_kind_has_its_maker_and_its_model():
    assert set(features.MODELS) == set(features._MAKERS) == set(KINDS)


@pytest.mark.slow
def test_a_minute_of_sound_has_3000_steps(whisper_weights):
    assert len(speech_of(sound(60.0, 48000)).frames) == 3000
