"""Train the lip-sync expert on all pairs in stretches of clips, until held-out seconds stop gaining."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ..networks.syncnet.model import SyncNet
from ..spec.errors import BadInput
from .drive_data import Say
from .syncnet_data import SyncClip
from .syncnet_judging import SyncNumbers, judge
from .syncnet_losses import Trainee, loss_of
from .syncnet_pairs import Stretches
from .syncnet_plan import Plan


@dataclass(eq=False)
class State:
    """Where a training stands: what a checkpoint holds. best: the kept network's arrays."""

    trainee: Trainee
    average: SyncNet
    optimiser: torch.optim.AdamW
    best: dict[str, Tensor]
    best_auc: float = 0.0
    best_step: int = 0
    step: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Parts:
    """Clips, as filmed and at other speeds; of each what is learnt from and what is held out, bool (J,)."""

    clips: Sequence[SyncClip]
    learnt: Sequence[np.ndarray]
    held_out: Sequence[np.ndarray]

    @classmethod
    def of(cls, clips: Sequence[SyncClip], share: float) -> Parts:
        """Split every clip; raises BadInput for clips of different sound features."""
        depths = {clip.speech.shape[1] for clip in clips}
        if len(depths) != 1:
            raise BadInput(f"clips with {sorted(depths)} numbers a step of sound; expected one kind")
        parts = [clip.split(share) for clip in clips]
        return cls(clips, [learnt for learnt, _ in parts], [held_out for _, held_out in parts])

    @property
    def judged(self) -> list[tuple[SyncClip, np.ndarray]]:
        """What is held out of the clips as filmed."""
        pairs = zip(self.clips, self.held_out, strict=True)
        return [(clip, held_out) for clip, held_out in pairs if clip.speed == 1.0]


def begin(parts: Parts, plan: Plan) -> State:
    """An untrained network, its sound's reduction taken from what may be learnt from."""
    with drawn_from(plan.seed, 0):
        trainee = Trainee(plan.config)
    centre, basis = _reduction(parts, plan.config.components)
    trainee.network.centre.copy_(centre)
    trainee.network.basis.copy_(basis)
    average = copy.deepcopy(trainee.network)
    optimiser = torch.optim.AdamW(trainee.parameters(), lr=plan.rate, weight_decay=plan.decay)
    return State(trainee, average, optimiser, _copy(average))


def train(
    parts: Parts, plan: Plan, state: State | None = None, *, say: Say = lambda text: None,
    keep: Callable[[State], None] = lambda state: None, pause_at: int | None = None,
) -> State:
    """Train to plan.steps, or until plan.patience judgements in a row brought no gain.

    state: of a checkpoint, to go on from; it is changed. keep(state): told after each judgement. pause_at:
    stop before this step. An interrupted and resumed training gives the bits of one that was not.
    Raises BadInput where nothing can be learnt from or judged, or where the loss is no number.
    """
    state = begin(parts, plan) if state is None else state
    stretches = Stretches(parts.clips, parts.learnt, plan.length)
    with _one_thread():
        while state.step < plan.steps and not _finished(state, plan):
            if pause_at is not None and state.step >= pause_at:
                break
            began = time.monotonic()
            loss = _step(state, stretches, plan)
            state.step += 1
            judged = state.step % plan.every == 0 or state.step == plan.steps
            if judged:
                _note(state, judge(state.average, parts.judged), plan, loss, say)
            state.seconds += time.monotonic() - began
            if judged:
                keep(state)
    return state


def _finished(state: State, plan: Plan) -> bool:
    return state.step - state.best_step >= plan.patience * plan.every


def _note(state: State, numbers: list[SyncNumbers], plan: Plan, loss: float, say: Say) -> None:
    if not numbers:
        raise BadInput("nothing is held out that could be judged; give longer clips, or hold out more")
    area = numbers[-1].auc
    say(f"step {state.step} of {plan.steps}: loss {loss:.3f}, held-out AUC {area:.3f}")
    if area > state.best_auc:
        state.best, state.best_auc, state.best_step = _copy(state.average), area, state.step


def _step(state: State, stretches: Stretches, plan: Plan) -> float:
    random = np.random.default_rng([plan.seed, state.step])
    for group in state.optimiser.param_groups:
        group["lr"] = _rate(state.step, plan)
    state.trainee.train()
    with drawn_from(plan.seed, state.step + 1):
        drawn = stretches.draw(random, plan.stretches)
        loss = loss_of(state.trainee, drawn, plan, random)
        if not torch.isfinite(loss):
            names = ", ".join(f"{one.clip.name} from moment {one.first}" for one in drawn)
            raise BadInput(
                f"step {state.step}: the loss is {loss.item()}, on {names}; look at these clips, then go on"
                " from the last checkpoint, which is whole"
            )
        state.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(state.trainee.parameters(), 1.0)
        state.optimiser.step()
    with torch.no_grad():
        # The mean forgets its beginning faster while it is young.
        share = 1 - min(plan.average, (1 + state.step) / (10 + state.step))
        for mean, now in zip(state.average.parameters(), state.trainee.network.parameters(), strict=True):
            mean.lerp_(now, share)
    return loss.item()


def _rate(step: int, plan: Plan) -> float:
    rising = min(1.0, (step + 1) / 50)
    return plan.rate * rising * 0.5 * (1 + np.cos(np.pi * step / plan.steps)) + 1e-6


def _reduction(parts: Parts, components: int) -> tuple[Tensor, Tensor]:
    """Centre (depth,) and basis (depth, components): the sound's principal parts, each with a spread of 1."""
    rows = np.concatenate([
        clip.speech[learnt] for clip, learnt in zip(parts.clips, parts.learnt, strict=True) if clip.heard
    ]).astype(np.float64)
    centre = rows.mean(axis=0)
    values, vectors = np.linalg.eigh((rows - centre).T @ (rows - centre) / len(rows))
    largest = np.argsort(values)[::-1][:components]
    basis = vectors[:, largest] / np.sqrt(np.maximum(values[largest], 1e-6 * values.max()))
    # A principal part has no sign of its own; without one, other machines might turn it.
    basis *= np.sign(basis[np.abs(basis).argmax(axis=0), np.arange(basis.shape[1])])
    return torch.from_numpy(centre.astype(np.float32)), torch.from_numpy(basis.astype(np.float32))


def _copy(network: SyncNet) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


@contextmanager
def drawn_from(seed: int, step: int) -> Iterator[None]:
    """torch's own draws (beginnings, dropout) from a seed and a step alone; afterwards as before."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(np.random.default_rng([seed, step, 7]).integers(2**62)))
        yield


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums in another order give other bits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def kept_network(state: State) -> SyncNet:
    """The network of the best judgement."""
    network = copy.deepcopy(state.average)
    network.load_state_dict(state.best)
    return network.eval().requires_grad_(False)
