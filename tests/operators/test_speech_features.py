"""speech_features as a node: its knob, its cache key, its sidecar."""

import numpy as np
import pytest

from shared_core import models
from shared_core.engine.keys import _operator_part
from shared_core.engine.plan import Step, live_operators
from shared_core.operators.speech_features import speech_features
from shared_core.spec.errors import BadInput, KnobError, ModelError
from shared_core.spec.shot_values import Node
from shared_core.values import Sound, Speech

OPERATOR = live_operators()["speech_features"]


def voice(seconds=1.0, rate=16000):
    time = np.arange(round(seconds * rate)) / rate
    return Sound((0.3 * np.sin(2 * np.pi * 180 * time) * np.sin(9 * time)).astype(np.float32), rate, 0.1)


def key_part(kind):
    return _operator_part(Step("speech", Node("speech_features", 1), OPERATOR, {"kind": kind}))


def test_it_gives_speech_at_the_sounds_own_times():
    speech = speech_features(voice(), kind="mel")
    assert isinstance(speech, Speech)
    assert (speech.kind, speech.start, len(speech.frames)) == ("mel", 0.1, 50)


def test_the_default_is_whisper(whisper_weights):
    assert OPERATOR.knob("kind").default == "whisper"
    assert speech_features(voice()).kind == "whisper"


def test_an_unknown_kind_is_refused_in_the_shot_file():
    with pytest.raises(KnobError, match="'hubert' is not one of whisper, mel, deepspeech"):
        OPERATOR.knob("kind").check("hubert", "knobs")


def test_bad_sound_is_bad_input():
    with pytest.raises(BadInput, match="lasts"):
        speech_features(voice(0.05), kind="mel")


def test_its_key_names_the_weights_of_the_chosen_kind_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("DUB_CACHE", str(tmp_path))
    assert key_part("whisper")["weights"] == {"whisper_tiny_en": models.entry("whisper_tiny_en").sha256}
    assert key_part("mel")["weights"] == {}
    with pytest.raises(ModelError, match="dub models add deepspeech"):
        key_part("deepspeech")


def test_another_graph_of_the_users_makes_the_sidecar_stale(tmp_path, monkeypatch):
    monkeypatch.setenv("DUB_CACHE", str(tmp_path / "cache"))
    keys = []
    for content in (b"one", b"another"):
        file = tmp_path / "output_graph.pb"
        file.write_bytes(content)
        models.add("deepspeech", file)
        keys.append(key_part("deepspeech")["weights"]["deepspeech"])
    assert keys[0] != keys[1]
