"""The network: five pictures of a mouth and the sound of the same moments to a score from 0 to 1.

Each picture is read by the same convolutions, so that one picture's features serve all windows it is in. Both
sides end in a vector of length 1; the score is a sigmoid of their cosine. Normalisation is by each picture's
own statistics: no number of one window reaches another. Everything is differentiable in the pictures.

Reference: Chung and Zisserman, "Out of time: automated lip sync in the wild", 2016, for two towers that are
taught with shifted sound; Prajwal et al., "A lip sync expert is all you need", 2020, for the cosine.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...spec.errors import ModelError
from .windows import WINDOW

SIZE = (60, 72)
"""Height and width of a mouth's picture, px."""
BOX = (152, 64, 160, 192)
"""What of a face crop of 416 x 320 (faces.face_crop) it shows: top, left, height, width, px."""
_CROP = (416, 320)
_SLOPE = 0.1


@dataclass(frozen=True)
class SyncConfig:
    """depth: numbers a step of the sound. components: to which they are reduced first. channels: of the
    convolutions, each of which halves the picture. frame: numbers a picture. hidden, embedding: of both
    towers. dropout: share that is left out in training.
    """

    depth: int = 768
    components: int = 64
    channels: tuple[int, ...] = (24, 48, 96, 128)
    frame: int = 64
    hidden: int = 192
    embedding: int = 96
    dropout: float = 0.2

    def __post_init__(self) -> None:
        sizes = (self.depth, self.components, self.frame, self.hidden, self.embedding, *self.channels)
        if not self.channels or min(sizes) < 1 or any(size % 8 for size in self.channels):
            raise ModelError(f"sizes that make no network: {self}; channels are multiples of 8")

    def to_json(self) -> str:
        """The text that goes into a weight file's header."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read `to_json` back; ModelError where it names what is not known here."""
        try:
            fields = json.loads(text)
            return cls(**{**fields, "channels": tuple(fields["channels"])})
        except (TypeError, ValueError, KeyError) as error:
            raise ModelError(f"a configuration that cannot be read: {error}") from None


def mouths_of(pictures: Tensor) -> Tensor:
    """The mouths in face crops of any height: (..., 3, H, W) to (..., 3, *SIZE); differentiable.

    pictures: network space, 0 to 1, RGB, the crop of faces.face_crop. Raises ModelError for other shapes.
    """
    return part_of(pictures, BOX, SIZE)


def part_of(pictures: Tensor, box: tuple[int, int, int, int], size: tuple[int, int]) -> Tensor:
    """A part of face crops, given in pixels of a crop of 416 x 320, resized without aliasing."""
    height, width = pictures.shape[-2:]
    askew = abs(height * _CROP[1] - width * _CROP[0]) > height * 8
    if pictures.dim() < 4 or pictures.shape[-3] != 3 or askew:
        raise ModelError(
            f"face crops of shape {tuple(pictures.shape)}; expected (..., 3, H, W) with H : W as 416 : 320")
    top, left, tall, wide = (
        round(value * height / _CROP[0]) if axis % 2 == 0 else round(value * width / _CROP[1])
        for axis, value in enumerate(box)
    )
    part = pictures[..., top : top + tall, left : left + wide]
    if part.shape[-2:] == size:
        return part
    flat = part.reshape(-1, *part.shape[-3:])
    small = functional.interpolate(flat, size, mode="bilinear", antialias=True, align_corners=False)
    return small.reshape(*part.shape[:-2], *size)


