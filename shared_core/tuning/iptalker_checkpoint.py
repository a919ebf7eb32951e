"""Write what was trained as a checkpoint that operators read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..media.atomic import atomic_path
from ..networks.iptalker.checkpoint import ARCHITECTURE, FACTS
from ..networks.iptalker.network import IPTalker
from ..spec.errors import ModelError


def write_checkpoint(path: Path, network: IPTalker, facts: Mapping[str, str]) -> None:
    """Write the network's weights, in half precision; `facts` as FACTS names them.

    Raises ModelError for facts that are missing: a checkpoint that does not say where it comes from cannot
    be shipped.
    """
    from safetensors.torch import save

    missing = [name for name in FACTS if not facts.get(name)]
    if missing:
        raise ModelError(f"{path}: a checkpoint has to say its {', '.join(missing)}")
    header = {**facts, "architecture": ARCHITECTURE, "configuration": network.config.to_json()}
    tensors = {name: value.detach().half().contiguous() for name, value in network.state_dict().items()}
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(tensors, header))
