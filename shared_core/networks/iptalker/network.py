"""The whole network, in the steps that operators call."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from .alignment import Alignment
from .config import Config
from .evidence import Evidence, blurred, light_missing
from .inpainting import Decoder
from .layers import warp
from .warping import FaceEncoder, Fusion, MotionUNet

FINE, DECIDED = 0.007, 4
"""Sigma that parts fine from coarse, in heights of the crop; the power that draws weights to the largest."""


class Seen(NamedTuple):
    """All that depends on the references alone: made once a shot.

    tokens: (N, D). features: F_R (N, C, h, w). fused: their part of Eq. 5, (1, C, h, w). pictures, coarse:
    (N, 3, H, W), the latter without what is fine.
    """

    tokens: Tensor
    features: Tensor
    fused: Tensor
    pictures: Tensor
    coarse: Tensor


class IPTalker(nn.Module):
    """Pictures are RGB in network space, 0 to 1, (batch, 3, H, W) of the configuration's size.

    `see` the references once, `align` a frame's sound to them, `look` at the frame, `move` the references,
    `paint` the frame; `forward` does all of it on a training batch. hole: (batch, 1, H, W), 1 where the
    source is hidden.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.alignment = Alignment(config)
        self.of_source = FaceEncoder(4, config)
        self.of_reference = FaceEncoder(3, config)
        self.fusion = Fusion(config)
        self.motion = MotionUNet(config, self.alignment.style)
        self.decoder = Decoder(config)
        if config.geometry:
            self.evidence = Evidence()

    def see(self, pictures: Tensor) -> Seen:
        """pictures: the references, (N, 3, H, W)."""
        features = self.of_reference(pictures)
        fused = self.fusion.of_references(features.flatten(0, 1)[None])
        coarse = blurred(pictures, FINE * pictures.shape[-2])
        return Seen(self.alignment.see(self._mouths(pictures)), features, fused, pictures, coarse)

    def align(self, tokens: Tensor, speech: Tensor, curves: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """v_alg and the attention over references; tokens: (batch, N, D); see Alignment."""
        return self.alignment(tokens, speech, curves, known)

    def look(self, source: Tensor, hole: Tensor) -> Tensor:
        """F_S, the source's features outside the hole: `own`, for `move` and `paint`."""
        return self.of_source(torch.cat([source * (1 - hole), hole], dim=1))

    def forward(
        self, source: Tensor, hole: Tensor, references: Tensor, prior: Tensor, speech: Tensor, curves: Tensor,
        known: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """A batch of one person with references (N, 3, H, W) for all: pictures, flows, weights."""
        seen = self.see(references)
        style, _ = self.align(seen.tokens.expand(len(source), -1, -1), speech, curves, known)
        own = self.look(source, hole)
        flows, weights = self.move(source, hole, own, seen, style, prior)
        return self.paint(source, hole, own, seen, flows, weights), flows, weights

    def move(
        self, source: Tensor, hole: Tensor, own: Tensor, seen: Seen, style: Tensor, prior: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Flows (batch, N, 2, h, w), px of the grid of `prior`, and weights (batch, N, h, w), 1 in sum.

        prior: flows that are known already; what it is without geometry does not matter, but for its grid.
        """
        size = prior.shape[-2:]
        if not self.config.geometry:
            further, logits = self.motion(self.fusion(own, seen.fused), style)
            return resized_flow(further, size), resized(logits, size).softmax(dim=1)
        laid = moved(seen.features, prior).flatten(1, 2)
        further, logits = self.motion(self.fusion(own, self.fusion.of_references(laid)), style)
        grid = own.shape[-2:]
        fits = self.evidence(
            moved(resized(seen.pictures, grid), prior), shown(source, hole, grid), resized(hole, grid),
            resized_flow(prior, grid))
        return prior + resized_flow(further, size), resized(logits + fits, size).softmax(dim=1)

    def _mouths(self, pictures: Tensor) -> Tensor:
        top, left, height, width = self.config.mouth
        return pictures[..., top : top + height, left : left + width]

    def paint(
        self, source: Tensor, hole: Tensor, own: Tensor, seen: Seen, flows: Tensor, weights: Tensor,
    ) -> Tensor:
        """The picture that these flows and weights make."""
        warped = merged(seen.features, flows, weights)
        pixels = merged_in_bands(seen.pictures, seen.coarse, flows, weights)
        if self.config.from_pixels:
            grid = own.shape[-2:]
            light = light_missing(*(shown(one, hole, grid) for one in (source, pixels)), resized(hole, grid))
            pixels = pixels + resized(light, pixels.shape[-2:])
        return self.decoder(warped, own, torch.cat([pixels, source * (1 - hole), hole], dim=1))


def merged(x: Tensor, flows: Tensor, weights: Tensor) -> Tensor:
    """Eq. 7 over N references: each of x (N, depth, h, w) warped, and their weighted sum for each flow.

    flows: (batch, N, 2, .., ..) and weights (batch, N, .., ..) of any one grid. Returns (batch, depth, h, w).
    """
    shares = resized(weights, x.shape[-2:])[:, :, None].to(x.dtype)
    return (moved(x, flows) * shares).sum(dim=1)


def merged_in_bands(pictures: Tensor, coarse: Tensor, flows: Tensor, weights: Tensor) -> Tensor:
    """`merged`, but what is fine comes from the references that count most: a mean of many is blurred.

    After Burt and Adelson, "A multiresolution spline with application to image mosaics", 1983.
    """
    return merged(coarse, flows, weights) + merged(pictures - coarse, flows, sharpened(weights))


def sharpened(weights: Tensor) -> Tensor:
    """Weights (batch, N, h, w) drawn towards the largest, 1 in sum."""
    powers = weights**DECIDED
    return powers / powers.sum(dim=1, keepdim=True)


def moved(x: Tensor, flows: Tensor) -> Tensor:
    """Each of x (N, depth, h, w) warped by each flow (batch, N, 2, .., ..): (batch, N, depth, h, w)."""
    batch, count = flows.shape[:2]
    many = x.expand(batch, *x.shape).flatten(0, 1)
    return warp(many, resized_flow(flows, x.shape[-2:]).flatten(0, 1)).unflatten(0, (batch, count))


def shown(source: Tensor, hole: Tensor, size: torch.Size) -> Tensor:
    """The source on a grid of `size`, where it shows; what the hole hides has no part in any cell."""
    return resized(source * (1 - hole), size) / resized(1 - hole, size).clamp(min=1e-3)


def resized(x: Tensor, size: torch.Size) -> Tensor:
    """(batch, N, h, w) on a grid of `size`: averaged where that is smaller, else bilinear."""
    if x.shape[-2:] == size:
        return x
    if x.shape[-2] > size[0]:
        return functional.interpolate(x, size, mode="area")
    return functional.interpolate(x, size, mode="bilinear", align_corners=False)


def resized_flow(flows: Tensor, size: torch.Size) -> Tensor:
    """Flows (batch, N, 2, h, w) on a grid of `size`, in px of that grid."""
    factor = flows.new_tensor([size[1] / flows.shape[-1], size[0] / flows.shape[-2]])
    return resized(flows.flatten(1, 2), size).unflatten(1, (-1, 2)) * factor[:, None, None]
