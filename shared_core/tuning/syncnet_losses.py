"""What the lip-sync expert is taught by: true and false pairs, and the tracked mouth, read from either side.

The tracked mouth comes free with every clip, and a silent one teaches it as well: of so little footage, it
is what makes the features fit people who were never seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..networks.syncnet.model import SyncConfig, SyncNet
from ..networks.syncnet.windows import WINDOW
from .syncnet_pairs import Stretch, pair_kinds, windows
from .syncnet_pictures import changed
from .syncnet_plan import Plan

CURVES = 4


class Trainee(nn.Module):
    """The network, and two heads that read the tracked mouth from either side while it learns."""

    def __init__(self, config: SyncConfig) -> None:
        super().__init__()
        self.network = SyncNet(config)
        self.from_picture = nn.Linear(config.frame, CURVES)
        self.from_sound = nn.Sequential(
            nn.Linear(WINDOW * config.components, config.hidden), nn.LeakyReLU(0.1),
            nn.Linear(config.hidden, CURVES),
        )


def loss_of(
    trainee: Trainee, stretches: Sequence[Stretch], plan: Plan, random: np.random.Generator,
) -> Tensor:
    """The loss of a few stretches: true and false pairs, and the tracked mouth read from either side."""
    network = trainee.network
    mouths = torch.cat([_pictures(one, random) for one in stretches])
    features = network.frames(mouths).unflatten(0, (len(stretches), -1))
    sound = network.reduced(torch.from_numpy(np.stack([one.clip.speech[one.moments] for one in stretches])))
    sound = sound + plan.noise * torch.randn_like(sound)
    picked = torch.from_numpy(windows(stretches[0]))
    seen = network.see_frames(features[:, picked].flatten(0, 1))
    around_sound = sound[:, picked].flatten(0, 1)
    heard = network.hear_reduced(around_sound)
    logits = network.logits(seen @ heard.T)
    kinds = torch.from_numpy(pair_kinds(stretches))
    loss = _pair_loss(logits, kinds, plan) + plan.contrast * _contrast(logits, kinds)
    return loss + plan.curves * _curve_loss(trainee, features, around_sound, stretches)


def _pictures(stretch: Stretch, random: np.random.Generator) -> Tensor:
    mouths = stretch.clip.mouths[stretch.clip.rows[stretch.moments]]
    return changed(torch.from_numpy(mouths.astype(np.float32) / 255), random)


def _pair_loss(logits: Tensor, kinds: Tensor, plan: Plan) -> Tensor:
    """True and false weigh the same, however many there are."""
    true, shifted, foreign = (_mean(functional.softplus(sign * logits), kinds == kind)
                              for sign, kind in ((-1, 1), (1, -1), (1, -2)))
    return true + (1 - plan.others) * shifted + plan.others * foreign


def _contrast(logits: Tensor, kinds: Tensor) -> Tensor:
    """The own sound against its shifted ones, and the own picture against its shifted ones."""
    shut = logits.masked_fill((kinds != 1) & (kinds != -1), -1e4)
    own = kinds.diagonal() == 1
    target = torch.arange(len(logits))
    losses = sum(functional.cross_entropy(x, target, reduction="none") for x in (shut, shut.T)) / 2
    return _mean(losses, own)


def _curve_loss(trainee: Trainee, features: Tensor, sound: Tensor, stretches: Sequence[Stretch]) -> Tensor:
    curves = torch.from_numpy(np.stack([one.clip.curves[one.moments] for one in stretches]))
    seen = functional.smooth_l1_loss(trainee.from_picture(features), curves)
    middles = torch.from_numpy(windows(stretches[0])[:, 2])
    said = trainee.from_sound(sound.flatten(1)).unflatten(0, (len(stretches), -1))
    error = functional.smooth_l1_loss(said, curves[:, middles], reduction="none").mean(dim=(1, 2))
    return seen + _mean(error, torch.tensor([one.clip.heard for one in stretches]))


def _mean(values: Tensor, chosen: Tensor) -> Tensor:
    return (values * chosen).sum() / chosen.sum().clamp(min=1)
