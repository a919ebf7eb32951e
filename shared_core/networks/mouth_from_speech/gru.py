"""The recurrent network, in numpy; tuning/drive_gru.py trains the same in torch.

    in     linear, K to D, and its positive part
    rnn    one layer of gated recurrent units, H each way: forwards and backwards over the whole voice
    out    linear, 2 H to the four curves

Gated recurrent units: Cho et al. 2014, in the form of torch's GRU.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit


def forward(values: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    """Reduced features (T, K) to z-scores (T, 4), float32.

    weights: `in.weight` (D, K), `in.bias`; `rnn.weight_ih_l0` (3 H, D), `rnn.weight_hh_l0` (3 H, H),
    `rnn.bias_ih_l0`, `rnn.bias_hh_l0`, the same with `_reverse`; `out.weight` (4, 2 H), `out.bias`.
    """
    x = np.maximum(values.astype(np.float32) @ weights["in.weight"].T + weights["in.bias"], 0.0)
    states = [_run(x, weights, ""), _run(x[::-1], weights, "_reverse")[::-1]]
    return np.concatenate(states, axis=1) @ weights["out.weight"].T + weights["out.bias"]


def _run(x: np.ndarray, weights: dict[str, np.ndarray], way: str) -> np.ndarray:
    """The states (T, H) after each step of x (T, D), in its order."""
    to_gates, bias = weights[f"rnn.weight_hh_l0{way}"].T, weights[f"rnn.bias_hh_l0{way}"]
    heard = x @ weights[f"rnn.weight_ih_l0{way}"].T + weights[f"rnn.bias_ih_l0{way}"]
    size = to_gates.shape[0]
    state, states = np.zeros(size, np.float32), np.empty((len(x), size), np.float32)
    for step, now in enumerate(heard):
        before = state @ to_gates + bias
        gates = expit(now[: 2 * size] + before[: 2 * size])
        reset, kept = gates[:size], gates[size:]
        fresh = np.tanh(now[2 * size :] + reset * before[2 * size :])
        state = fresh + kept * (state - fresh)
        states[step] = state
    return states
