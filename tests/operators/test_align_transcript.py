"""align_transcript as a node: its knob, its sidecar, its warnings."""

import numpy as np
import pytest

from shared_core.engine.plan import live_operators
from shared_core.media import read_sound
from shared_core.operators.align_transcript import align_transcript
from shared_core.spec.errors import BadInput, KnobError
from shared_core.values import Phones, Sound

OPERATOR = live_operators()["align_transcript"]


def hum(seconds=1.0, rate=16000):
    return Sound((0.3 * np.sin(np.arange(round(seconds * rate)) / 20)).astype(np.float32), rate)


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_transcript_is_a_fault_of_the_knob(text):
    with pytest.raises(KnobError, match="transcript is empty; expected what the voice says"):
        align_transcript(hum(), transcript=text)


def test_unknown_words_are_bad_input_that_names_them():
    with pytest.raises(BadInput, match="'flurbl'"):
        align_transcript(hum(), transcript="the flurbl")


def test_a_sound_too_short_for_a_word_is_bad_input():
    with pytest.raises(BadInput, match="lasts"):
        align_transcript(hum(0.05), transcript="no")


def test_the_knob_is_a_text_and_its_help_says_english():
    assert OPERATOR.knob("transcript").kind == "text"
    assert "English" in OPERATOR.knob("transcript").knob.help and "English alone" in OPERATOR.help


@pytest.mark.footage
def test_its_sidecar_reads_back_with_its_warnings(footage):
    sound = read_sound(footage / "public/grid_swwp2s.mpg")
    phones = align_transcript(sound, transcript="Set blue, with P two; soon!")
    again = Phones.from_bytes(phones.to_bytes())
    assert again.words == ("Set", "blue", "with", "P", "two", "soon")
    assert again.phones == phones.phones and np.array_equal(again.start, phones.start)
    assert again.warnings == phones.warnings != ()
