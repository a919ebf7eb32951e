"""A network small enough for hand-made cases, and what goes into it."""

from __future__ import annotations

import torch

from shared_core.networks.iptalker.config import WINDOW, Config

TINY = Config("tiny", 64, 48, references=3, channels=16, embedding=16, units=2, heads=2, spade=8,
              speech_depth=12)


class Inputs(dict):
    """What `IPTalker.forward` takes, by name."""

    def of(self, rows):
        """The same for some frames of the batch."""
        return Inputs({name: one if name == "references" else one[rows] for name, one in self.items()})


def inputs_for(config, batch=2, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def drawn(*shape):
        return torch.rand(*shape, generator=generator)

    height, width = config.height, config.width
    hole = torch.zeros(batch, 1, height, width)
    hole[..., height // 3 : -4, width // 4 : -width // 4] = 1
    return Inputs(
        source=drawn(batch, 3, height, width), hole=hole,
        references=drawn(config.references, 3, height, width),
        prior=3 * drawn(batch, config.references, 2, height // 4, width // 4) - 1.5,
        speech=drawn(batch, WINDOW, config.speech_depth) - 0.5, curves=drawn(batch, WINDOW, 4),
        known=torch.ones(batch, 2))


def awake(network, seed=5, size=0.1):
    """The network with its zeroed outputs drawn, as after some training: no part of it is without effect."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for layer in (network.motion.out, network.decoder.out):
            for parameter in layer.parameters():
                parameter.copy_(size * torch.randn(parameter.shape, generator=generator))
    return network