class SyncNet(nn.Module):
    """See the module's text. `config` gives its sizes."""

    def __init__(self, config: SyncConfig | None = None) -> None:
        super().__init__()
        self.config = config = SyncConfig() if config is None else config
        self.register_buffer("centre", torch.zeros(config.depth))
        self.register_buffer("basis", torch.eye(config.depth, config.components))
        self.of_frame = nn.Sequential(*_halvings(config.channels), nn.Flatten())
        tall, wide = SIZE
        for _ in config.channels:
            tall, wide = (tall + 1) // 2, (wide + 1) // 2
        self.to_frame = nn.Linear(config.channels[-1] * tall * wide, config.frame)
        self.seen = _tower(config.frame, config)
        self.heard = _tower(config.components, config)
        self.log_scale = nn.Parameter(torch.full((1,), 2.0))
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, mouths: Tensor, speech: Tensor) -> Tensor:
        """Scores (B,), 0 to 1: how well the mouth that is seen and the mouth that is heard match.

        mouths: (B, 5, 3, *SIZE) or (B, 15, *SIZE), network space, 0 to 1, 25 pictures a second in time's
        order (`mouths_of`). speech: (B, 5, depth), features at steps of 40 ms, the middle one that of the
        middle picture. Raises ModelError for other shapes.
        """
        mouths = self._checked(mouths, speech)
        return self.score(self.see(mouths), self.hear(speech))

    def see(self, mouths: Tensor) -> Tensor:
        """Vectors (B, embedding) of length 1 of mouths (B, 5, 3, *SIZE)."""
        return self.see_frames(self.frames(mouths.flatten(0, 1)).unflatten(0, mouths.shape[:2]))

    def frames(self, mouths: Tensor) -> Tensor:
        """Features (N, frame) of single pictures (N, 3, *SIZE)."""
        return self.to_frame(self.of_frame(mouths * 2 - 1))

    def see_frames(self, features: Tensor) -> Tensor:
        """Vectors (B, embedding) of length 1 of five pictures' features (B, 5, frame)."""
        return functional.normalize(self.seen(features), dim=-1)

    def reduced(self, speech: Tensor) -> Tensor:
        """Speech features (..., depth) centred and reduced to (..., components)."""
        return (speech.to(self.basis.dtype) - self.centre) @ self.basis

    def hear(self, speech: Tensor) -> Tensor:
        """Vectors (B, embedding) of length 1 of speech (B, 5, depth)."""
        return self.hear_reduced(self.reduced(speech))

    def hear_reduced(self, values: Tensor) -> Tensor:
        """Vectors (B, embedding) of length 1 of five steps of reduced speech (B, 5, components)."""
        return functional.normalize(self.heard(values), dim=-1)

    def score(self, seen: Tensor, heard: Tensor) -> Tensor:
        """Scores 0 to 1 of vectors that lie one on the other (..., embedding)."""
        return torch.sigmoid(self.logits((seen * heard).sum(dim=-1)))

    def logits(self, cosine: Tensor) -> Tensor:
        """A cosine scaled and shifted, before the sigmoid."""
        return self.log_scale.exp() * cosine + self.bias

    def _checked(self, mouths: Tensor, speech: Tensor) -> Tensor:
        if mouths.dim() == 4 and mouths.shape[1] == 3 * WINDOW:
            mouths = mouths.unflatten(1, (WINDOW, 3))
        batch = mouths.shape[0]
        expected = (batch, WINDOW, 3, *SIZE), (batch, WINDOW, self.config.depth)
        if (tuple(mouths.shape), tuple(speech.shape)) != expected:
            raise ModelError(
                f"mouths {tuple(mouths.shape)} and speech {tuple(speech.shape)}; expected {expected[0]} and"
                f" {expected[1]}: cut the mouths with mouths_of"
            )
        return mouths


def _halvings(channels: tuple[int, ...]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for depth, out in zip((3, *channels[:-1]), channels, strict=True):
        layers += [nn.Conv2d(depth, out, 3, 2, 1), nn.GroupNorm(out // 8, out), nn.LeakyReLU(_SLOPE)]
    return layers


def _tower(depth: int, config: SyncConfig) -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(), nn.Dropout(config.dropout), nn.Linear(WINDOW * depth, config.hidden),
        nn.LayerNorm(config.hidden), nn.LeakyReLU(_SLOPE), nn.Dropout(config.dropout),
        nn.Linear(config.hidden, config.embedding),
    )
