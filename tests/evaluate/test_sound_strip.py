"""The voice is drawn at the frames on which it is heard."""

from types import SimpleNamespace

import numpy as np
import pytest

from shared_core.evaluate.sound_strip import SoundStrip
from shared_core.values import Phones, Sound

RATE = 8000


def opened(sound: Sound | None, phones: Phones | None = None, start: float = 0.0):
    frames = np.arange(101, 151)
    return SimpleNamespace(
        frames=frames, heard_times=(frames - 101) / 25 - start, sound=lambda: sound, phones=lambda: phones)


def click(at: float) -> Sound:
    samples = np.zeros(2 * RATE, np.float32)
    samples[round(at * RATE)] = 0.3
    return Sound(samples, RATE, 0.0)


def test_a_click_stands_at_its_frame_and_is_the_loudest():
    strip = SoundStrip.of(opened(click(1.0)))
    assert strip.at[np.argmax(strip.level)] == pytest.approx(126, abs=0.05)
    assert strip.level.max() == pytest.approx(1.0)


def test_a_voice_that_starts_later_is_drawn_later():
    strip = SoundStrip.of(opened(click(1.0), start=0.4))
    assert strip.at[np.argmax(strip.level)] == pytest.approx(136, abs=0.05)


def test_words_and_phones_stand_at_their_frames():
    said = Phones(np.arange(3), np.array([0.0, 1.0, 1.2]), np.array([1.0, 1.2, 1.4]), np.array([-1, 0, 0]),
                  ("SIL", "M", "AA"), ("ma",))
    strip = SoundStrip.of(opened(click(1.0), said))
    assert strip.words == ((pytest.approx(126), pytest.approx(136), "ma"),)
    assert [name for *_, name in strip.phones] == ["M", "AA"]


def test_without_sound_there_is_nothing_to_draw():
    assert SoundStrip.of(opened(None)) is None
