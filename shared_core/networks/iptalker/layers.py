"""Building blocks. Tensors are (batch, channels, height, width) unless a docstring says otherwise.

Normalisation is by each sample's own statistics: no number of one frame reaches another.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.2
EPSILON = 1e-5


def conv(depth: int, out: int, kernel: int = 3, stride: int = 1) -> nn.Conv2d:
    """A convolution that keeps the size, or halves it with a stride of 2."""
    return nn.Conv2d(depth, out, kernel, stride, kernel // 2)


def act(x: Tensor) -> Tensor:
    """The one activation: a leaky ReLU."""
    return functional.leaky_relu(x, SLOPE)


def zeroed(layer: nn.Module) -> nn.Module:
    """The layer with weights and bias 0: what it adds begins as nothing."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class Residual(nn.Module):
    """Two convolutions beside a skip."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.first, self.second = conv(depth, depth), conv(depth, depth)

    def forward(self, x: Tensor) -> Tensor:
        return x + 0.5 * self.second(act(self.first(act(x))))


def normalised(x: Tensor) -> Tensor:
    """Each channel of each sample with mean 0 and variance 1: instance normalisation.

    Written out, because torch's own copies tensors whose channels lie last, to the other layout and
    back, and its group_norm gives other bits on another number of threads.
    """
    centred = x - x.mean(dim=(2, 3), keepdim=True)
    return centred * torch.rsqrt(centred.square().mean(dim=(2, 3), keepdim=True) + EPSILON)


class AdaIN(nn.Module):
    """Adaptive instance normalisation: a style's scale and shift on normalised features.

    Huang and Belongie, "Arbitrary style transfer in real-time with adaptive instance normalization", 2017.
    """

    def __init__(self, depth: int, style: int) -> None:
        super().__init__()
        self.affine = nn.Linear(style, 2 * depth)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale, shift = self.affine(style)[:, :, None, None].chunk(2, dim=1)
        return normalised(x) * (1 + scale) + shift


class Spade(nn.Module):
    """Spatially adaptive normalisation: scale and shift at each pixel, from a map of the same size.

    Park et al., "Semantic image synthesis with spatially-adaptive normalization", 2019.
    """

    def __init__(self, depth: int, map_depth: int, hidden: int) -> None:
        super().__init__()
        self.shared = conv(map_depth, hidden)
        self.affine = conv(hidden, 2 * depth)

    def forward(self, x: Tensor, features: Tensor) -> Tensor:
        scale, shift = self.affine(act(self.shared(features))).chunk(2, dim=1)
        return torch.addcmul(shift, normalised(x), 1 + scale)


def warp(x: Tensor, flow: Tensor) -> Tensor:
    """Eq. 7: `out(p) = x(p + flow(p))`. flow: (batch, 2, h, w), of x's size, dx and dy in its px, y down.

    Beyond x its edge repeats.
    """
    height, width = x.shape[-2:]
    ys = torch.arange(height, device=x.device, dtype=torch.float32)[:, None] + 0.5
    xs = torch.arange(width, device=x.device, dtype=torch.float32) + 0.5
    grid = torch.stack([
        (xs + flow[:, 0].float()) * (2 / width) - 1, (ys + flow[:, 1].float()) * (2 / height) - 1,
    ], dim=-1)
    return functional.grid_sample(x.float(), grid, padding_mode="border", align_corners=False).to(x.dtype)
