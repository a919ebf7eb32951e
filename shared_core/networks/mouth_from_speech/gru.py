"""The recurrent networks, in numpy; tuning/drive_gru.py trains the same in torch.

    in     linear, K to D, and its positive part
    rnn    one layer of gated recurrent units, H each way: forwards and backwards over the whole voice
    out    linear, 2 H to the four curves

Gated recurrent units: Cho et al. 2014, in the form of torch's GRU.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_WAYS = ("", "_reverse")


def forward(values: np.ndarray, networks: Sequence[dict[str, np.ndarray]]) -> np.ndarray:
    """Reduced features (T, K) to each network's z-scores (S, T, 4), float32.

    networks: S of one size, each as `in.weight` (D, K), `in.bias`; `rnn.weight_ih_l0` (3 H, D),
    `rnn.weight_hh_l0` (3 H, H), `rnn.bias_ih_l0`, `rnn.bias_hh_l0`, the same with `_reverse`; `out.weight`
    (4, 2 H), `out.bias`.
    """
    heard, to_gates, bias = [], [], []
    for weights in networks:
        x = np.maximum(values.astype(np.float32) @ weights["in.weight"].T + weights["in.bias"], 0.0)
        for way, order in zip(_WAYS, (x, x[::-1]), strict=True):
            heard.append(order @ weights[f"rnn.weight_ih_l0{way}"].T + weights[f"rnn.bias_ih_l0{way}"])
            to_gates.append(weights[f"rnn.weight_hh_l0{way}"].T)
            bias.append(weights[f"rnn.bias_hh_l0{way}"])
    states = _run(np.stack(heard, axis=1), np.stack(to_gates), np.stack(bias))
    both = np.concatenate([states[:, 0::2], states[::-1, 1::2]], axis=-1)
    return np.stack([
        both[:, number] @ weights["out.weight"].T + weights["out.bias"]
        for number, weights in enumerate(networks)
    ])


def _run(heard: np.ndarray, to_gates: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """States (T, R, H) of R layers side by side, each after each step of its input `heard` (T, R, 3 H).

    to_gates: (R, H, 3 H), from a layer's last state to its gates: reset, kept and fresh. bias: (R, 3 H).
    """
    size = to_gates.shape[1]
    state = np.zeros((len(bias), size), np.float32)
    states = np.empty((len(heard), *state.shape), np.float32)
    for step, now in enumerate(heard):
        before = np.matmul(state[:, None], to_gates)[:, 0] + bias
        gates = _sigmoid(now[:, : 2 * size] + before[:, : 2 * size])
        fresh = np.tanh(now[:, 2 * size :] + gates[:, :size] * before[:, 2 * size :])
        state = fresh + gates[:, size:] * (state - fresh)
        states[step] = state
    return states


def _sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), by a function that cannot overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)
