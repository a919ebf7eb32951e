"""The discriminators beside a training: what they say of made pictures, and how they learn (Eq. 9 to 11)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .discriminators import (
    FRAMES,
    ClipDiscriminator,
    PictureDiscriminator,
    discriminator_loss,
    generator_loss,
)


class Adversary(nn.Module):
    """A picture's and a clip's discriminator. The batches are windows of FRAMES frames, one after the other.

    base: channels after their first layer. rate: Adam's.
    """

    def __init__(self, base: int = 32, rate: float = 1e-4) -> None:
        super().__init__()
        self.picture, self.clip = PictureDiscriminator(base=base), ClipDiscriminator(base)
        self.optimiser = torch.optim.Adam(self.parameters(), rate, betas=(0.5, 0.99))

    def judge(self, made: Tensor) -> Tensor:
        """Eq. 11 for the network that made the pictures (N * FRAMES, 3, H, W); its own weights stay."""
        self.requires_grad_(False)
        return generator_loss(self.picture(made)) + generator_loss(self.clip(windows(made)))

    def learn(
        self, made: Tensor, truth: Tensor, average: Callable[[nn.Module], None] = lambda network: None,
    ) -> float:
        """A step of Eq. 10 on made and on real pictures; the loss before it.

        average: gives every process the mean of all processes' gradients.
        """
        self.requires_grad_(True)
        made = made.detach()
        loss = discriminator_loss(self.picture(truth), self.picture(made))
        loss = loss + discriminator_loss(self.clip(windows(truth)), self.clip(windows(made)))
        self.optimiser.zero_grad()
        loss.backward()
        average(self)
        self.optimiser.step()
        return loss.item()


def windows(pictures: Tensor) -> Tensor:
    """(N * FRAMES, 3, H, W) as (N, FRAMES, 3, H, W)."""
    return pictures.unflatten(0, (-1, FRAMES))
