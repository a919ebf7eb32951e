"""IPTalker's training: coarse to fine, resumable, the same on every run."""

from __future__ import annotations

import copy
import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..networks.iptalker.config import Config
from ..networks.iptalker.network import IPTalker
from ..spec.errors import ModelError
from .face_samples import Batch, FaceSampler
from .iptalker_losses import Judges, Losses
from .training_state import load_state, save_state

Say = Callable[[str], None]


@dataclass(frozen=True)
class Stage:
    """A part of a training: up to which step, at which share of the crop's size, frames a step, and by which
    losses (iptalker_losses.NAMES).
    """

    until: int
    scale: float
    batch: int
    losses: tuple[str, ...] = ("pixel",)


@dataclass(frozen=True)
class Plan:
    """How a network is trained.

    rate: Adam's; it falls linearly to a tenth at the last step. average: how much of each step's weights the
    shipped, averaged ones keep. low_precision: bfloat16 where sums allow it. keep_every: steps between
    two saved states.
    """

    stages: tuple[Stage, ...]
    rate: float = 5e-4
    average: float = 0.995
    seed: int = 1
    low_precision: bool = False
    keep_every: int = 100
    losses: Losses = field(default_factory=Losses)

    @property
    def steps(self) -> int:
        return self.stages[-1].until

    def stage(self, step: int) -> Stage:
        return next(stage for stage in self.stages if step < stage.until)


class Training:
    """A network being trained. `run` goes on from where the state file stands, to the end or until stopped.

    A NaN ends it with ModelError, naming the step; the last good state stays.
    """

    def __init__(
        self, network: IPTalker, sampler: Callable[[Config], FaceSampler], plan: Plan, state: Path,
        judges: Judges | None = None, device: str = "cpu",
    ) -> None:
        self.plan, self.step, self.history = plan, 0, []
        self._device = torch.device(device)
        network = network.to(self._device, memory_format=torch.channels_last)
        self.network = network.train().requires_grad_(True)
        self.averaged = copy.deepcopy(network).requires_grad_(False)
        self._judges = (judges or Judges(plan.losses)).to(self._device)
        self._optimiser = torch.optim.Adam(self.network.parameters(), plan.rate, betas=(0.9, 0.99))
        self._samplers: dict[float, FaceSampler] = {}
        self._sampler, self._state = sampler, state
        if state.is_file():
            self._resume()

    def run(self, say: Say = lambda text: None, stop: Callable[[], bool] = lambda: False,
            watch: Callable[[Training], None] = lambda training: None) -> None:
        """Train to the plan's end. stop(): asked after each step; the state is kept first. watch: called
        whenever the state was kept.
        """
        began, first = time.monotonic(), self.step
        while self.step < self.plan.steps and not stop():
            found = self._learn()
            self.history.append({"step": self.step, **found})
            self.step += 1
            if self.step % self.plan.keep_every == 0:
                self._keep()
                say(self._said((time.monotonic() - began) / (self.step - first)))
                watch(self)
        self._keep()

    def _said(self, pace: float) -> str:
        """A line of where the training stands. pace: s a step."""
        recent = self.history[-50:]
        means = ", ".join(f"{name} {np.mean([one[name] for one in recent]):.4f}" for name in recent[-1])
        left = pace * (self.plan.steps - self.step) / 60
        return f"step {self.step} of {self.plan.steps}: {means}; {pace:.2f} s a step, {left:.0f} min left"

    def _learn(self) -> dict[str, float]:
        stage = self.plan.stage(self.step)
        config = scaled(self.network.config, stage.scale)
        if stage.scale not in self._samplers:
            self._samplers[stage.scale] = self._sampler(config)
        batch = tensors(self._samplers[stage.scale].batch(self.step, stage.batch), self._device)
        for group in self._optimiser.param_groups:
            group["lr"] = self.plan.rate * (1 - 0.9 * self.step / self.plan.steps)
        self._optimiser.zero_grad()
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self.plan.low_precision):
            made, flows, weights = made_of(self.network, batch)
            parts = self._judges(made, flows, batch, stage.losses)
        loss = sum(parts.values())
        if not torch.isfinite(loss):
            raise ModelError(
                f"training broke at step {self.step}: a loss is not a number ("
                + ", ".join(f"{name} {value.item():g}" for name, value in parts.items())
                + f"); the state of step {self.step - self.step % self.plan.keep_every} is kept in"
                f" {self._state}: lower the rate ({self.plan.rate:g}) and run again"
            )
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimiser.step()
        self._average()
        return {name: value.item() for name, value in parts.items()}

    def _average(self) -> None:
        share = min(self.plan.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(self.averaged.state_dict().values(), self.network.state_dict().values(), strict=True)
            for kept, new in pairs:
                kept.lerp_(new, 1 - share)

    def _modules(self) -> dict[str, nn.Module]:
        return {"network": self.network, "averaged": self.averaged}

    def _keep(self) -> None:
        facts = {"configuration": self.network.config.to_json()}
        save_state(self._state, self.step, self._modules(), {"adam": self._optimiser}, facts)

    def _resume(self) -> None:
        self.step = load_state(self._state, self._modules(), {"adam": self._optimiser})


def scaled(config: Config, scale: float) -> Config:
    """The same network for a smaller crop: all its layers take any size."""
    height, width = (round(side * scale / 16) * 16 for side in (config.height, config.width))
    return dataclasses.replace(config, height=height, width=width)


def tensors(batch: Batch, device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """The batch's arrays as tensors."""
    return {f.name: torch.from_numpy(getattr(batch, f.name)).to(device) for f in dataclasses.fields(batch)}


def made_of(network: IPTalker, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures, flows and weights of a batch."""
    names = ("truth", "hole", "references", "prior", "speech", "curves", "known")
    return network(*(batch[name] for name in names))


def device_of(network: nn.Module) -> torch.device:
    """Where its weights are."""
    return next((one.device for one in network.parameters()), torch.device("cpu"))


def held_out_psnr(network: IPTalker, sampler: FaceSampler, rows: Sequence[Sequence[int]]) -> list[float]:
    """PSNR inside the hole, dB, mean over each part's `rows`."""
    found = []
    with torch.no_grad():
        for index, chosen in enumerate(rows):
            batch = tensors(sampler.fixed(index, chosen), device_of(network))
            made, _, _ = made_of(network, batch)
            wrong = ((made - batch["truth"]).square() * batch["hole"]).sum(dim=(1, 2, 3))
            error = wrong / (3 * batch["hole"].sum(dim=(1, 2, 3)))
            found.append(-10 * float(torch.log10(error).mean()))
    return found
