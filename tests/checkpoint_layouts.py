"""A published checkpoint's layout: the names and shapes of its tensors."""

from __future__ import annotations

from ast import literal_eval
from pathlib import Path

import torch

LISTS = Path(__file__).resolve().parents[2] / "shared" / "facts" / "checkpoints"
"""Whole lists, where they are at hand; they are no part of the repository."""


def assert_layout(network: torch.nn.Module, some: str, count: int, whole: str) -> None:
    """some: lines of `name (shape)` that have to be there. count: of all tensors. whole: a file of LISTS."""
    own = {name: str(tuple(tensor.shape)) for name, tensor in network.state_dict().items()}
    for line in some.strip().splitlines():
        name, shape = line.split(maxsplit=1)
        assert own[name] == shape, name
    assert len(own) == count
    if (LISTS / whole).is_file():
        listed = dict(line.split("\t") for line in (LISTS / whole).read_text().splitlines())
        assert own == {name: str(literal_eval(shape)) for name, shape in listed.items()}
