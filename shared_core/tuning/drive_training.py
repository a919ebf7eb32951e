"""Train the drive on a folder's clips, and write its weight file."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..models.convert import write_safetensors
from ..networks.mouth_from_speech.model import blend
from ..networks.mouth_from_speech.refit import solve
from ..networks.mouth_from_speech.spread import LEVELS
from ..networks.mouth_from_speech.weights import ARCHITECTURE, LARGEST, DriveNetwork
from ..spec.errors import BadInput
from .drive_data import DriveTake, Say
from .drive_gru import train_gru
from .drive_pool import Heard, Plan, find_offsets, hear, pooled, reduction, sums

_GUARD_S = 0.3
"""So much beside a held-out block is not learnt from: neighbouring moments say nearly the same."""


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What networks that did not learn from a block of a clip say of that block.

    predicted: (T, 4), on the clip's steps. block: int (T,), which of them each step lies in.
    """

    heard: Heard
    predicted: np.ndarray
    block: np.ndarray


@dataclass(frozen=True, eq=False)
class Training:
    """network: trained on everything. offsets: by clip, s. held_out: one entry a clip, as filmed."""

    network: DriveNetwork
    offsets: dict[str, float]
    held_out: list[HeldOut]


def train(
    takes: Sequence[DriveTake], plan: Plan, *, say: Say = lambda text: None,
    licence: str = "not stated", provenance: str = "not stated", numbers: Callable | None = None,
) -> Training:
    """Train on all clips; and, for the numbers, once for every block held out.

    licence, provenance: of the clips, for the header. numbers(held_out): makes the header's held-out
    numbers, a dict. Raises BadInput for clips of different features, ModelError without torch.
    """
    _check(takes)
    facts = _facts(takes, plan, licence, provenance)
    base = DriveNetwork(_single(reduction(takes, plan)), facts)
    filmed = [take for take in takes if take.speed == 1.0]
    offsets = find_offsets(filmed, base, plan, say)
    heard = [hear(take, base, offsets[take.name] / take.speed) for take in takes]
    held_out = _held_out(heard, base, plan, say)
    say("training on all of it")
    everything = [(one, np.ones(len(one.known), bool)) for one in heard]
    network = fit(everything, base, plan)
    network = network.with_arrays(**_spread(filmed, held_out), **_pool(everything, plan))
    facts = {**facts, "held_out": json.dumps(numbers(held_out) if numbers else {})}
    return Training(DriveNetwork(network.arrays, facts), offsets, held_out)


def fit(parts: Sequence[tuple[Heard, np.ndarray]], base: DriveNetwork, plan: Plan) -> DriveNetwork:
    """Ridge and recurrent networks from clips and the steps (T,) of each that may be learnt from."""
    gram, cross = pooled([sums(one, chosen, plan.steps) for one, chosen in parts])
    arrays = {"ridge.coefficients": solve(gram, cross, plan.penalty)}
    for seed in plan.seeds:
        trained = train_gru(parts, plan, seed)
        arrays |= {f"gru.{seed}.{name}": array for name, array in trained.items()}
    return DriveNetwork({**base.arrays, **_single(arrays)}, base.facts)


def _check(takes: Sequence[DriveTake]) -> None:
    kinds = {(take.speech.kind, take.speech.features.shape[1]) for take in takes}
    if len(kinds) != 1:
        raise BadInput(f"the clips hold {len(kinds)} sorts of speech features {sorted(kinds)}; expected one")


def _held_out(heard: Sequence[Heard], base: DriveNetwork, plan: Plan, say: Say) -> list[HeldOut]:
    """Predictions for every step of every clip by a network that did not learn from its block."""
    judged = [one for one in heard if one.take.speed == 1.0]
    predicted = [np.zeros_like(one.scores) for one in judged]
    blocks = [np.zeros(len(one.scores), int) for one in judged]
    for fold in range(plan.folds):
        say(f"held-out block {fold + 1} of {plan.folds}")
        outside = [(one, ~_block(one, fold, plan, _GUARD_S)) for one in heard]
        parts = [(one.standardised(chosen), chosen) for one, chosen in outside]
        network = fit(parts, base, plan)
        for one, out, block in zip(judged, predicted, blocks, strict=True):
            inside = _block(one, fold, plan, 0.0)
            out[inside], block[inside] = blend(one.values, network)[inside], fold
    return [HeldOut(*parts) for parts in zip(judged, predicted, blocks, strict=True)]


def _block(one: Heard, fold: int, plan: Plan, guard_s: float) -> np.ndarray:
    """The steps of a clip's fold, bool (T,); with `guard_s` more on both sides."""
    edges = np.linspace(one.steps_s[0], one.steps_s[-1] + plan.step_s, plan.folds + 1)
    late, early = one.steps_s >= edges[fold] - guard_s, one.steps_s < edges[fold + 1] + guard_s
    return late & early


def _spread(takes: Sequence[DriveTake], held_out: Sequence[HeldOut]) -> dict[str, np.ndarray]:
    """How predictions are distributed where they were not learnt, and how far people move their mouths."""
    said = np.concatenate([one.predicted[one.heard.known] for one in held_out])
    scores = np.concatenate([take.curves.scores for take in takes])
    arrays = {
        "spread__levels": np.quantile(said, LEVELS, axis=0),
        "spread__shape": np.quantile(scores, LEVELS, axis=0),
        "spread__typical": np.median([take.curves.spread for take in takes], axis=0),
    }
    return _single(arrays)


def _pool(parts: Sequence[tuple[Heard, np.ndarray]], plan: Plan) -> dict[str, np.ndarray]:
    """The pool's sums; X^T X as a Cholesky factor, which half floats cannot make indefinite."""
    gram, cross = pooled([sums(one, chosen, plan.steps) for one, chosen in parts])
    jitter = 1e-6 * np.trace(gram) / len(gram) * np.eye(len(gram))
    factor = np.linalg.cholesky(gram + jitter)[np.tril_indices(len(gram))]
    return _single({"pool__factor": factor, "pool__cross": cross})


def _facts(takes: Sequence[DriveTake], plan: Plan, licence: str, provenance: str) -> dict[str, str]:
    filmed = [take for take in takes if take.speed == 1.0]
    return {
        "architecture": ARCHITECTURE, "speech": takes[0].speech.kind, "steps": str(plan.steps),
        "step_s": f"{plan.step_s:g}", "penalty": f"{plan.penalty:g}", "gru_share": f"{plan.gru_share:g}",
        "gru_share_refit": f"{plan.gru_share_refit:g}",
        "data": json.dumps([take.name for take in filmed]), "licence": licence, "provenance": provenance,
        "seconds": f"{sum(take.length for take in filmed):.1f}", "held_out": "{}",
        "speeds": json.dumps(sorted({take.speed for take in takes})),
    }


def write_network(network: DriveNetwork, path: Path) -> None:
    """Write the weight file; half floats but for the reduction's centre. BadInput over LARGEST bytes."""
    whole = ("normal.mean", "normal.scale", "spread.")
    arrays = {
        name: array if name.startswith(whole) else array.astype(np.float16)
        for name, array in network.arrays.items()
    }
    size = sum(array.nbytes for array in arrays.values())
    if size > LARGEST - 10_000:
        raise BadInput(f"--out {path}: {size} bytes of weights; expected {LARGEST} at most: fewer components")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_safetensors(path, arrays, network.facts)


def _single(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.asarray(array, np.float32) for name, array in arrays.items()}
