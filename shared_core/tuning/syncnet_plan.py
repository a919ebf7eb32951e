"""How the lip-sync expert is trained."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..networks.syncnet.model import SyncConfig
from .syncnet_pairs import STRETCH


@dataclass(frozen=True)
class Plan:
    """steps: at most. stretches: a step, of `length` moments each. rate, decay: AdamW's.
    average: of the weights' running mean, which is what is judged and kept. every: steps between two
    judgements. patience: so many judgements without gain end it. held_out: last share of each clip.
    others, contrast, curves: weights of other clips' pairs, of the contrastive loss, and of reading the
    tracked mouth. noise: on the reduced sound, which has a spread of 1.
    """

    steps: int = 900
    stretches: int = 6
    length: int = STRETCH
    rate: float = 1e-3
    decay: float = 0.05
    average: float = 0.99
    every: int = 100
    patience: int = 8
    held_out: float = 0.2
    others: float = 0.1
    contrast: float = 0.3
    curves: float = 0.5
    noise: float = 0.1
    seed: int = 1
    config: SyncConfig = field(default_factory=SyncConfig)
