"""The network's weight file: safetensors, read without torch."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from ... import models
from ...models.safetensors_file import read_safetensors
from ...spec.errors import ModelError

ARCHITECTURE = "mouth_from_speech.2"
SHIPPED = "mouth_from_speech"
"""The name under which models.toml pins the network that comes with Dubnodes."""
LARGEST = 2_000_000  # bytes
_NEEDED = (
    "normal.mean", "normal.scale", "normal.basis", "ridge.coefficients", "pool.factor", "pool.cross",
    "spread.levels", "spread.typical",
)
FACTS = (
    "architecture", "speech", "steps", "step_s", "data", "licence", "provenance", "seconds", "penalty",
    "gru_share", "held_out",
)


@dataclass(frozen=True, eq=False)
class DriveNetwork:
    """The arrays of one trained network and what its header says.

    arrays: float32, by the names of the file: `normal.*` centres and reduces the features (D) to K
    numbers a step; `ridge.coefficients` (steps * K, 4); `gru.<seed>.*` the recurrent networks; `pool.*` the
    training data's sums, for the refit; `spread.*` the distribution of predictions.
    facts: the header's texts.
    """

    arrays: dict[str, np.ndarray]
    facts: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays[name]

    @property
    def kind(self) -> str:
        """The kind of speech features that it reads."""
        return self.facts["speech"]

    @property
    def steps(self) -> int:
        """Steps of context, odd."""
        return int(self.facts["steps"])

    @property
    def step_s(self) -> float:
        """Seconds between two steps."""
        return float(self.facts["step_s"])

    def number(self, name: str) -> float:
        """A header's text as a number."""
        return float(self.facts[name])

    @property
    def gru_seeds(self) -> tuple[str, ...]:
        """Names of the recurrent networks that are averaged, sorted."""
        return tuple(sorted({name.split(".")[1] for name in self.arrays if name.startswith("gru.")}))

    def with_arrays(self, **changed: Any) -> Self:
        """The same network with other arrays; `__` stands for the point of a name."""
        named = {name.replace("__", "."): value for name, value in changed.items()}
        return replace(self, arrays={**self.arrays, **named})


@functools.lru_cache(maxsize=4)
def read_network(path: Path | None = None) -> DriveNetwork:
    """Read a network, the shipped one without a path.

    Raises ModelError where the file is missing, damaged or has another layout, or where the shipped one
    is not the file that the manifest pins.
    """
    path = models.path(SHIPPED) if path is None else path
    arrays, facts = read_safetensors(path)
    if facts.get("architecture") != ARCHITECTURE:
        raise ModelError(
            f"{path}: architecture {facts.get('architecture')!r}; expected {ARCHITECTURE!r}: train it"
            " with `dub train drive`"
        )
    missing = [name for name in _NEEDED if name not in arrays] + [name for name in FACTS if name not in facts]
    if missing:
        raise ModelError(f"{path}: lacks {', '.join(missing)}; train it again with `dub train drive`")
    network = DriveNetwork({name: array.astype(np.float32) for name, array in arrays.items()}, facts)
    _check_shapes(network, path)
    return network


def _check_shapes(network: DriveNetwork, path: Path) -> None:
    depth, reduced = network["normal.basis"].shape
    rows = reduced * network.steps
    expected = {
        "normal.mean": (depth,), "normal.scale": (depth,), "ridge.coefficients": (rows, 4),
        "pool.factor": (rows * (rows + 1) // 2,), "pool.cross": (rows, 4),
    }
    for name, shape in expected.items():
        if network[name].shape != shape:
            raise ModelError(f"{path}: {name} is {network[name].shape}; expected {shape}")
