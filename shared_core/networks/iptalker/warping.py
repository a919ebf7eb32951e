"""Eq. 4 to 7: features of the source and the references, and the motion between them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .config import Config
from .layers import AdaIN, Residual, act, conv, zeroed


class FaceEncoder(nn.Module):
    """E_S and E_R: a picture (batch, depth, H, W) to (batch, C, H/4, W/4)."""

    def __init__(self, depth: int, config: Config) -> None:
        super().__init__()
        full = config.channels
        self.stem = conv(depth, full // 4)
        self.at_half = conv(full // 4, full // 2, stride=2)
        self.at_quarter = conv(full // 2, full, stride=2)
        self.refine = Residual(full)

    def forward(self, x: Tensor) -> Tensor:
        return self.refine(act(self.at_quarter(act(self.at_half(act(self.stem(x)))))))


class Fusion(nn.Module):
    """E_u over F_S and F_R side by side, a 1 x 1 convolution and a residual block.

    Eq. 5 adds C and N * C channels, which cannot be; side by side is what they can be. The references'
    part of the product is linear and the same for all frames of a shot: `of_references` gives it once.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.source = nn.Conv2d(config.channels, config.channels, 1)
        self.references = nn.Conv2d(config.references * config.channels, config.channels, 1, bias=False)
        self.refine = Residual(config.channels)

    def of_references(self, features: Tensor) -> Tensor:
        """features: (batch, N * C, h, w) to (batch, C, h, w)."""
        return self.references(features)

    def forward(self, source: Tensor, references: Tensor) -> Tensor:
        """source: F_S; references: what `of_references` gave."""
        return self.refine(self.source(source) + references)


class _Step(nn.Module):
    """AdaIN before a convolution, as the paper has it."""

    def __init__(self, depth: int, out: int, style: int, stride: int = 1) -> None:
        super().__init__()
        self.norm = AdaIN(depth, style)
        self.conv = conv(depth, out, stride=stride)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        return self.conv(act(self.norm(x, style)))


class MotionUNet(nn.Module):
    """Eq. 6: the motion M, for each reference, with logits of the references' weights at each pixel.

    Returns flows (batch, N, 2, h, w), in pixels of the features, and logits (batch, N, h, w). With a single
    flow, N flows are the same and the logits 0.
    """

    def __init__(self, config: Config, style: int) -> None:
        super().__init__()
        full, narrow = config.channels, config.channels * 3 // 4
        self._references, self._many = config.references, config.flows
        self.enter = _Step(full, narrow, style)
        self.down = nn.ModuleList([
            _Step(narrow, full, style, 2), _Step(full, full, style, 2)])
        self.middle = _Step(full, full, style)
        self.up = nn.ModuleList([_Step(2 * full, full, style), _Step(full + narrow, narrow, style)])
        outputs = 3 * config.references if config.flows else 2
        self.out = zeroed(conv(narrow, outputs))

    def forward(self, fused: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        skips = [self.enter(fused, style)]
        for step in self.down:
            skips.append(step(skips[-1], style))
        x = skips.pop()
        x = x + self.middle(x, style)
        for step in self.up:
            beside = skips.pop()
            x = functional.interpolate(x, beside.shape[-2:], mode="bilinear", align_corners=False)
            x = step(torch.cat([x, beside], dim=1), style)
        return self._split(self.out(act(x)).float())

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        batch, _, height, width = x.shape
        if not self._many:
            flows = x[:, None].expand(batch, self._references, 2, height, width)
            return flows, x.new_zeros(batch, self._references, height, width)
        flows = x[:, : 2 * self._references].reshape(batch, self._references, 2, height, width)
        return flows, x[:, 2 * self._references :]
