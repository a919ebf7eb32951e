"""align_transcript: which phone is said when."""

from __future__ import annotations

from typing import Annotated

from ..networks.speech.alignment import align
from ..spec.errors import KnobError
from ..spec.knob import Knob
from ..spec.operator import operator
from ..values import Phones, Sound


@operator("Align Transcript", scope="shot", version=1)
def align_transcript(
    sound: Sound, *,
    transcript: Annotated[str, Knob(
        "Transcript", "All that the voice says, in order, in English. A name that the dictionary lacks "
        "brings its phones along, as Zuri[Z UH R IY].")] = "",
) -> Phones:
    """Lay a transcript on its sound: when each phone and each word is said, to 10 ms.

    English alone. Phones are ARPAbet without stress; pauses are SIL. Punctuation, case and hyphens do not
    matter; numbers are written as they are spoken. Where text and sound fit poorly, a warning says so.

    Raises KnobError for an empty transcript, BadInput for words that are not in the dictionary and for a
    text that does not fit the sound.
    """
    if not transcript.strip():
        raise KnobError(
            "align_transcript.transcript is empty; expected what the voice says, in English; or disconnect"
            " the node"
        )
    return align(sound, transcript)
