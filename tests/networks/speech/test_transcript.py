"""A text becomes the words that are said, or it is named what cannot be said."""

import pytest

from shared_core.networks.speech.transcript import ARPABET, Word, spoken_words
from shared_core.spec.errors import BadInput

DICTIONARY = {
    "don't": (("D", "OW", "N", "T"), ("D", "OW", "N")), "the": (("DH", "AH"),),
    "goin'": (("G", "OW", "IH", "N"),), "'em": (("AH", "M"),), "cafe": (("K", "AH", "F", "EY"),),
    "e-mail": (("IY", "M", "EY", "L"),),
    "well": (("W", "EH", "L"),), "known": (("N", "OW", "N"),), "u.s.": (("Y", "UW", "EH", "S"),),
    "mr": (("M", "IH", "S", "T", "ER"),), "a": (("AH",), ("EY",)),
}


def words(text):
    return [word.text for word in spoken_words(text, lambda word: DICTIONARY.get(word, ()))]


def refused(text, said):
    with pytest.raises(BadInput, match=said):
        words(text)


@pytest.mark.parametrize(("text", "expected"), [
    ("Don't!", ["Don't"]),
    ("DON’T", ["DON'T"]),
    ("“The”, (the) *the*", ["The", "the", "the"]),
    ("the - the — the… the/the", ["the"] * 5),
    ("'don't'", ["don't"]),
    ("goin' 'em", ["goin'", "'em"]),
    ("Café", ["Café"]),
    ("e-mail well-known", ["e-mail", "well", "known"]),
    ("the U.S., Mr. the.", ["the", "U.S", "Mr", "the"]),
    ("the\n\tthe", ["the", "the"]),
])
def test_punctuation_case_and_apostrophes_do_not_matter(text, expected):
    assert words(text) == expected


def test_every_way_to_say_a_word_is_kept():
    found = spoken_words("A don't", lambda word: DICTIONARY.get(word, ()))
    assert found == (Word("A", (("AH",), ("EY",))), Word("don't", DICTIONARY["don't"]))


def test_phones_in_brackets_say_a_word_with_or_without_its_name():
    found = spoken_words("Zuri[z uh1 R iy0], [M AA M].", lambda word: ())
    assert found == (Word("Zuri", (("Z", "UH", "R", "IY"),)), Word("M-AA-M", (("M", "AA", "M"),)))


def test_unknown_words_are_all_named_once_with_the_way_out():
    said = r"'brexit', 'Covid', not in the English dictionary; spell .*\[Z UH R IY\]"
    refused("the brexit, Covid brexit", said)


@pytest.mark.parametrize("text", ["the 7 the", "7th", "the & the", "50% the", "½"])
def test_numbers_and_signs_are_to_be_written_as_they_are_spoken(text):
    refused(text, "as they are spoken")


def test_another_script_is_named_not_dropped():
    refused("the слово", "'слово', not in the English dictionary")


def test_many_unknown_words_are_not_all_listed():
    refused(" ".join(f"x{letter}x" for letter in "abcdefghijkl"), "'xhx' and others")


@pytest.mark.parametrize("text", ["...", "- ' -", "!?"])
def test_a_text_without_words_is_refused(text):
    refused(text, "has no words")


@pytest.mark.parametrize(("text", "said"), [
    ("Zuri[Z UU R]", "'UU' is none"), ("[]", "there are none"), ("[SIL]", "'SIL' is none"),
    ("the [M AA", r"single '\['"), ("the] the", r"single '\]'"),
])
def test_phones_that_are_none_are_refused(text, said):
    refused(text, said)


def test_arpabet_has_its_thirty_nine_phones():
    assert len(set(ARPABET)) == len(ARPABET) == 39
