"""Fit IPTalker to one shot: its own frames, its own light, its own mouth (the paper's table II)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..media.atomic import atomic_path
from ..networks.iptalker.network import IPTalker
from ..spec.errors import BadInput
from ..spec.tune_defaults import BATCH, RATE, SEED, STEPS
from .face_pack import FacePack
from .face_samples import FaceSampler, Part
from .iptalker_checkpoint import write_checkpoint
from .iptalker_judging import as_bytes
from .iptalker_losses import Judges
from .iptalker_training import Plan, Say, Stage, Training, device_of, held_out_psnr, made_of, tensors
from .processes import Processes
from .training_pictures import sample_sheet

VALIDATION = 0.1
"""Share at the end of what may be learnt from that decides when to stop; nothing is learnt from it."""
JUDGED, SHOWN = 24, 6
"""Held-out frames that are measured, and that the sheet shows."""


@dataclass(frozen=True)
class TuneOptions:
    """steps: at most so many. rate: Adam's. batch: frames a step. patience: states kept without a better
    validation before it stops. seed: of the draws.
    """

    steps: int = STEPS
    rate: float = RATE
    batch: int = BATCH
    patience: int = 3
    seed: int = SEED
    every: int = 25


@dataclass(frozen=True, eq=False)
class Tuned:
    """network: the best state. numbers: for the artist and the header."""

    network: IPTalker
    numbers: dict[str, float | int]


def parts_of(pack: FacePack, holdout: np.ndarray) -> tuple[Part, Part, np.ndarray]:
    """Learning, validation, and the rows held out. holdout: plate frames that nothing may be learnt from.

    Half a second around them is left out, too. Raises BadInput where too little is left, or the pack shows
    none of them.
    """
    held = np.flatnonzero(np.isin(pack.frames, holdout))
    if len(holdout) and not len(held):
        raise BadInput(f"--holdout: the face shows free in none of these {len(holdout)}; choose others")
    free = np.ones(len(pack), bool)
    if len(held):
        apart = np.abs(pack.seconds[:, None] - pack.seconds[held]).min(axis=1)
        free = apart > 0.5
    rows = np.flatnonzero(free)
    cut = round(len(rows) * (1 - VALIDATION))
    learnt, validation = rows[:cut], rows[cut:]
    if len(learnt) < 20 or len(validation) < 2:
        raise BadInput(
            f"{len(rows)} frames are left to learn from; expected 25 or more: hold out fewer, or give more of"
            " the plate"
        )
    return Part(pack, learnt, learnt), Part(pack, validation, learnt), held


def tune(
    network: IPTalker, packs: Sequence[FacePack], holdout: np.ndarray, options: TuneOptions, state: Path,
    judges: Judges, say: Say, stop: Callable[[], bool] = lambda: False, processes: Processes | None = None,
) -> Tuned | None:
    """Train on the shot until `steps`, or until the validation no longer gains; None where it was stopped.

    packs: the shot's own frames first, then other takes. Goes on where `state` stands, a file that is taken
    away at the end. The network that comes back is the one with the best validation, which may be the one
    that it began with: tuning never makes a shot worse by that measure. processes: those that share the
    work; each gets the same back.
    """
    processes = processes or Processes()
    own = packs[0]
    learning, validation, held = parts_of(own, holdout)
    config, parts = network.config, [learning, *map(_all_of, packs[1:])]
    plan = Plan((Stage(options.steps, 1.0, options.batch, ("pixel", "perceptual")),), rate=options.rate,
                average=0.9, seed=options.seed, keep_every=options.every)
    judged = FaceSampler([validation], config, options.seed, augment=False)
    rows = [spread(validation.rows, 8)]
    base = _copy(network).to(processes.device)
    best = _Best(base, held_out_psnr(base, judged, rows)[0])
    before = _held_out(base, learning, held, options)
    say(f"before: {best.psnr:.2f} dB in the hole, on {len(rows[0])} frames kept for validation")
    training = Training(
        _copy(network), lambda size: FaceSampler(parts, size, options.seed), plan, state, judges, processes,
        {"best": best.network}, best.notes)

    def watch(training: Training) -> None:
        psnr = held_out_psnr(training.averaged.eval(), judged, rows)[0]
        best.offer(training.averaged, psnr, training.step)
        say(f"step {training.step}: {psnr:.2f} dB, best {best.psnr:.2f} at {best.step}")

    training.run(say, lambda: stop() or best.waited >= options.patience, watch)
    if training.step < options.steps and processes.any(stop()):
        return None
    if training.step % options.every:
        watch(training)
    numbers = {
        "steps": best.step, "rate": options.rate, "batch": options.batch, "seed": options.seed,
        "learnt_frames": sum(len(part.rows) for part in parts), "validation_psnr_db": round(best.psnr, 3),
    }
    if len(held):
        after = _held_out(best.network, learning, held, options)
        numbers |= {
            "held_out_frames": len(held), "before_psnr_db": round(before, 3),
            "tuned_psnr_db": round(after, 3),
        }
    if processes.leads:
        state.unlink(missing_ok=True)
    return Tuned(best.network.to("cpu"), numbers)


def state_of(
    network: IPTalker, packs: Sequence[FacePack], holdout: np.ndarray, options: TuneOptions,
) -> str:
    """The name of the file that an interrupted tuning goes on from: another one for anything else."""
    digest = hashlib.sha256(repr((options, holdout.tolist(), network.config)).encode())
    for pack in packs:
        digest.update(pack.frames.tobytes() + pack.landmarks.tobytes())
    for value in network.state_dict().values():
        digest.update(value.numpy().tobytes())
    return f".tuning-{digest.hexdigest()[:16]}.safetensors"


class _Best:
    """The network with the best validation so far. notes: its number and step, as the state keeps them."""

    def __init__(self, network: IPTalker, psnr: float) -> None:
        self.network = _copy(network).to(device_of(network))
        self.notes: dict[str, float] = {"best_psnr_db": psnr, "best_step": 0, "waited": 0}

    @property
    def psnr(self) -> float:
        return self.notes["best_psnr_db"]

    @property
    def step(self) -> int:
        return self.notes["best_step"]

    @property
    def waited(self) -> int:
        """Validations since then."""
        return self.notes["waited"]

    def offer(self, network: IPTalker, psnr: float, step: int) -> None:
        self.notes["waited"] += 1
        if psnr > self.psnr:
            self.network.load_state_dict(network.state_dict())
            self.notes.update(best_psnr_db=psnr, best_step=step, waited=0)


def _copy(network: IPTalker) -> IPTalker:
    copied = IPTalker(network.config)
    copied.load_state_dict(network.state_dict())
    return copied.eval().requires_grad_(False)


def _held_out(network: IPTalker, learning: Part, held: np.ndarray, options: TuneOptions) -> float:
    """PSNR in the hole on the held-out rows, dB; NaN where nothing is held out."""
    if not len(held):
        return float("nan")
    sampler = _judging(learning, held, network, options)
    return held_out_psnr(network, sampler, [spread(held, JUDGED)])[0]


def _judging(learning: Part, rows: np.ndarray, network: IPTalker, options: TuneOptions) -> FaceSampler:
    part = Part(learning.pack, rows, learning.rows)
    return FaceSampler([part], network.config, options.seed, augment=False)


def _all_of(pack: FacePack) -> Part:
    rows = np.arange(len(pack))
    return Part(pack, rows, rows)


def spread(rows: np.ndarray, count: int) -> np.ndarray:
    """At most `count` of `rows`, evenly over them."""
    return rows[np.linspace(0, len(rows) - 1, min(len(rows), count)).astype(int)]


def write_before_and_after(
    path: Path, network: IPTalker, tuned: Tuned, packs: Sequence[FacePack], holdout: np.ndarray,
    options: TuneOptions,
) -> None:
    """A sheet of held-out frames (of kept ones where nothing is held out): hidden, before, after, truth."""
    learning, validation, held = parts_of(packs[0], holdout)
    rows = spread(held if len(held) else validation.rows, SHOWN)
    batch = tensors(_judging(learning, rows, network, options).fixed(0, rows))
    with torch.no_grad():
        before, after = (made_of(one.eval(), batch)[0] for one in (network, tuned.network))
    hidden = batch["truth"] * (1 - batch["hole"])
    columns = [as_bytes(pictures) for pictures in (hidden, before, after, batch["truth"])]
    captions = [f"frame {packs[0].frames[row]}" for row in rows]
    sample_sheet(
        list(zip(captions, map(list, zip(*columns, strict=True)), strict=True)), path,
        columns=("hidden", "before", "after", "truth"),
        title=f"{packs[0].name}: {tuned.numbers['steps']} steps")


def write_tuned(
    path: Path, tuned: Tuned, base: dict[str, str], shot: str, consent: str, question: str = "",
) -> None:
    """Write the checkpoint beside the shot, and its numbers as JSON beside it. base: what the header of the
    checkpoint says that it began with. question: what was asked, see engine.tuned_weights.
    """
    facts = {
        "speech": base["speech"], "data": f"{base['data']}; then the shot {shot}",
        "licence": f"the shot's own; consent: {consent or 'none named'}",
        "provenance": f"dub tune, from: {base['provenance']}",
        "steps": f"{base['steps']} + {tuned.numbers['steps']}", "held_out": json.dumps(tuned.numbers),
        "question": question,
    }
    with atomic_path(path.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(tuned.numbers, indent=2) + "\n")
    write_checkpoint(path, tuned.network, facts)
