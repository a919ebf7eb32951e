"""Which phone and which word is spoken when."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .sidecar import Sidecar

BILABIAL = frozenset("MBP")


@dataclass(frozen=True, eq=False)
class Phones(Sidecar):
    """A transcript laid on its sound; `frames` counts the phones from 0, not pictures.

    start, end: float64 (N,), s on the sound's own time. phones: N names in ARPAbet without stress
    (M, AA, SIL for a pause). words: the transcript's words in order. word: int64 (N,), which of them
    a phone belongs to, -1 for a pause. warnings: plain sentences.
    """

    start: np.ndarray
    end: np.ndarray
    word: np.ndarray
    phones: tuple[str, ...]
    words: tuple[str, ...]
    warnings: tuple[str, ...] = field(default=(), metadata={"keyed": False})

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.phones) != len(self.frames):
            raise ValueError(f"there are {len(self.phones)} names for {len(self.frames)} phones")
        if np.any(self.end < self.start) or np.any(np.diff(self.start) < 0):
            raise ValueError("phones have to follow each other, each ending after it starts")

    def spans(
        self, phone: str | frozenset[str], word: str = "", occurrence: int = 1
    ) -> list[tuple[float, float]]:
        """Start and end, s, of every phone of that name, or of its `occurrence`-th `word` alone.

        Words are compared without case. Empty where there is none.
        """
        names = {phone} if isinstance(phone, str) else phone
        rows = [row for row, name in enumerate(self.phones) if name in names]
        if word:
            said = [i for i, one in enumerate(self.words) if one.lower() == word.lower()]
            wanted = said[occurrence - 1] if 0 < occurrence <= len(said) else -2
            rows = [row for row in rows if self.word[row] == wanted]
        return [(float(self.start[row]), float(self.end[row])) for row in rows]
