"""IPTalker's training: coarse to fine, resumable, the same on every run."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..networks.iptalker.config import Config
from ..networks.iptalker.network import IPTalker
from ..spec.errors import ModelError
from .adversary import Adversary
from .face_samples import Batch, FaceSampler
from .iptalker_losses import Judges, Losses, pixel_shares
from .processes import Processes
from .training_state import facts_of, load_state, save_state

Say = Callable[[str], None]


@dataclass(frozen=True)
class Stage:
    """A part of a training: up to which step, at which share of the crop's size, frames a step, and by which
    losses (iptalker_losses.NAMES). window: 5 where losses look at frames that follow one another.
    """

    until: int
    scale: float
    batch: int
    losses: tuple[str, ...] = ("pixel",)
    window: int = 1


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

    history: the losses of each step. beside, notes: networks and numbers of one's own that the state keeps,
    too. processes: those that share each step's batch; only the first of them writes the state. A NaN ends
    it with ModelError, naming the step; the last good state stays.
    """

    def __init__(
        self, network: IPTalker, sampler: Callable[[Config], FaceSampler], plan: Plan, state: Path,
        judges: Judges | None = None, processes: Processes | None = None,
        beside: Mapping[str, nn.Module] | None = None, notes: dict[str, float] | None = None,
    ) -> None:
        self.plan, self.step, self.history = plan, 0, []
        self.notes = {} if notes is None else notes
        self._processes, self._beside = processes or Processes(), dict(beside or {})
        self._device = self._processes.device
        network = network.to(self._device, memory_format=torch.channels_last)
        self.network = network.train().requires_grad_(True)
        self.averaged = copy.deepcopy(network).requires_grad_(False)
        self._judges = (judges or Judges(plan.losses)).to(self._device)
        self._optimiser = torch.optim.Adam(self.network.parameters(), plan.rate, betas=(0.9, 0.99))
        fought = any("adversarial" in stage.losses for stage in plan.stages)
        self._adversary = Adversary().to(self._device) if fought else None
        self._samplers: dict[float, FaceSampler] = {}
        self._sampler, self._state = sampler, state
        if state.is_file():
            self._resume()
        self._processes.agree(self.step, self.network, state)

    def run(self, say: Say = lambda text: None, stop: Callable[[], bool] = lambda: False,
            watch: Callable[[Training], None] = lambda training: None) -> None:
        """Train to the plan's end. stop(): asked before each step; it reaches all processes, and the state is
        kept. watch: called before every state that is kept, in every process.
        """
        began, first = time.monotonic(), self.step
        while self.step < self.plan.steps and not self._processes.any(stop()):
            found = self._learn()
            self.history.append({"step": self.step, **found})
            self.step += 1
            if self.step % self.plan.keep_every == 0:
                if self._processes.leads:
                    say(self._said((time.monotonic() - began) / (self.step - first)))
                watch(self)
                self._keep()
        self._keep()

    def _said(self, pace: float) -> str:
        """A line of where the training stands. pace: s a step."""
        recent = self.history[-50:]
        means = ", ".join(f"{name} {np.mean([one[name] for one in recent if name in one]):.4f}"
                          for name in recent[-1])
        left = pace * (self.plan.steps - self.step) / 60
        return f"step {self.step} of {self.plan.steps}: {means}; {pace:.2f} s a step, {left:.0f} min left"

    def _learn(self) -> dict[str, float]:
        stage = self.plan.stage(self.step)
        config = scaled(self.network.config, stage.scale)
        if stage.scale not in self._samplers:
            self._samplers[stage.scale] = self._sampler(config)
        whole = self._samplers[stage.scale].batch(self.step, stage.batch, stage.window)
        batch = self._own_part(whole, stage.window)
        for group in self._optimiser.param_groups:
            group["lr"] = self.plan.rate * (1 - 0.9 * self.step / self.plan.steps)
        self._optimiser.zero_grad()
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self.plan.low_precision):
            made, flows, weights = made_of(self.network, batch)
            parts = self._judges(made, flows, batch, stage.losses)
            if "adversarial" in stage.losses:
                parts["adversarial"] = self.plan.losses.adversarial * self._adversary.judge(made)
        found = self._processes.mean(parts)
        if not math.isfinite(sum(found.values())):
            raise ModelError(
                f"training broke at step {self.step}: a loss is not a number ("
                + ", ".join(f"{name} {value:g}" for name, value in found.items())
                + f"); the state of step {self.step - self.step % self.plan.keep_every} is kept in"
                f" {self._state}: lower the rate ({self.plan.rate:g}) and run again"
            )
        sum(parts.values()).backward()
        self._processes.average_gradients(self.network)
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimiser.step()
        if "adversarial" in stage.losses:
            self._adversary.learn(made, batch["truth"], self._processes.average_gradients)
        self._average()
        return found

    def _own_part(self, whole: Batch, window: int) -> dict[str, Tensor]:
        """This process's part of a step's batch; windows stay whole."""
        batch = tensors(self._processes.shard(whole, window), self._device)
        if self._processes.count > 1:
            # Holes differ in size: so that the parts' losses average to the whole batch's.
            shares = pixel_shares(torch.from_numpy(whole.hole).to(self._device))
            batch["shares"] = shares.sum() / self._processes.count
        return batch

    def _average(self) -> None:
        share = min(self.plan.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(self.averaged.state_dict().values(), self.network.state_dict().values(), strict=True)
            for kept, new in pairs:
                kept.lerp_(new, 1 - share)

    def _modules(self) -> dict[str, nn.Module]:
        fought = {} if self._adversary is None else {"adversary": self._adversary}
        return {"network": self.network, "averaged": self.averaged, **fought, **self._beside}

    def _optimisers(self) -> dict[str, torch.optim.Optimizer]:
        fought = {} if self._adversary is None else {"adversary": self._adversary.optimiser}
        return {"adam": self._optimiser, **fought}

    def _keep(self) -> None:
        if self._processes.leads:
            told = {"history": json.dumps(self.history), "notes": json.dumps(self.notes)}
            save_state(
                self._state, self.step, self._modules(), self._optimisers(), self._insists() | told)

    def _resume(self) -> None:
        self.step = load_state(self._state, self._modules(), self._optimisers(), self._insists())
        facts = facts_of(self._state)
        self.history = json.loads(facts.get("history", "[]"))
        self.notes.update(json.loads(facts.get("notes", "{}")))

    def _insists(self) -> dict[str, str]:
        """What a state has to say of itself to be gone on from."""
        return {"configuration": self.network.config.to_json()}


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
