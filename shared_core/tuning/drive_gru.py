"""The recurrent half of the drive, trained in torch; networks/mouth_from_speech/gru.py runs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from ..spec.errors import ModelError
from .drive_pool import Heard, Plan

if TYPE_CHECKING:
    import torch

_WINDOW, _BATCH = 160, 16
_RATE, _DECAY, _STEEPEST = 3e-3, 1e-2, 1.0
# What the recipe leans on most counts most.
_CURVE_WEIGHTS = (1.0, 1.0, 0.5, 0.5)
CURVES = 4
_LENGTH_COUNTS = 0.75
"""A clip of twice the length is not drawn twice as often: the short ones are other people."""


def train_gru(parts: Sequence[tuple[Heard, np.ndarray]], plan: Plan, seed: int) -> dict[str, np.ndarray]:
    """Train one network; the same clips, plan and seed give the same weights on one machine.

    parts: clips with the steps (T,) that may be learnt from. Returns arrays as `gru.forward` takes them,
    float32. Raises ModelError without torch.
    """
    with _one_thread() as torch:
        generator = torch.Generator().manual_seed(seed)
        network = build(parts[0][0].values.shape[1], plan, generator)
        optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
        falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, plan.iterations)
        weights = torch.tensor(_CURVE_WEIGHTS)
        for values, scores, known in _batches(parts, plan, seed):
            optimiser.zero_grad()
            error = (network(values) - scores).square() * weights
            loss = (error * known[..., None]).sum() / known.sum().clamp(min=1.0)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), _STEEPEST)
            optimiser.step()
            falling.step()
        return {name: value.detach().numpy().copy() for name, value in network.state_dict().items()}


def build(depth: int, plan: Plan, generator: torch.Generator | None = None) -> torch.nn.Module:
    """The untrained network, from (batch, T, depth) to (batch, T, 4); its dropout draws from `generator`."""
    import torch

    class Gru(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.add_module("in", torch.nn.Linear(depth, plan.inner))
            self.rnn = torch.nn.GRU(plan.inner, plan.hidden, batch_first=True, bidirectional=True)
            self.out = torch.nn.Linear(2 * plan.hidden, CURVES)

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            x = torch.relu(getattr(self, "in")(self._dropped(values)))
            return self.out(self._dropped(self.rnn(x)[0]))

        def _dropped(self, x: torch.Tensor) -> torch.Tensor:
            """Whole channels at a time: neighbouring steps say nearly the same."""
            if not self.training:
                return x
            kept = torch.rand(x.shape[0], 1, x.shape[2], generator=generator) >= plan.dropout
            return x * kept / (1.0 - plan.dropout)

    network = Gru()
    with torch.no_grad():
        for part, fan_in in zip(network.children(), (depth, plan.hidden, 2 * plan.hidden), strict=True):
            for parameter in part.parameters():
                parameter.uniform_(-1.0, 1.0, generator=generator).div_(fan_in**0.5)
    return network


def _batches(parts: Sequence[tuple[Heard, np.ndarray]], plan: Plan, seed: int) -> Iterator[tuple]:
    """Random windows of the clips, longer clips more often: values, scores, known as tensors."""
    import torch

    random = np.random.default_rng(seed)
    lengths = np.array([one.part(chosen).sum() for one, chosen in parts], float)
    shares = lengths**_LENGTH_COUNTS / np.sum(lengths**_LENGTH_COUNTS)
    padded = [_padded(one, chosen) for one, chosen in parts]
    for _ in range(plan.iterations):
        rows = []
        for index in random.choice(len(parts), _BATCH, p=shares):
            begin = random.integers(0, len(padded[index][0]) - _WINDOW + 1)
            rows.append([array[begin : begin + _WINDOW] for array in padded[index]])
        yield tuple(torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True))


def _padded(one: Heard, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A clip as float32, with silence of unknown mouth after it where it is shorter than a window."""
    missing = max(0, _WINDOW - len(one.values))
    known = one.part(chosen).astype(np.float32)
    pads = ((0, missing), (0, 0))
    return (
        np.pad(one.values, pads).astype(np.float32), np.pad(one.scores, pads).astype(np.float32),
        np.pad(known, (0, missing)),
    )


@contextmanager
def _one_thread() -> Iterator:
    """torch on one thread: sums in another order give other bits."""
    try:
        import torch
    except ImportError as error:
        raise ModelError(
            f"training needs torch ({error}); install it with `pip install 'dubnodes[judge]'`"
        ) from None
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield torch
    finally:
        torch.set_num_threads(threads)
