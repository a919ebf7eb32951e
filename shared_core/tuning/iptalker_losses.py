"""What IPTalker is trained for: Eq. 8 to 13."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    pass

NAMES = ("pixel", "perceptual", "sync")


@dataclass(frozen=True)
class Losses:
    """Weights of Eq. 13, and what stands beside it.

    perceptual: lambda_p. sync: lambda_sync. pixel: mean absolute difference, mostly in the hole and around
    the mouth: not in the paper; it carries the coarse stage. smooth: how unsteady the motion is.
    """

    perceptual: float = 10.0
    sync: float = 0.1
    pixel: float = 4.0
    smooth: float = 0.02


class Judges(nn.Module):
    """The losses of a stage by name, already weighted. perceptual: Eq. 8, see perceptual_loss."""

    def __init__(self, losses: Losses, perceptual: nn.Module | None = None) -> None:
        super().__init__()
        self._losses = losses
        self.perceptual = perceptual

    def forward(
        self, made: Tensor, flows: Tensor, batch: Mapping[str, Tensor], names: tuple[str, ...],
    ) -> dict[str, Tensor]:
        truth, found = batch["truth"], {}
        if "pixel" in names:
            found["pixel"] = self._losses.pixel * pixel_loss(made, truth, batch["hole"])
        if "perceptual" in names:
            alike = self.perceptual(around_mouth(made), around_mouth(truth))
            found["perceptual"] = self._losses.perceptual * alike
        found["smooth"] = self._losses.smooth * unsteadiness(flows)
        return found


def around_mouth(pictures: Tensor) -> Tensor:
    """The part of crops (batch, 3, H, W) in which mouth, chin and their surroundings lie: a third of it."""
    height, width = pictures.shape[-2:]
    rows, columns = (0.38 * height, 0.90 * height), (0.15 * width, 0.85 * width)
    return pictures[..., slice(*map(round, rows)), slice(*map(round, columns))]


def pixel_loss(made: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Mean absolute difference; the hole counts five times as much as the rest, its middle ten times."""
    height, width = truth.shape[-2:]
    ys = torch.linspace(-1, 1, height, device=truth.device)[:, None] - 0.08
    xs = torch.linspace(-1, 1, width, device=truth.device)
    middle = torch.exp(-(ys.square() / 0.05 + xs.square() / 0.1))
    share = 0.2 + hole * (0.8 + 1.0 * middle)
    return ((made.float() - truth).abs() * share).sum() / (3 * share.sum())


def unsteadiness(flows: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring vectors, px of the features."""
    return flows.diff(dim=-1).abs().mean() + flows.diff(dim=-2).abs().mean()
