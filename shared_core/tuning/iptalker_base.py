"""The base network: trained on many people, before any shot."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..networks.iptalker.config import Config
from ..networks.iptalker.network import IPTalker
from ..spec.errors import BadInput
from .face_pack import FacePack
from .face_samples import FaceSampler, Part
from .iptalker_losses import Judges
from .iptalker_training import Plan, Say, Stage, Training, held_out_psnr
from .processes import Processes

_BOTH = ("pixel", "perceptual")
_ALL = (*_BOTH, "sync", "adversarial")
BASES = {
    "preview": Plan((Stage(400, 1.0, 4), Stage(1400, 1.0, 4, _BOTH)), rate=5e-4),
    "paper": Plan((
        Stage(20_000, 0.5, 24, _BOTH), Stage(60_000, 1.0, 12, _BOTH), Stage(80_000, 1.0, 15, _ALL, window=5),
    ), rate=2e-4, keep_every=500, low_precision=True),
}
"""How each configuration's base is trained. preview: an hour on a core. paper: for a GPU; not run."""
HELD_OUT = 0.2
"""Share at each clip's end that is never learnt from."""
JUDGED = 8
"""Held-out frames a clip that are looked at while training runs."""


@dataclass(frozen=True, eq=False)
class Material:
    """Clips to learn from, with their last HELD_OUT kept apart, and clips of people never learnt from."""

    seen: tuple[FacePack, ...]
    unseen: tuple[FacePack, ...]

    @classmethod
    def of(cls, packs: Sequence[FacePack], unseen: Sequence[str] = ()) -> Material:
        """Raises BadInput where `unseen` names a clip that is not there, or nothing is left."""
        names = {pack.name for pack in packs}
        if set(unseen) - names or not names - set(unseen):
            there = ", ".join(sorted(names))
            raise BadInput(f"--unseen {', '.join(unseen)}: expected some, not all, of {there}")
        seen = tuple(pack for pack in packs if pack.name not in unseen)
        return cls(seen, tuple(pack for pack in packs if pack.name in unseen))

    def learning(self) -> list[Part]:
        """What may be learnt from."""
        return [Part(pack, rows, rows) for pack in self.seen for rows in [pack.split(HELD_OUT)[0]]]

    def judging(self) -> tuple[list[Part], list[np.ndarray]]:
        """The held-out ends, with references from before them; and each part's rows to judge by."""
        parts, rows = [], []
        for pack in (*self.seen, *self.unseen):
            learnt, held = pack.split(HELD_OUT)
            parts.append(Part(pack, held, learnt))
            rows.append(held[np.linspace(0, len(held) - 1, JUDGED).astype(int)])
        return parts, rows


def train_base(
    material: Material, config: Config, plan: Plan, state: Path, judges: Judges | None = None,
    say: Say = print, look: Callable[[Training, float], None] = lambda training, psnr: None,
    stop: Callable[[], bool] = lambda: False, processes: Processes | None = None,
) -> Training:
    """Train from scratch, or go on where `state` stands. processes: those that share the work."""
    processes = processes or Processes()
    torch.manual_seed(plan.seed)
    parts, rows = material.judging()
    judged = FaceSampler(parts, config, plan.seed, augment=False)
    training = Training(
        IPTalker(config), lambda size: FaceSampler(material.learning(), size, plan.seed), plan, state, judges,
        processes)

    def watch(training: Training) -> None:
        if not processes.leads:
            return
        began = time.monotonic()
        psnr = float(np.mean(held_out_psnr(training.averaged, judged, rows)))
        training.history[-1]["held_out"] = psnr
        say(f"step {training.step}: held out {psnr:.2f} dB in the hole ({time.monotonic() - began:.0f} s)")
        look(training, psnr)

    training.run(say, stop, watch)
    return training
