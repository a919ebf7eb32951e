"""A transcript's text as words with their pronunciations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from ...spec.errors import BadInput

ARPABET = (
    "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY",
    "JH", "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y",
    "Z", "ZH",
)
Pronunciation = tuple[str, ...]
Lookup = Callable[[str], tuple[Pronunciation, ...]]
"""The pronunciations of a word in lower case; empty for one that the dictionary lacks."""

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))
_BETWEEN_WORDS = re.compile(r"[–—―/_…]|\.\.+|--+")
_TOKEN = re.compile(r"([^\s\[\]]*)\[([^\[\]]*)\]|([^\s\[\]]+)|(\S)")
_SPOKEN_SIGN = re.compile(r"[\d&%$€£¥@+=#°]")
_LISTED = 8


@dataclass(frozen=True)
class Word:
    """text: as the artist wrote it, without punctuation. pronunciations: in ARPAbet, one at least."""

    text: str
    pronunciations: tuple[Pronunciation, ...]


def spoken_words(text: str, lookup: Lookup) -> tuple[Word, ...]:
    """The words of `text` in order; punctuation, case and kinds of apostrophes do not matter.

    A compound that the dictionary lacks is taken apart at its hyphens. Phones in brackets say how a word
    sounds: `Zuri[Z UH R IY]`, or `[Z UH R IY]` alone. Raises BadInput for words that are not in the
    dictionary, for digits and signs (`7`, `&`), for phones that are none, for a text without words.
    """
    words: list[Word] = []
    strange: list[str] = []
    for name, phones, plain, bracket in _TOKEN.findall(_plain(text)):
        if bracket:
            raise BadInput(
                f"the transcript has a single {bracket!r}; expected phones in brackets, as [M AA M]"
            )
        if plain:
            words += _looked_up(plain, lookup, strange)
        else:
            words.append(_spelt_out(name, phones))
    if strange:
        raise BadInput(_cannot_say(list(dict.fromkeys(strange))))
    if not words:
        raise BadInput(f"the transcript {text[:40]!r} has no words; expected what the voice says, in English")
    return tuple(words)


def _plain(text: str) -> str:
    return _BETWEEN_WORDS.sub(" ", unicodedata.normalize("NFKC", text).translate(_APOSTROPHES))


def _looked_up(token: str, lookup: Lookup, strange: list[str]) -> list[Word]:
    """The token as one word, or as the parts of a compound; what cannot be said goes to `strange`."""
    bare = _without_punctuation(token)
    if not bare:
        if _SPOKEN_SIGN.search(token):
            strange.append(token)
        return []
    if not _SPOKEN_SIGN.search(token):
        quoted = bare.strip("'")
        for spelling, shown in (
            (bare, bare), (quoted, quoted), (f"{bare}.", bare), (_without_accents(quoted), quoted)
        ):
            if found := lookup(spelling.lower()):
                return [Word(shown, found)]
        parts = [part for part in bare.split("-") if part]
        if len(parts) > 1:
            return [word for part in parts for word in _looked_up(part, lookup, strange)]
    strange.append(bare)
    return []


def _without_punctuation(token: str) -> str:
    """Without what stands around the word; an apostrophe is part of it ('em, goin')."""
    ends = [index for index, letter in enumerate(token) if letter.isalnum()]
    if not ends:
        return ""
    first, last = ends[0], ends[-1]
    return token[first - (token[first - 1 : first] == "'") : last + 1 + (token[last + 1 : last + 2] == "'")]


def _without_accents(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _spelt_out(name: str, written: str) -> Word:
    """A word with its phones in brackets; stress marks (AH0) are left out."""
    phones = tuple(phone.rstrip("012") for phone in written.upper().split())
    wrong = [phone for phone in phones if phone not in ARPABET]
    if wrong or not phones:
        said = f"{wrong[0]!r} is none" if wrong else "there are none"
        raise BadInput(
            f"the transcript's [{written}]: expected phones in ARPAbet ({' '.join(ARPABET)}); {said}"
        )
    return Word(_without_punctuation(name) or "-".join(phones), (phones,))


def _cannot_say(strange: list[str]) -> str:
    named = ", ".join(map(repr, strange[:_LISTED])) + (" and others" if len(strange) > _LISTED else "")
    advice = []
    if any(_SPOKEN_SIGN.search(word) for word in strange):
        advice.append("write numbers and signs as they are spoken (seven, percent)")
    if any(not _SPOKEN_SIGN.search(word) for word in strange):
        advice.append(
            "spell the rest as known words that sound alike, or give their phones, as Zuri[Z UH R IY]"
        )
    return f"the transcript has {named}, not in the English dictionary; {'; '.join(advice)}"
