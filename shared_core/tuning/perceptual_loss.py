"""Eq. 8: how different two pictures are to VGG-19, at their full and at half their size.

What the paper leaves open is as in DINet: the layers are relu1_1 to relu5_1, and each size's activations
are divided by their own number (W_i H_i C_i of the half picture are the half picture's). The halving is the
mean of 2 x 2 px. Weights: `dub models fetch vgg19`, the normalised VGG-19, whose activations have a mean of
about 1 in each layer, so that none drowns the others.
Reference: Johnson et al., "Perceptual losses for real-time style transfer and super-resolution", 2016.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..models import path as model_path
from ..models.safetensors_file import read_safetensors
from ..spec.errors import BadInput, ModelError

MANIFEST_NAME = "vgg19"
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
"""The paper's, on a GPU."""
LIGHT_LAYERS = LAYERS[:3]
"""A third of the work, for processors: what is deeper sees little more at small sizes."""
_BLOCKS = ((2, 64), (2, 128), (4, 256), (4, 512), (1, 512))
_CONVOLUTIONS = tuple(
    (block, number, depth)
    for block, (count, depth) in enumerate(_BLOCKS, start=1) for number in range(1, count + 1))


class PerceptualLoss(nn.Module):
    """L_p of made and real pictures, (batch, 3, H, W), 0 to 1: a scalar, 0 where they are equal.

    activations: from a picture to its activations, layer by layer (batch, C_i, H_i, W_i); they get no
    gradient, and neither do the real pictures.
    """

    def __init__(self, activations: nn.Module) -> None:
        super().__init__()
        self.activations = activations.requires_grad_(False).eval()

    def forward(self, made: Tensor, real: Tensor) -> Tensor:
        half_made, half_real = (functional.avg_pool2d(one, 2) for one in (made, real))
        return 0.5 * (self._distance(made, real) + self._distance(half_made, half_real))

    def _distance(self, made: Tensor, real: Tensor) -> Tensor:
        with torch.no_grad():
            wanted = self.activations(real)
        found = self.activations(made)
        terms = [(one.float() - other.float()).abs().mean() for one, other in zip(found, wanted, strict=True)]
        return torch.stack(terms).mean()


class Vgg19(nn.Module):
    """VGG-19 to the last of `layers`: a picture (batch, 3, H, W), RGB 0 to 1, to their activations.

    layers: of "relu1_1" to "relu5_1". weights: by `expected_shapes`. Edges are mirrored, as the weights were
    normalised. ModelError for a layer or weights that it does not know.
    """

    def __init__(self, weights: Mapping[str, np.ndarray], layers: Sequence[str] = LAYERS) -> None:
        super().__init__()
        known = [f"relu{block}_{number}" for block, number, _ in _CONVOLUTIONS]
        unknown = [layer for layer in layers if layer not in known]
        if unknown or not layers:
            raise ModelError(f"VGG-19 has no layers {unknown or 'at all'}; expected of {', '.join(known)}")
        self.layers = tuple(layer for layer in known if layer in layers)
        # So that two pixels, which can be mirrored, are left after the pools.
        self.least = 2 ** (int(self.layers[-1][4]) - 1) + 1
        self.input = _convolution(weights, "input", 3, 3, 1)
        self.convolutions = nn.ModuleDict()
        before = 3
        for block, number, depth in _CONVOLUTIONS[: known.index(self.layers[-1]) + 1]:
            name = f"conv{block}_{number}"
            self.convolutions[name] = _convolution(weights, name, before, depth, 3)
            before = depth

    def forward(self, picture: Tensor) -> list[Tensor]:
        if min(picture.shape[-2:]) < self.least:
            raise BadInput(
                f"a picture of {tuple(picture.shape[-2:])} px for {self.layers[-1]} of VGG-19; expected"
                f" {self.least} or more a side: leave the deeper layers out")
        x, found = self.input(picture), []
        for name, convolution in self.convolutions.items():
            if name.endswith("_1") and name != "conv1_1":
                x = functional.max_pool2d(x, 2, ceil_mode=True)
            x = functional.relu(convolution(functional.pad(x, (1, 1, 1, 1), mode="reflect")))
            if name.replace("conv", "relu") in self.layers:
                found.append(x)
        return found


def expected_shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of the weight file, as models/convert.py writes it."""
    shapes: dict[str, tuple[int, ...]] = {"input.weight": (3, 3, 1, 1), "input.bias": (3,)}
    before = 3
    for block, number, depth in _CONVOLUTIONS:
        shapes[f"conv{block}_{number}.weight"] = (depth, before, 3, 3)
        shapes[f"conv{block}_{number}.bias"] = (depth,)
        before = depth
    return shapes


def perceptual_loss(layers: Sequence[str] = LAYERS, *, fetch: bool = True) -> PerceptualLoss:
    """Eq. 8 over the pinned weights. layers: LAYERS, or LIGHT_LAYERS on a processor.

    fetch: get the weights where they are missing, 88 MB once. Raises ModelError and Transient as
    `models.path` does.
    """
    file: Path = model_path(MANIFEST_NAME, fetch)
    return PerceptualLoss(Vgg19(read_safetensors(file)[0], layers))


def _convolution(
    weights: Mapping[str, np.ndarray], name: str, depth: int, out: int, kernel: int
) -> nn.Conv2d:
    convolution = nn.Conv2d(depth, out, kernel)
    with torch.no_grad():
        for part, own in convolution.named_parameters():
            given = weights.get(f"{name}.{part}")
            if given is None or given.shape != tuple(own.shape):
                found = "missing" if given is None else given.shape
                raise ModelError(
                    f"VGG-19: {name}.{part} is {found}; expected {tuple(own.shape)}; fetch it again: "
                    f"dub models fetch {MANIFEST_NAME}")
            own.copy_(torch.from_numpy(given.copy()))
    return convolution
