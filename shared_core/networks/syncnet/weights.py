"""The weight file: safetensors with what it was made of in its header."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ... import models
from ...models.convert import write_safetensors
from ...models.safetensors_file import read_safetensors
from ...spec.errors import ModelError
from .model import SyncConfig, SyncNet

ARCHITECTURE = "syncnet.1"
SHIPPED = "syncnet"
"""The name under which models.toml pins the network that comes with Dubnodes."""
FACTS = (
    "architecture", "config", "data", "unseen", "licence", "provenance", "steps", "seconds", "machine",
    "held_out",
)
_HALVES = ("of_frame.", "to_frame.", "seen.", "heard.")


def read_network(path: Path | None = None) -> tuple[SyncNet, dict[str, str]]:
    """The network, ready to judge, and its header's facts; the shipped one without a path.

    Raises ModelError where the file is missing, damaged, cut off, no safetensors, of another architecture
    or of other shapes than its configuration says. Nothing in a file is ever run.
    """
    path = models.path(SHIPPED) if path is None else path
    arrays, facts = read_safetensors(path)
    if facts.get("architecture") != ARCHITECTURE:
        raise ModelError(
            f"{path}: architecture {facts.get('architecture')!r}; expected {ARCHITECTURE!r}: train it with"
            " `dub train syncnet`"
        )
    missing = [name for name in FACTS if name not in facts]
    if missing:
        raise ModelError(f"{path}: its header lacks {', '.join(missing)}; train it again")
    network = SyncNet(SyncConfig.from_json(facts["config"]))
    put_arrays(network, arrays, str(path))
    return network.eval().requires_grad_(False), facts


def put_arrays(module: torch.nn.Module, arrays: dict[str, np.ndarray], source: str) -> None:
    """Give `module` these arrays; ModelError for what is missing, foreign, of another shape or not finite."""
    own = module.state_dict()
    if own.keys() != arrays.keys():
        raise ModelError(
            f"{source}: lacks {sorted(own.keys() - arrays.keys())[:4]}, has unknown"
            f" {sorted(arrays.keys() - own.keys())[:4]}; expected the layout of its architecture"
        )
    for name, tensor in own.items():
        if tuple(tensor.shape) != arrays[name].shape:
            raise ModelError(f"{source}: {name} is {arrays[name].shape}; expected {tuple(tensor.shape)}")
        if not np.isfinite(arrays[name]).all():
            raise ModelError(f"{source}: {name} holds numbers that are not finite; train it again")
    module.load_state_dict({name: torch.tensor(array).to(own[name].dtype) for name, array in arrays.items()})


def arrays_of(module: torch.nn.Module) -> dict[str, np.ndarray]:
    """The module's parameters and buffers by name."""
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in module.state_dict().items()}


def write_network(network: SyncNet, facts: dict[str, str], path: Path) -> None:
    """Write a weight file, half floats but for the small and the delicate; the same network, the same bytes.

    Raises ModelError where `facts` lack one of FACTS.
    """
    facts = {**facts, "architecture": ARCHITECTURE, "config": network.config.to_json()}
    missing = [name for name in FACTS if name not in facts]
    if missing:
        raise ModelError(f"{path}: the header would lack {', '.join(missing)}")
    arrays = {
        name: array.astype(np.float16) if name.startswith(_HALVES) and array.ndim > 1 else array
        for name, array in arrays_of(network).items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_safetensors(path, arrays, facts)
