"""Small changes of a stretch's pictures: where the crop lies, its light, its sharpness. One for all of them.

A change from picture to picture would look like a movement of the mouth.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..networks.syncnet.model import SIZE

_SHIFT, _SCALE, _TURN = 0.05, 0.08, 0.09
"""Farthest shift in shares of the picture, growth and turn, rad."""


def changed(mouths: Tensor, random: np.random.Generator) -> Tensor:
    """Stored mouths (T, 3, h, w), 0 to 1, cut to (T, 3, *SIZE), moved, lit and blurred by chance."""
    mouths = functional.grid_sample(
        mouths, _grid(mouths, random), mode="bilinear", padding_mode="border", align_corners=False)
    mouths = _lit(mouths, random)
    if random.random() < 0.4:
        mouths = _softer(mouths, random.uniform(0.45, 0.9))
    if random.random() < 0.3:
        noise = random.normal(0, random.uniform(0.005, 0.03), mouths.shape).astype(np.float32)
        mouths = mouths + torch.from_numpy(noise)
    return mouths.clamp(0, 1)


def _grid(mouths: Tensor, random: np.random.Generator) -> Tensor:
    height, width = mouths.shape[-2:]
    turn = random.uniform(-_TURN, _TURN)
    tall, wide = 1 + random.uniform(-_SCALE, _SCALE, 2)
    mirrored = -1.0 if random.random() < 0.5 else 1.0
    to_pixels = np.diag([SIZE[1] / 2, SIZE[0] / 2])
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = turned @ np.diag([wide * mirrored, tall]) @ to_pixels
    moved = random.uniform(-_SHIFT, _SHIFT, 2) * (SIZE[1], SIZE[0])
    scaled = np.concatenate([matrix, moved[:, None]], axis=1) / np.array([[width / 2], [height / 2]])
    one = functional.affine_grid(
        torch.from_numpy(scaled.astype(np.float32))[None], [1, 3, *SIZE], align_corners=False)
    return one.expand(len(mouths), -1, -1, -1)


def _lit(mouths: Tensor, random: np.random.Generator) -> Tensor:
    gamma = np.exp(random.uniform(-0.35, 0.35))
    gain = np.exp(random.uniform(-0.2, 0.2) + random.uniform(-0.1, 0.1, 3))
    lift = random.uniform(-0.06, 0.06)
    if random.random() < 0.15:
        mouths = mouths.mean(dim=1, keepdim=True).expand_as(mouths)
    gains = torch.from_numpy(gain.astype(np.float32))[None, :, None, None]
    return mouths.clamp(min=1e-4) ** gamma * gains + lift


def _softer(mouths: Tensor, share: float) -> Tensor:
    """Resized to `share` of their size and back."""
    size = round(SIZE[0] * share), round(SIZE[1] * share)
    small = functional.interpolate(mouths, size, mode="bilinear", antialias=True, align_corners=False)
    return functional.interpolate(small, SIZE, mode="bilinear", align_corners=False)
