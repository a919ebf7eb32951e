"""LPIPS: how different two pictures look to a network (Zhang et al. 2018), AlexNet variant, version 0.1.

The network: AlexNet's five convolutions; the features of each are scaled to unit length over
their channels, their squared difference is weighted by a learned 1x1 head, and the five maps are
brought to the picture's size and summed. torch is imported when a network is loaded, and not before.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np

from ..spec.errors import BadInput, ModelError

MANIFEST_NAME = "lpips_alex"
# Statistics of the training pictures, for values in -1 to 1 (Zhang et al.'s scaling layer).
SHIFT = (-0.030, -0.088, -0.188)
SCALE = (0.458, 0.448, 0.450)
# Kernel, channels out, stride, padding; a 3x3 max-pool of stride 2 before the second and the third.
CONVOLUTIONS = ((11, 64, 4, 2), (5, 192, 1, 2), (3, 384, 1, 1), (3, 256, 1, 1), (3, 256, 1, 1))
POOL_BEFORE = (1, 2)
# Below this the third stage would have no pixel.
LEAST_SIZE = 32


# Where torchvision's AlexNet keeps its convolutions among the other layers.
LAYERS = (0, 3, 6, 8, 10)


def expected_shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of the weight file: torchvision's AlexNet, and the heads as lpips 0.1 has them."""
    shapes, channels = {}, 3
    for index, (layer, (kernel, out, _, _)) in enumerate(zip(LAYERS, CONVOLUTIONS, strict=True)):
        shapes[f"features.{layer}.weight"] = (out, channels, kernel, kernel)
        shapes[f"features.{layer}.bias"] = (out,)
        shapes[f"lin{index}.model.1.weight"] = (1, out, 1, 1)
        channels = out
    return shapes


@cache
def load(fetch: bool = True) -> dict[str, Any]:
    """The weights as torch tensors. fetch: get the file where it is missing.

    Raises ModelError where torch, safetensors or the file are missing, or the file has another layout.
    """
    try:
        from safetensors.torch import load_file
    except ImportError as error:
        raise ModelError(
            f"LPIPS needs torch and safetensors ({error}); install them with `pip install 'dubnodes[judge]'`"
        ) from None
    from ..models import path

    file = path(MANIFEST_NAME, fetch)
    weights = load_file(str(file))
    for name, shape in expected_shapes().items():
        found = tuple(weights[name].shape) if name in weights else None
        if found != shape:
            raise ModelError(
                f"{file}: {name} is {found}; expected {shape}. Fetch it again: "
                f"dub models fetch {MANIFEST_NAME}"
            )
    return {name: weights[name].float() for name in expected_shapes()}


def _features(picture: Any, weights: dict[str, Any]) -> list[Any]:
    from torch.nn import functional

    features, values = [], picture
    for index, (layer, (_, _, stride, padding)) in enumerate(zip(LAYERS, CONVOLUTIONS, strict=True)):
        if index in POOL_BEFORE:
            values = functional.max_pool2d(values, 3, 2)
        kernel, bias = weights[f"features.{layer}.weight"], weights[f"features.{layer}.bias"]
        values = functional.relu(functional.conv2d(values, kernel, bias, stride, padding))
        features.append(values)
    return features


def lpips_map(a: np.ndarray, b: np.ndarray, weights: dict[str, Any] | None = None) -> np.ndarray:
    """The distance at each pixel, float32 (H, W), 0 where both look the same.

    a, b: uint8 (H, W, 3), sRGB, 32 px a side at least. weights: torch tensors by
    `expected_shapes`; None takes `load()`. Raises ModelError where they are missing.
    """
    if a.shape != b.shape or min(a.shape[:2]) < LEAST_SIZE:
        raise BadInput(f"LPIPS of {a.shape} and {b.shape}; expected one size, {LEAST_SIZE} px a side or more")
    weights = load() if weights is None else weights
    import torch
    from torch.nn import functional

    with torch.no_grad():
        both = torch.from_numpy(np.stack([a, b]).transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1.0)
        both = (both - torch.tensor(SHIFT).view(1, 3, 1, 1)) / torch.tensor(SCALE).view(1, 3, 1, 1)
        total = np.zeros(a.shape[:2], np.float32)
        for index, features in enumerate(_features(both, weights)):
            unit = features / (features.pow(2).sum(1, keepdim=True).sqrt() + 1e-10)
            distance = functional.conv2d((unit[:1] - unit[1:]).pow(2), weights[f"lin{index}.model.1.weight"])
            total += cv2.resize(distance[0, 0].numpy(), a.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return total


def lpips_lower_face(
    dub: np.ndarray, truth: np.ndarray, matte: np.ndarray, weights: dict[str, Any] | None = None
) -> float:
    """LPIPS inside the matte: mean of the map (AlexNet, version 0.1), 0 the same, above .3 unlike.

    dub, truth: uint8 (H, W, 3) of the face's crop at the plate's resolution, on which the value
    depends; matte (H, W), above 0.5 is inside.
    """
    inside = matte > 0.5
    if not inside.any():
        raise BadInput("LPIPS: the lower face lies outside the picture; choose frames that show it")
    return float(lpips_map(dub, truth, weights)[inside].mean())
