"""The gate closes in pauses that are long enough, and never while somebody speaks."""

import numpy as np
import pytest

from shared_core.faces.silence import runs, silence_gate
from shared_core.values import Sound

RATE = 16000
KNOBS = {"threshold_db": -30.0, "pause_s": 0.6, "attack_s": 0.2, "release_s": 0.1}


def speech(*parts: tuple[float, float], hiss: float = 0.0, start: float = 0.0) -> Sound:
    """(seconds, level) after each other; a 200 Hz tone with a syllable's beat."""
    level = np.concatenate([np.full(round(seconds * RATE), level) for seconds, level in parts])
    time = np.arange(len(level)) / RATE
    tone = level * np.sin(2 * np.pi * 200 * time) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time))
    noise = np.random.default_rng(0).normal(0, hiss, len(level)) if hiss else 0.0
    return Sound((tone + noise).astype(np.float32), RATE, start)


SENTENCE = speech((1.0, 0.5), (1.0, 0.0), (1.0, 0.5))


def gate(sound: Sound, *seconds: float, **knobs) -> list[float]:
    return silence_gate(sound, np.array(seconds), **{**KNOBS, **knobs}).tolist()


def test_it_is_open_in_speech_and_shut_in_the_pause():
    assert gate(SENTENCE, 0.5, 1.5, 2.5) == [0.0, 1.0, 0.0]


def test_every_moment_of_the_speech_is_open():
    seconds = np.concatenate([np.arange(0.0, 0.95, 0.01), np.arange(2.05, 3.0, 0.01)])
    assert not silence_gate(SENTENCE, seconds, **KNOBS).any()


def test_a_short_pause_leaves_the_mouth_alone():
    short = speech((1.0, 0.5), (0.4, 0.0), (1.0, 0.5))
    assert max(gate(short, *np.arange(0, 2.4, 0.01))) == 0.0
    assert gate(short, 1.27, pause_s=0.2) == [1.0]


def test_the_mouth_closes_over_the_attack_and_opens_before_speech_over_the_release():
    seconds = np.arange(0.9, 2.1, 0.01)
    values = silence_gate(SENTENCE, seconds, **{**KNOBS, "attack_s": 0.3, "release_s": 0.1})
    closing, opening = values[seconds < 1.5], values[seconds > 1.5]
    assert (np.diff(closing) >= -1e-9).all()
    assert (np.diff(opening) <= 1e-9).all()
    assert ((closing > 0.02) & (closing < 0.98)).sum() == pytest.approx(30, abs=3)
    assert ((opening > 0.02) & (opening < 0.98)).sum() == pytest.approx(10, abs=3)
    assert opening[-1] == 0, "open when the voice sets in"


def test_quiet_hiss_is_silence_and_the_level_says_what_is_quiet():
    noisy = speech((1.0, 0.5), (1.0, 0.0), (1.0, 0.5), hiss=0.002)
    assert gate(noisy, 1.5) == [1.0]
    assert gate(noisy, 1.5, threshold_db=-60.0) == [0.0]


def test_the_level_is_measured_against_the_loud_parts():
    """The same recording, 40 dB quieter."""
    faint = Sound(SENTENCE.samples * np.float32(0.01), RATE)
    assert gate(faint, 0.5, 1.5, 2.5) == [0.0, 1.0, 0.0]


def test_before_and_after_the_sound_there_is_silence():
    assert gate(SENTENCE, -5.0, 60.0) == [1.0, 1.0]


def test_silence_at_the_clips_ends_has_no_attack_and_no_release():
    framed = speech((1.0, 0.0), (1.0, 0.5), (1.0, 0.0))
    assert gate(framed, 0.01, 1.5, 2.99) == [1.0, 0.0, 1.0]


def test_a_sound_that_starts_later_shuts_later():
    late = Sound(SENTENCE.samples, RATE, 10.0)
    assert gate(late, 10.5, 11.5, 12.5, 1.5) == [0.0, 1.0, 0.0, 1.0]


def test_a_plosives_gap_inside_a_word_is_no_pause():
    word = speech((0.5, 0.5), (0.08, 0.0), (0.5, 0.5))
    assert max(gate(word, *np.arange(0, 1.08, 0.01), pause_s=0.02)) == 0.0


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.zeros(7, np.float32)])
def test_a_sound_of_next_to_nothing_is_no_error(samples):
    assert len(gate(Sound(samples, RATE), 0.0, 1.0)) == 2


def test_runs_are_first_and_one_past_last():
    assert runs(np.array([1, 1, 0, 1], bool)) == [(0, 2), (3, 4)]
    assert runs(np.zeros(3, bool)) == []
