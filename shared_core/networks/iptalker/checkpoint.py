"""An IPTalker checkpoint: safetensors, the configuration and all that has to be known in the header."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from ...models.safetensors_file import read_safetensors
from ...spec.errors import ModelError
from .config import Config
from .network import IPTalker

ARCHITECTURE = "iptalker.1"
FACTS = ("data", "licence", "provenance", "steps", "held_out", "speech")
"""What a header says beside architecture and configuration, as texts."""


def network_of(arrays: Mapping, facts: Mapping[str, str], where: str) -> IPTalker:
    """The network that a checkpoint's arrays and header describe, in evaluation mode.

    where: the file, for messages. Raises ModelError for another architecture or arrays that do not fit.
    """
    if facts.get("architecture") != ARCHITECTURE:
        raise ModelError(
            f"{where}: architecture {facts.get('architecture')!r}; expected {ARCHITECTURE!r}: train it with"
            " `dub train iptalker`, or tune the shipped one with `dub tune`"
        )
    network = IPTalker(Config.from_json(facts.get("configuration", "")))
    wanted = network.state_dict()
    wrong = list(wanted.keys() ^ arrays.keys())
    wrong += [name for name in wanted.keys() & arrays.keys() if wanted[name].shape != arrays[name].shape]
    if wrong:
        raise ModelError(
            f"{where}: {len(wrong)} of its arrays do not fit its configuration, {sorted(wrong)[0]!r} first;"
            " the file is damaged, or of another version"
        )
    network.load_state_dict({
        name: torch.from_numpy(array.astype("float32")) for name, array in arrays.items()})
    return network.eval().requires_grad_(False)


def read_checkpoint(path: Path) -> tuple[IPTalker, dict[str, str]]:
    """The network of a file and its header's facts; ModelError where it is missing, damaged or another's."""
    arrays, facts = read_safetensors(path)
    return network_of(arrays, facts, str(path)), facts
