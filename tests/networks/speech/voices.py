"""Made-up sounds and weights, for tests of the speech features."""

from __future__ import annotations

import numpy as np

from shared_core.values import Sound

RATE = 16000


def warble(seconds: float, rate: int = RATE, seed: int = 0) -> np.ndarray:
    """A hoarse, wandering tone with pauses: float32, loud enough to fill Whisper's range."""
    generator = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    pitch = 140 + 40 * np.sin(2 * np.pi * 0.7 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    tone = sum(np.sin(number * phase) / number for number in range(1, 9))
    gate = np.clip(np.sin(2 * np.pi * 1.3 * time) * 3, 0, 1)
    return (0.1 * (tone + 0.2 * generator.standard_normal(len(time))) * gate).astype(np.float32)


def sound(seconds: float, rate: int = RATE, start: float = 0.0) -> Sound:
    return Sound(warble(seconds, rate), rate, start)


def whisper_arrays(width: int = 128, seed: int = 1) -> dict[str, np.ndarray]:
    """Random weights in the checkpoint's layout, scaled so that nothing dies or explodes."""
    generator = np.random.default_rng(seed)
    arrays: dict[str, np.ndarray] = {}

    def add(name: str, *shape: int, bias: bool = True) -> None:
        spread = 1.0 / np.sqrt(np.prod(shape[1:]))
        arrays[f"{name}.weight"] = (generator.standard_normal(shape) * spread).astype(np.float32)
        if bias:
            arrays[f"{name}.bias"] = (0.1 * generator.standard_normal(shape[0])).astype(np.float32)

    add("encoder.conv1", width, 80, 3)
    add("encoder.conv2", width, width, 3)
    for block in (f"encoder.blocks.{number}" for number in range(3)):
        for part in ("query", "key", "value", "out"):
            add(f"{block}.attn.{part}", width, width, bias=part != "key")
        add(f"{block}.mlp.0", 4 * width, width)
        add(f"{block}.mlp.2", width, 4 * width)
        for part in ("attn_ln", "mlp_ln"):
            arrays[f"{block}.{part}.weight"] = generator.uniform(0.5, 1.5, width).astype(np.float32)
            arrays[f"{block}.{part}.bias"] = (0.1 * generator.standard_normal(width)).astype(np.float32)
    return arrays
