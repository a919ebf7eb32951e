"""What is heard while a shot plays, laid on its frames: level, words and phones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from .opened_shot import OpenedShot

_COLUMNS = 1600


@dataclass(frozen=True, eq=False)
class SoundStrip:
    """at: float (C,), positions in frames. level: (C,), the loudest sample around each, 0 to 1 of the
    range's loudest. words, phones: (start, end, text), in frames; empty without a transcript.
    """

    at: np.ndarray
    level: np.ndarray
    words: tuple[tuple[float, float, str], ...] = ()
    phones: tuple[tuple[float, float, str], ...] = ()

    @classmethod
    def of(cls, opened: OpenedShot) -> Self | None:
        """The performance's sound over the opened frames; None where there is no sound or no time."""
        sound, times, frames = opened.sound(), opened.heard_times, opened.frames.astype(float)
        if sound is None or len(frames) < 2:
            return None
        edges = np.linspace(frames[0], frames[-1], _COLUMNS + 1)
        moments = np.interp(edges, frames, times)
        rows = np.clip(np.round((moments - sound.start) * sound.rate).astype(int), 0, len(sound.samples))
        loud = np.array([
            np.abs(sound.samples[a:b]).max(initial=0.0) for a, b in zip(rows[:-1], rows[1:], strict=True)
        ])
        level = loud / max(float(loud.max(initial=0.0)), 1e-6)
        middle = 0.5 * (edges[1:] + edges[:-1])
        return cls(middle, level, *_spoken(opened, lambda time: float(np.interp(time, times, frames))))


def _spoken(opened: OpenedShot, frame_at) -> tuple[tuple, tuple]:
    phones = opened.phones()
    if phones is None:
        return (), ()
    first, last = opened.heard_times[[0, -1]]
    inside = (phones.end > first) & (phones.start < last)
    rows = np.flatnonzero(inside & (phones.word >= 0))
    said = [(frame_at(phones.start[r]), frame_at(phones.end[r]), phones.phones[r]) for r in rows]
    words = []
    for number in sorted(set(phones.word[rows].tolist())):
        own = rows[phones.word[rows] == number]
        words.append((frame_at(phones.start[own[0]]), frame_at(phones.end[own[-1]]), phones.words[number]))
    return tuple(words), tuple(said)
