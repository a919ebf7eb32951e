"""Accents: small changes of the mouth's curves, tied to a moment of the sound or to a spoken word.

Text, as an artist writes it into a knob: `CURVE+AMOUNT@WHEN`, several separated by spaces.

    jaw+0.05@1.25            the jaw a little lower around 1.25 s of the sound
    opening-0.04@people:P    less open on the first P of the word "people", wherever it is spoken
    closure+1@mother#2:M     closed on the M of the second "mother"
    width+0.03@smile~0.2     wider over the whole word, fading over 0.2 s to each side

They are added to what the drive says, and stay with the sound when its timing changes.
"""

from __future__ import annotations

import re

import numpy as np

from ..spec.errors import KnobError
from ..values.curves import WIDEST
from ..values.drive import CURVES
from ..values.phones import Phones

_FADE_S = 0.10
_ACCENT = re.compile(
    r"(?P<curve>[a-z]+)(?P<amount>[+-]\d*\.?\d+)@"
    r"(?:(?P<second>-?\d+\.?\d*)|(?P<word>[^\W\d][\w'’-]*)(?:#(?P<nth>\d+))?"
    r"(?::(?P<phone>[A-Z]+))?)"
    r"(?:~(?P<fade>\d*\.?\d+))?"
)


def accent_offsets(text: str, seconds: np.ndarray, phones: Phones | None) -> np.ndarray:
    """What the accents of `text` add to the five curves (drive.CURVES) at each moment, (N, 5).

    seconds: (N,), moments of the sound. Each accent is whole over its phone or word, or at its moment,
    and fades by a raised cosine to both sides. Raises KnobError for what cannot be read, or names a
    word, phone or transcript that is not there.
    """
    added = np.zeros((len(seconds), len(CURVES)))
    for item in text.split():
        found = _ACCENT.fullmatch(item)
        if found is None or found["curve"] not in CURVES:
            raise KnobError(
                f"accent {item!r}: expected CURVE+AMOUNT@WHEN with one of {', '.join(CURVES)}, as in"
                " jaw+0.05@1.25 or closure+1@mother#2:M"
            )
        amount, fade = float(found["amount"]), float(found["fade"] or _FADE_S)
        if abs(amount) > WIDEST:
            raise KnobError(f"accent {item!r}: expected an amount of {WIDEST:g} mouth widths at most")
        start, end = _span(item, found, phones)
        away = np.maximum(np.maximum(start - seconds, seconds - end), 0.0)
        share = 0.5 + 0.5 * np.cos(np.pi * np.clip(away / max(fade, 1e-6), 0.0, 1.0))
        added[:, CURVES.index(found["curve"])] += amount * share
    return added


def _span(item: str, found: re.Match, phones: Phones | None) -> tuple[float, float]:
    if found["second"] is not None:
        return float(found["second"]), float(found["second"])
    if phones is None:
        raise KnobError(
            f"accent {item!r}: names a word, but no transcript is connected; give seconds, or connect one"
            " (dub new --transcript)"
        )
    named = found["phone"] or frozenset(phones.phones)
    spans = phones.spans(named, found["word"], int(found["nth"] or 1))
    if not spans:
        raise KnobError(
            f"accent {item!r}: the transcript has no such word or phone; it says"
            f" {' '.join(phones.words)[:200]!r}"
        )
    return (spans[0][0], spans[0][1]) if found["phone"] else (spans[0][0], spans[-1][1])
