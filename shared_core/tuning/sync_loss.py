"""Eq. 12: a lip-sync expert's word on whether made mouths fit their sound."""

from __future__ import annotations

from torch import Tensor, nn

from ..networks.syncnet.model import mouths_of
from ..networks.syncnet.weights import read_network
from ..networks.syncnet.windows import WINDOW


class SyncLoss(nn.Module):
    """expert: a SyncNet, the shipped one where none is given; it does not learn here."""

    def __init__(self, expert: nn.Module | None = None) -> None:
        super().__init__()
        self.expert = (expert or read_network()[0]).eval().requires_grad_(False)

    def forward(self, made: Tensor, speech: Tensor) -> Tensor:
        """Mean of (score - 1)^2 over windows of WINDOW pictures, one after the other, that have a sound.

        made: (N * WINDOW, 3, H, W). speech: (N * WINDOW, WINDOW, depth), the sound around each picture; a
        window's is that around its middle. A window without sound (all zeros) does not count; none with
        sound gives 0.
        """
        heard = speech.unflatten(0, (-1, WINDOW))[:, WINDOW // 2]
        counts = heard.abs().amax(dim=(1, 2)) > 0
        if not counts.any():
            return made.new_zeros(())
        mouths = mouths_of(made).unflatten(0, (-1, WINDOW))
        return (self.expert(mouths[counts], heard[counts]).float() - 1).square().mean()

