"""How many multiplications a network does: convolutions, linear layers and attentions, counted as it runs.

Norms, activations, resizing and warps are not counted: they multiply little, though they take their time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


def multiplications(network: nn.Module, run: Callable[[], Any]) -> int:
    """Multiply-adds of `run()` in `network`'s layers.

    A layer that runs twice counts twice; one whose weights are used past its `forward` is not seen, but for
    attention's, which is counted whole.
    """
    total = 0

    def counted(layer: nn.Module, given: tuple, made: Any) -> None:
        nonlocal total
        total += _of(layer, given, made)

    hooks = [layer.register_forward_hook(counted) for layer in network.modules()]
    try:
        with torch.inference_mode():
            run()
    finally:
        for hook in hooks:
            hook.remove()
    return total


def _of(layer: nn.Module, given: tuple, made: Any) -> int:
    if isinstance(layer, _CONVOLUTIONS):
        return made.numel() * layer.weight.numel() // layer.weight.shape[0]
    if isinstance(layer, nn.Linear):
        return made.numel() * layer.in_features
    if isinstance(layer, nn.MultiheadAttention):
        return _of_attention(layer, *given[:2])
    return 0


def _of_attention(layer: nn.MultiheadAttention, queries: torch.Tensor, keys: torch.Tensor) -> int:
    """Projections of queries, keys, values and results, and the two products between them."""
    depth = layer.embed_dim
    asking, asked = queries.shape[-2], keys.shape[-2]
    batch = queries.shape[0] if queries.dim() == 3 else 1
    if not layer.batch_first and queries.dim() == 3:
        asking, asked, batch = queries.shape[0], keys.shape[0], queries.shape[1]
    return batch * (2 * asking * depth**2 + 2 * asked * depth**2 + 2 * asking * asked * depth)
