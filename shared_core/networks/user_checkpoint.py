"""Checkpoints that users bring: tensors alone are read, and they have to fit the layout to the name."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from ..spec.errors import ModelError

Network = TypeVar("Network", bound=nn.Module)


def load_users(network: Network, path: Path, what: str) -> Network:
    """`network` with the tensors of the file at `path`, ready to judge; what: whose it is, for the error.

    A flat dict of tensors, or one under `state_dict` and `net`, names with or without `module.`. Raises
    ModelError where it is missing, holds more than tensors, or has another layout; no code in it runs.
    """
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from None
    except Exception as error:  # A file of anything else ends in anything.
        raise ModelError(
            f"{path}: refused: it is no checkpoint of torch, is cut off, or holds more than tensors"
            f" ({type(error).__name__}); bring {what} as published"
        ) from None
    network.load_state_dict(_fitting(_unwrapped(found), network, path, what))
    return network.eval().requires_grad_(False)


def _unwrapped(found: object) -> dict[str, object]:
    """The innermost dict of what was stored, names without `module.`; empty where there is none."""
    for key in ("state_dict", "net"):
        found = found[key] if isinstance(found, dict) and key in found else found
    items = found.items() if isinstance(found, dict) else ()
    return {str(name).removeprefix("module."): value for name, value in items}


def _fitting(values: dict[str, object], network: nn.Module, path: Path, what: str) -> dict[str, object]:
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    shapes = {name: _shape(value) for name, value in values.items()}
    odd = sorted(name for name in shapes.keys() | expected.keys() if shapes.get(name) != expected.get(name))
    if odd:
        raise ModelError(f"{path}: not {what}: {', '.join(odd[:4])} do not fit its layout")
    broken = sorted(name for name, value in values.items() if not value.isfinite().all())
    if broken:
        raise ModelError(f"{path}: {', '.join(broken[:4])} hold numbers that are not finite; fetch it again")
    return values


def _shape(value: object) -> tuple[int, ...] | None:
    """Of a plain tensor; None of anything else."""
    plain = isinstance(value, torch.Tensor) and value.layout is torch.strided
    return tuple(value.shape) if plain else None
