"""A lip-sync training that can be taken up again: all that its next step depends on, as safetensors."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import torch

from ..models.convert import write_safetensors
from ..models.safetensors_file import read_safetensors
from ..networks.syncnet.weights import arrays_of, put_arrays
from ..spec.errors import ModelError
from .syncnet_plan import Plan
from .syncnet_training import Parts, State, begin

ARCHITECTURE = "syncnet-training.1"
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")
_NUMBERS = ("best_auc", "best_step", "step", "seconds")


def write_checkpoint(state: State, parts: Parts, plan: Plan, path: Path) -> None:
    """Write `state`; the file before it is replaced when this one is whole."""
    arrays = {f"trainee.{name}": array for name, array in arrays_of(state.trainee).items()}
    arrays |= {f"average.{name}": array for name, array in arrays_of(state.average).items()}
    arrays |= {f"best.{name}": tensor.numpy() for name, tensor in state.best.items()}
    for index, moments in state.optimiser.state_dict()["state"].items():
        arrays |= {f"adam.{index}.{name}": np.atleast_1d(moments[name].numpy()) for name in _MOMENTS}
    facts = {
        "architecture": ARCHITECTURE, "plan": _text_of(plan), "clips": _names(parts),
        **{name: repr(getattr(state, name)) for name in _NUMBERS},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_safetensors(path, arrays, facts)


def read_checkpoint(path: Path, parts: Parts, plan: Plan) -> State:
    """The state in which a training of these clips and this plan was left.

    Raises ModelError where the file is missing, damaged, cut off, no safetensors, another architecture's,
    or belongs to other clips or another plan. Nothing in a file is ever run.
    """
    arrays, facts = read_safetensors(path)
    if facts.get("architecture") != ARCHITECTURE:
        raise ModelError(
            f"{path}: architecture {facts.get('architecture')!r}; expected {ARCHITECTURE!r}, the checkpoint"
            " that `dub train syncnet` writes beside its --out"
        )
    for name, own in (("plan", _text_of(plan)), ("clips", _names(parts))):
        if facts.get(name) != own:
            raise ModelError(
                f"{path}: its {name} are {facts.get(name)}; expected {own}: go on with the options and clips"
                " that it was begun with, or leave --resume out"
            )
    state = begin(parts, plan)
    put_arrays(state.trainee, _under("trainee.", arrays), str(path))
    put_arrays(state.average, _under("best.", arrays), str(path))
    state.best = {name: tensor.clone() for name, tensor in state.average.state_dict().items()}
    put_arrays(state.average, _under("average.", arrays), str(path))
    _put_moments(state, _under("adam.", arrays), path)
    try:
        state.best_auc, state.seconds = float(facts["best_auc"]), float(facts["seconds"])
        state.best_step, state.step = int(facts["best_step"]), int(facts["step"])
    except (KeyError, ValueError) as error:
        raise ModelError(f"{path}: a header that cannot be read: {error}") from None
    return state


def _put_moments(state: State, arrays: dict[str, np.ndarray], path: Path) -> None:
    parameters = list(state.trainee.parameters())
    expected = {
        f"{index}.{name}": (1,) if name == "step" else tuple(parameter.shape)
        for index, parameter in enumerate(parameters) for name in _MOMENTS
    }
    if {name: array.shape for name, array in arrays.items()} != expected:
        raise ModelError(f"{path}: the optimiser's state does not fit the network; begin anew")
    whole = state.optimiser.state_dict()
    whole["state"] = {
        index: {
            name: torch.tensor(arrays[f"{index}.{name}"]).reshape(() if name == "step" else parameter.shape)
            for name in _MOMENTS
        }
        for index, parameter in enumerate(parameters)
    }
    state.optimiser.load_state_dict(whole)


def _under(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _text_of(plan: Plan) -> str:
    return json.dumps(dataclasses.asdict(plan), sort_keys=True)


def _names(parts: Parts) -> str:
    return json.dumps([f"{clip.name} x{clip.speed:g}, {len(clip.rows)}" for clip in parts.clips])
