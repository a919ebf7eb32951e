"""One family of configurations: sizes and switches of an IPTalker network.

A checkpoint's header holds its configuration, so that whoever loads it needs no name.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Self

from ...spec.errors import ModelError

SPEECH_DEPTH = 768
"""Numbers a step of the speech features; whisper's, see networks/speech."""
CURVES = ("opening", "width", "pucker", "jaw")
"""Mouth curves that may go with the sound, as values.Drive has them."""
WINDOW = 5
STEP_S = 0.04
"""The sound around a frame: so many steps of so many seconds, the frame's own in the middle."""

LARGEST = 4096
"""Of all sizes: a header that says more is no network's."""


@dataclass(frozen=True)
class Config:
    """height, width: of the crop, px, multiples of 32. references: N. channels: C, of features at a quarter
    of the crop's size. embedding: of the tokens. units: k stacked AVAUs. heads: of each attention.
    spade: hidden channels of a SPADE block.

    Switches: speech and curves choose what the audio encoder hears (one at least). geometry: landmarks give
    the motion's first guess, and the network what they lack; else the network finds all of it, as in the
    paper. flows: one motion for each reference with softmax weights, else a single one for all. from_pixels:
    the decoder corrects the warped pixels; else it paints from features alone, as in the paper.
    concatenate: Eq. 3's skip by concatenation, as the ablation's text has it, instead of addition.
    alignment, spade_decoder, cross_modal: table III's ablations.
    """

    name: str = "preview"
    height: int = 208
    width: int = 160
    references: int = 12
    channels: int = 64
    embedding: int = 128
    units: int = 4
    heads: int = 4
    spade: int = 32
    speech_depth: int = SPEECH_DEPTH
    speech: bool = True
    curves: bool = True
    geometry: bool = True
    flows: bool = True
    from_pixels: bool = True
    concatenate: bool = False
    alignment: bool = True
    spade_decoder: bool = True
    cross_modal: bool = True

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if type(value).__name__ != field.type or type(value) is int and not 0 < value <= LARGEST:
                raise ModelError(
                    f"a configuration's {field.name} is {value!r}; expected {field.type}, a number of 1 to"
                    f" {LARGEST}")
        if self.height % 16 or self.width % 16 or min(self.height, self.width) < 32:
            raise ModelError(f"crop of {self.height} x {self.width}; expected multiples of 16 from 32 on")
        if self.embedding % self.heads or self.channels % 4 or self.spade < 2:
            raise ModelError(
                f"configuration {self.name!r}: embedding {self.embedding}, heads {self.heads}, channels"
                f" {self.channels}, spade {self.spade}; expected heads that divide the embedding, channels"
                " that 4 divides, spade from 2 on")
        if not (self.speech or self.curves):
            raise ModelError("a network that hears neither speech nor curves cannot be driven")

    @property
    def mouth(self) -> tuple[int, int, int, int]:
        """The mouth image I_M in the crop: top, left, height, width; 128 x 160 of 416 x 320."""
        height, width = self.height * 128 // 416, self.width // 2
        top = round(self.height * 0.50) - height // 4
        return top, (self.width - width) // 2, height, width

    def to_json(self) -> str:
        """The text that goes into a checkpoint's header."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read `to_json` back; ModelError where it names what is not known here."""
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise ModelError(f"a configuration that cannot be read: {error}") from None


PREVIEW = Config()
PAPER = Config("paper", 416, 320, channels=160, embedding=256, spade=64)
CONFIGS = {config.name: config for config in (PREVIEW, PAPER)}
