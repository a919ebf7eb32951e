"""What pixels and landmarks say by themselves: which reference fits where, and what light it lacks.

Nothing here is learnt but how much it counts. It spares the network what little footage cannot teach it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

_AGREEING, _STRETCHED, _LIGHT = 0.06, 0.03, 0.07
"""Sigmas over which agreement, stretch and light are looked at, in heights of the crop."""
_LITTLE, _ALIKE = 1e-3, 0.08


class Evidence(nn.Module):
    """How far each reference fits, as logits (batch, N, h, w) on the grid of the pictures that it gets.

    A reference that agrees with the source around the hole is likely to agree inside; one that has to be
    stretched much shows a mouth of another shape. Both count by a factor that is learnt.
    """

    def __init__(self) -> None:
        super().__init__()
        self.factors = nn.Parameter(torch.tensor([3.0, 1.5]).log())

    def forward(self, laid: Tensor, source: Tensor, hole: Tensor, prior: Tensor) -> Tensor:
        """laid: the warped references, (batch, N, 3, h, w). source: (batch, 3, h, w). hole: (batch, 1, h, w).
        prior: flows (batch, N, 2, h, w), px of this grid.
        """
        outside = 1 - hole
        wrong = (laid - source[:, None]).abs().mean(dim=2) * outside
        apart = spread_into(wrong, outside, _AGREEING * laid.shape[-2])
        agree, bend = self.factors.exp() * torch.tensor([10.0, 1.0], device=laid.device)
        return -agree * apart - bend * stretch(prior)


def stretch(flows: Tensor) -> Tensor:
    """How unevenly each flow (batch, N, 2, h, w) moves its surroundings: (batch, N, h, w), px a px."""
    across, down = flows.diff(dim=-1).square().sum(dim=2), flows.diff(dim=-2).square().sum(dim=2)
    both = functional.pad(across, (0, 1)) + functional.pad(down, (0, 0, 0, 1))
    return blurred(both, _STRETCHED * flows.shape[-2]).clamp(min=1e-8).sqrt() * 10


def light_missing(source: Tensor, lent: Tensor, hole: Tensor) -> Tensor:
    """What `lent` lacks of the source's light, (batch, 3, h, w): read around the hole, carried into it.

    Where the two differ by much, they show different things, not different light, and count little.
    """
    lacks = source - lent
    alike = (1 - hole) * torch.exp(-lacks.abs().mean(dim=1, keepdim=True) / _ALIKE)
    return spread_into(lacks * alike, alike, _LIGHT * source.shape[-2])


def spread_into(x: Tensor, known: Tensor, sigma: float) -> Tensor:
    """The mean of x (already times `known`) over what is known near each pixel, by Gaussian weights.

    A wide weight beside the narrow one reaches where nothing near is known.
    """
    near, wide = blurred(x, sigma), blurred(x, 3 * sigma)
    weight, reach = blurred(known, sigma), blurred(known, 3 * sigma)
    return (near + 0.05 * wide) / (weight + 0.05 * reach + _LITTLE)


def blurred(x: Tensor, sigma: float) -> Tensor:
    """x (batch, C, h, w) under a Gaussian of `sigma` px, cut at 3 sigma; beyond its edge x repeats."""
    reach = max(1, min(round(3 * sigma), min(x.shape[-2:]) - 1))
    at = torch.arange(-reach, reach + 1, device=x.device, dtype=x.dtype)
    kernel = torch.exp(-0.5 * (at / max(sigma, 0.3)).square())
    kernel = (kernel / kernel.sum())[None, None]
    rows = functional.pad(x.flatten(0, 1)[:, None], (reach,) * 4, mode="replicate")
    rows = functional.conv2d(rows, kernel[..., None])
    return functional.conv2d(rows, kernel[:, :, None]).reshape(x.shape)
