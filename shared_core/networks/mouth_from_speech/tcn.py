"""The temporal convolution network, in numpy; tuning/drive_tcn.py trains the same in torch.

    in       1x1 convolution, K to H channels
    blocks   x + relu(convolution of width 3, dilated by 1, 2, 4, 8, zeros beyond the ends)
    out      1x1 convolution of relu(x) to the four curves
"""

from __future__ import annotations

import numpy as np

DILATIONS = (1, 2, 4, 8)


def forward(values: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    """Reduced features (T, K) to z-scores (T, 4), float32.

    weights: `in.weight` (H, K, 1), `in.bias`, `block<i>.weight` (H, H, 3), `block<i>.bias`, `out.weight`
    (4, H, 1), `out.bias`, as torch's Conv1d lays them out.
    """
    x = values.astype(np.float32) @ weights["in.weight"][..., 0].T + weights["in.bias"]
    for number, dilation in enumerate(DILATIONS):
        x = x + np.maximum(_convolve(x, weights, f"block{number}", dilation), 0.0)
    return np.maximum(x, 0.0) @ weights["out.weight"][..., 0].T + weights["out.bias"]


def _convolve(x: np.ndarray, weights: dict[str, np.ndarray], name: str, dilation: int) -> np.ndarray:
    padded = np.pad(x, ((dilation, dilation), (0, 0)))
    kernel = weights[f"{name}.weight"]
    taps = (padded[i * dilation : i * dilation + len(x)] @ kernel[..., i].T for i in range(3))
    return sum(taps, weights[f"{name}.bias"])
