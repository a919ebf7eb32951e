"""Against the truth, where there is one: self-reenactment, in which the actor drives themself.

Pictures are uint8 (H, W, 3), display-coded; `matte` (H, W), 0 to 1, above 0.5 is inside.
"""

from __future__ import annotations

import numpy as np
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from ..spec.errors import BadInput


def _inside(dub: np.ndarray, truth: np.ndarray, matte: np.ndarray) -> np.ndarray:
    if dub.shape != truth.shape or dub.shape[:2] != matte.shape:
        raise BadInput(
            f"--truth: dub {dub.shape}, truth {truth.shape}, matte {matte.shape}; expected one size. "
            "Give the truth at the plate's resolution"
        )
    inside = matte > 0.5
    if not inside.any():
        raise BadInput("--truth: the lower face lies outside the picture; choose frames that show it")
    return inside


def psnr_lower_face(dub: np.ndarray, truth: np.ndarray, matte: np.ndarray) -> float:
    """Peak signal to noise ratio inside the matte, dB: 10 log10(255^2 / mean squared difference).

    Over the 8-bit sRGB values of all three channels; an exact match is held at 100 dB.
    """
    inside = _inside(dub, truth, matte)
    a, b = dub[inside], truth[inside]
    if np.array_equal(a, b):
        return 100.0
    return float(min(100.0, peak_signal_noise_ratio(b, a, data_range=255)))


def ssim_lower_face(dub: np.ndarray, truth: np.ndarray, matte: np.ndarray) -> float:
    """Structural similarity (Wang et al. 2004): mean of the map inside the matte.

    scikit-image, Gaussian window of sigma 1.5, no sample correction, each channel by itself, then
    their mean. The window reaches over the matte's edge, the mean does not.
    """
    inside = _inside(dub, truth, matte)
    _, full = structural_similarity(
        truth, dub, data_range=255, channel_axis=2, full=True,
        gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
    )
    return float(full[inside].mean())
