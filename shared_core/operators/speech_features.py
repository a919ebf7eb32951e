"""speech_features: what the mouth's drive hears."""

from __future__ import annotations

from typing import Annotated

from ..networks.speech.features import MODELS, speech_of
from ..spec.knob import Knob
from ..spec.operator import operator
from ..values import Sound, Speech
from ..values.speech import KINDS


@operator("Speech Features", scope="shot", version=1)
def speech_features(
    sound: Sound, *,
    kind: Annotated[str, Knob(
        "Features", "What the drive listens to. whisper: early blocks of a speech recogniser, any "
        "language. mel: the bare spectrum, no model. deepspeech: the papers' 29 logits, from a graph of "
        "your own.", choices=KINDS, choice_weights=tuple(MODELS[kind] for kind in KINDS))] = "whisper",
) -> Speech:
    """Turn a voice into features, 50 a second, at the sound's own times.

    Takes any sample rate from 4 kHz; channels are averaged. The level of each step goes along, in dB.
    Runs on the processor, without torch.

    Raises BadInput for a sound shorter than 0.1 s or with samples that are no sound, and ModelError
    where the weights of the chosen kind are not there.
    """
    return speech_of(sound, kind)
