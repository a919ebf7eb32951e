"""What IPTalker is trained for: Eq. 8 to 13."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

NAMES = ("pixel", "perceptual", "sync", "adversarial")


@dataclass(frozen=True)
class Losses:
    """Weights of Eq. 13, and what stands beside it.

    perceptual: lambda_p. sync: lambda_sync. adversarial: of L_G, see adversary. pixel: mean absolute
    difference, mostly in the hole and around the mouth: not in the paper; it carries the coarse stage.
    smooth: how unsteady the motion is.
    """

    perceptual: float = 10.0
    sync: float = 0.1
    adversarial: float = 1.0
    pixel: float = 20.0
    smooth: float = 0.02


class Judges(nn.Module):
    """The losses of a stage by name, already weighted, but for what an adversary says.

    perceptual: Eq. 8, see perceptual_loss. sync: Eq. 12, see sync_loss.
    """

    def __init__(
        self, losses: Losses, perceptual: nn.Module | None = None, sync: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self._losses = losses
        self.perceptual, self.sync = perceptual, sync

    def forward(
        self, made: Tensor, flows: Tensor, batch: Mapping[str, Tensor], names: tuple[str, ...],
    ) -> dict[str, Tensor]:
        truth, found = batch["truth"], {}
        if "pixel" in names:
            found["pixel"] = self._losses.pixel * pixel_loss(made, truth, batch["hole"], batch.get("shares"))
        if "perceptual" in names:
            alike = self.perceptual(around_mouth(made), around_mouth(truth))
            found["perceptual"] = self._losses.perceptual * alike
        if "sync" in names:
            found["sync"] = self._losses.sync * self.sync(made, batch["speech"])
        found["smooth"] = self._losses.smooth * unsteadiness(flows)
        return found


def around_mouth(pictures: Tensor) -> Tensor:
    """The part of crops (batch, 3, H, W) in which mouth, chin and their surroundings lie: a third of it."""
    height, width = pictures.shape[-2:]
    rows, columns = (0.38 * height, 0.90 * height), (0.15 * width, 0.85 * width)
    return pictures[..., slice(*map(round, rows)), slice(*map(round, columns))]


def pixel_loss(made: Tensor, truth: Tensor, hole: Tensor, shares: Tensor | None = None) -> Tensor:
    """Mean absolute difference; the hole counts five times as much as the rest, its middle ten times.

    shares: the sum to divide by, where these are a part of a larger batch.
    """
    share = pixel_shares(hole)
    total = share.sum() if shares is None else shares
    return ((made.float() - truth).abs() * share).sum() / (3 * total)


def pixel_shares(hole: Tensor) -> Tensor:
    """How much each pixel counts: (batch, 1, H, W)."""
    height, width = hole.shape[-2:]
    ys = torch.linspace(-1, 1, height, device=hole.device)[:, None] - 0.08
    xs = torch.linspace(-1, 1, width, device=hole.device)
    middle = torch.exp(-(ys.square() / 0.05 + xs.square() / 0.1))
    return 0.2 + hole * (0.8 + 1.0 * middle)


def unsteadiness(flows: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring vectors, px of the features."""
    return flows.diff(dim=-1).abs().mean() + flows.diff(dim=-2).abs().mean()
