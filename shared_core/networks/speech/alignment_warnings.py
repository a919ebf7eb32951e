"""Where a transcript lies poorly on its sound, in plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .samples import loudness_db
from .transcript import Word

if TYPE_CHECKING:
    from .alignment import Segment

_STEP_S = 0.01
_POOR = -3.8
"""Mean score of speech; clear recordings have -2 to -3, clipped ones -3.5, another text -4 to -6."""
_WRONG_WORD = -6.5
"""Of one word; short words that are slurred (will, the) reach -6."""
_RATES = (3.0, 22.0)
"""Phones a second; hurried speech has 18."""
_UNSPOKEN_S = 0.6
_UNSPOKEN_DB = 6.0
_LISTED = 5


def warnings_on(
    segments: list[Segment], words: tuple[Word, ...], samples: np.ndarray, start: float
) -> tuple[str, ...]:
    """Sentences for the artist; empty where text and sound fit.

    samples: (N,) at samples.RATE; start: time of the first of them, s.
    """
    spoken = [one for one in segments if one.word >= 0]
    found = [
        _poor_fit(spoken, words, start), _odd_rate(spoken), _unspoken(segments, samples, start),
    ]
    return tuple(filter(None, found))


def _score(segments: list[Segment]) -> float:
    frames = np.array([one.end - one.first for one in segments])
    return float(np.average([one.score for one in segments], weights=frames))


def _poor_fit(spoken: list[Segment], words: tuple[Word, ...], start: float) -> str:
    fit = _score(spoken)
    if fit < _POOR:
        return (
            f"the words fit the sound poorly ({fit:.2f}; above {_POOR:g} is usual): check the transcript,"
            " closures may fall on wrong moments"
        )
    by_word = {number: [one for one in spoken if one.word == number] for number in range(len(words))}
    wrong = [
        f"{words[number].text!r} at {start + own[0].first * _STEP_S:.2f} s"
        for number, own in by_word.items() if _score(own) < _WRONG_WORD
    ]
    if not wrong:
        return ""
    more = f" and {len(wrong) - _LISTED} more" if len(wrong) > _LISTED else ""
    return f"some words may not be what is said there: {', '.join(wrong[:_LISTED])}{more}"


def _odd_rate(spoken: list[Segment]) -> str:
    rate = len(spoken) / (sum(one.end - one.first for one in spoken) * _STEP_S)
    if _RATES[0] <= rate <= _RATES[1]:
        return ""
    return (
        f"the transcript makes {rate:.1f} phones a second of speech; {_RATES[0]:g} to {_RATES[1]:g} is usual:"
        " is it the text of this sound?"
    )


def _unspoken(segments: list[Segment], samples: np.ndarray, start: float) -> str:
    """Pauses of the transcript in which the sound is as loud as its speech."""
    level = loudness_db(samples, (np.arange(segments[-1].end) + 0.5) * _STEP_S)
    speech = np.median(np.concatenate([level[one.first : one.end] for one in segments if one.word >= 0]))
    loud = [
        f"{start + one.first * _STEP_S:.2f} to {start + one.end * _STEP_S:.2f} s"
        for one in segments
        if one.word < 0 and (one.end - one.first) * _STEP_S >= _UNSPOKEN_S
        and np.median(level[one.first : one.end]) > speech - _UNSPOKEN_DB
    ]
    if not loud:
        return ""
    return f"the transcript has no words at {', '.join(loud[:_LISTED])}, where the sound is loud as speech"
