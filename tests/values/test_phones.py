"""A transcript on its sound answers where a phone or a word is spoken."""

import dataclasses

import numpy as np
import pytest

from shared_core.values import Phones

SAID = ("SIL", "M", "AA", "M", "SIL", "P", "AA", "M", "AA")


def phones(names=SAID) -> Phones:
    edges = np.linspace(0.0, 0.1 * len(SAID), len(SAID) + 1)
    word = np.array([-1, 0, 0, 0, -1, 1, 1, 2, 2])
    return Phones(np.arange(len(SAID)), edges[:-1], edges[1:], word, tuple(names), ("Mom", "pa", "ma"))


def test_every_phone_of_a_name_is_found():
    assert [round(start, 2) for start, _ in phones().spans("M")] == [0.1, 0.3, 0.7]


def test_a_word_narrows_it_and_its_case_does_not_matter():
    assert phones().spans("M", "MA") == [(pytest.approx(0.7), pytest.approx(0.8))]


def test_an_occurrence_that_is_not_there_is_empty():
    assert phones().spans("M", "ma", 2) == []
    assert phones().spans("ZH") == []


def test_it_is_stored_and_read_back():
    again = Phones.from_bytes(phones().to_bytes())
    assert again.phones == SAID and again.words == ("Mom", "pa", "ma")
    assert np.array_equal(again.start, phones().start)


def test_its_warnings_are_stored_and_make_nothing_stale():
    said = dataclasses.replace(phones(), warnings=("look here",))
    assert Phones.from_bytes(said.to_bytes()).warnings == ("look here",)
    assert said.key_at(3) == phones().key_at(3)


@pytest.mark.parametrize("wrong", ["names", "order"])
def test_phones_that_cannot_be_are_refused(wrong):
    good = phones()
    start = good.start[::-1].copy() if wrong == "order" else good.start
    names = good.phones[1:] if wrong == "names" else good.phones
    with pytest.raises(ValueError):
        Phones(good.frames, start, good.end, good.word, names, good.words)
