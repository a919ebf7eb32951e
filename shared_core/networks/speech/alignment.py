"""A transcript laid on its sound: forced alignment by pocketsphinx and the English model that it carries."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ...spec.errors import BadInput
from ...values import Phones, Sound
from .alignment_warnings import warnings_on
from .samples import RATE, speech_samples
from .transcript import Pronunciation, Word, spoken_words

FRAME_S = 0.01
PAUSE = "SIL"
_FASTEST = 33.0
"""Phones a second: each takes three frames of the model at least."""
_LIKELIEST_PAUSE = 0.005
_BEAMS = {"beam": 1e-100, "pbeam": 1e-100, "wbeam": 1e-80}
"""How much worse than the best a way may be and is still followed: pocketsphinx's own (1e-48, 7e-29) lost
words in noise. There is one way alone through a transcript, so this costs next to nothing."""
_LOG_OF_SCORE = 1024.0
"""pocketsphinx keeps its scores divided by this (2 to the power of its score shift)."""
_SILENT = 1e-4


@dataclass(frozen=True)
class Segment:
    """One phone or pause as it was found.

    first, end: its frames, the end not included. word: -1 for a pause. score: mean log-likelihood of
    its frames, against the best state that was looked at.
    """

    first: int
    end: int
    phone: str
    word: int
    score: float


def align(sound: Sound, text: str) -> Phones:
    """Find when each phone of `text` (English) is said in `sound`, of any rate, to 10 ms.

    Times are on the sound's own time base; pauses are SIL, and nothing is left out from its first
    sample to its last. `Phones.warnings` says where text and sound fit poorly. Raises BadInput for a
    text that cannot be read (see `spoken_words`) or does not fit the sound, and for a sound that cannot
    be used (see `speech_samples`).
    """
    samples = speech_samples(sound)
    if np.abs(samples).max() < _SILENT:
        raise BadInput("the sound is silent: there is no word in it; leave the transcript away")
    decoder = _decoder()
    words = spoken_words(text, partial(_pronunciations, decoder))
    segments = _search(decoder, words, samples)
    if not _is_whole(segments, words):
        raise BadInput(_does_not_fit(words, sound))
    return _phones(segments, words, sound, warnings_on(segments, words, samples, sound.start))


def _decoder() -> Any:
    # Imported here: rendering a frame needs none of it, and would wait.
    from pocketsphinx import Decoder

    # Its lattice (bestpath) would be searched again, with other weights, and end in the middle.
    return Decoder(
        lm=None, samprate=float(RATE), loglevel="FATAL", fsgusefiller=False, fsgusealtpron=False,
        bestpath=False, **_BEAMS,
    )


def _pronunciations(decoder: Any, word: str) -> tuple[Pronunciation, ...]:
    found: list[Pronunciation] = []
    while (phones := decoder.lookup_word(f"{word}({len(found) + 1})" if found else word)) is not None:
        found.append(tuple(phones.split()))
    return tuple(found)


def _search(decoder: Any, words: tuple[Word, ...], samples: np.ndarray) -> list[Segment]:
    """The best way through the words in order, with a pause wherever one helps.

    Empty where there is no way to the end. Every phone goes into the dictionary as a word of its own,
    named by where it stands: what is found are phones then, in one pass. pocketsphinx's own second pass
    takes memory with the square of the sound's length, and fails where a single word fits badly.
    """
    phones: dict[str, tuple[int, str]] = {}
    links, state = [(0, 0, _LIKELIEST_PAUSE, "<sil>")], 0
    free = len(words) + 1
    for number, word in enumerate(words):
        for variant, pronunciation in enumerate(word.pronunciations):
            way = [state, *range(free, free + len(pronunciation) - 1), number + 1]
            free += len(pronunciation) - 1
            for place, phone in enumerate(pronunciation):
                name = f"{number}:{variant}:{place}"
                phones[name] = (number, phone)
                decoder.add_word(name, phone, False)
                links.append((way[place], way[place + 1], 1.0, name))
        state = number + 1
        links.append((state, state, _LIKELIEST_PAUSE, "<sil>"))
    decoder.add_fsg("transcript", decoder.create_fsg("transcript", 0, state, links))
    decoder.activate_search("transcript")
    decoder.start_utt()
    decoder.process_raw(_as_16_bit(samples), full_utt=True)
    decoder.end_utt()
    return _read(decoder.seg(), phones)


def _as_16_bit(samples: np.ndarray) -> bytes:
    """At full scale: the model looks at the spectrum's shape, and quiet steps would be lost."""
    return np.round(samples * (32000.0 / np.abs(samples).max())).astype("<i2").tobytes()


def _read(found: Any, phones: dict[str, tuple[int, str]]) -> list[Segment]:
    """pocketsphinx's segments; none where it has none."""
    segments: list[Segment] = []
    for one in found or ():
        number, phone = phones.get(one.word, (-1, PAUSE))
        first, end = one.start_frame, one.end_frame + 1
        score = _LOG_OF_SCORE * math.log(one.ascore) / (end - first)
        segments.append(Segment(first, end, phone, number, score))
    return segments


def _is_whole(segments: list[Segment], words: tuple[Word, ...]) -> bool:
    """Whether they reach the last phone of the last word."""
    last = tuple(one.phone for one in segments if one.word == len(words) - 1)
    return last in words[-1].pronunciations


def _phones(
    segments: list[Segment], words: tuple[Word, ...], sound: Sound, warnings: tuple[str, ...]
) -> Phones:
    """The segments in seconds, without gaps; pauses that touch are one."""
    spans: list[tuple[float, float, str, int]] = []
    at = 0.0
    for one in [*segments, None]:
        first, end = (sound.duration,) * 2 if one is None else (one.first * FRAME_S, one.end * FRAME_S)
        if first > at + 1e-9:
            spans.append((at, first, PAUSE, -1))
        if one is not None:
            spans.append((first, min(end, sound.duration), one.phone, one.word))
            at = spans[-1][1]
    joined: list[tuple[float, float, str, int]] = []
    for span in spans:
        if joined and span[2] == PAUSE == joined[-1][2]:
            span = (joined.pop()[0], *span[1:])
        joined.append(span)
    start, end = (sound.start + np.array([span[side] for span in joined]) for side in (0, 1))
    return Phones(
        frames=np.arange(len(joined)), start=start, end=end,
        word=np.array([span[3] for span in joined], np.int64), phones=tuple(span[2] for span in joined),
        words=tuple(word.text for word in words), warnings=warnings,
    )


def _does_not_fit(words: tuple[Word, ...], sound: Sound) -> str:
    least = sum(min(map(len, word.pronunciations)) for word in words)
    if least / sound.duration > _FASTEST:
        return (
            f"the transcript has {least} phones, the sound lasts {sound.duration:.2f} s: nobody says more"
            f" than {_FASTEST:g} a second; give the text of this sound alone"
        )
    return (
        f"the transcript ({len(words)} words, {words[0].text!r} to {words[-1].text!r}) does not fit the sound"
        f" of {sound.duration:.2f} s; expected all that is said in it, in order, in English, and clearly to"
        " be heard; check the text, or leave it away"
    )
