"""Eq. 9 to 11: the two judges of the LS-GAN, one of pictures and one of five frames in a row.

Both look at the lower part of the crop alone: above it the picture is the plate's own, and nothing is to be
told apart. The mouth lies in the crop's middle (faces.face_crop), so that half the crop would cut it. Patches
are judged one by one (Isola et al., "Image-to-image translation with conditional adversarial networks",
2017), layers are kept from growing steep by their spectral norm (Miyato et al., 2018).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import cached

FRAMES = 5
"""The clip discriminator's, one after the other."""
_SLOPE = 0.2
_HALVINGS = 3


class PictureDiscriminator(nn.Module):
    """D of a picture: (batch, depth, H, W), 0 to 1, to a score for each patch, (batch, 1, h, w).

    depth: channels of the picture. base: channels after the first layer; each of the following has twice
    as many. 1 is what a real picture is to score, 0 a made one.
    """

    def __init__(self, depth: int = 3, base: int = 64) -> None:
        super().__init__()
        depths = [depth, *(base * 2**number for number in range(_HALVINGS + 1))]
        strides = [2] * _HALVINGS + [1]
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(before, after, 4, stride, 1))
            for before, after, stride in zip(depths, depths[1:], strides, strict=False))
        self.score = spectral_norm(nn.Conv2d(depths[-1], 1, 3, 1, 1))

    def forward(self, picture: Tensor) -> Tensor:
        x = lower_part(picture) * 2 - 1
        with cached():
            self._normalise(picture.device.type)
            for layer in self.layers:
                x = functional.leaky_relu(layer(x), _SLOPE)
            return self.score(x)

    def _normalise(self, device: str) -> None:
        """Make the layers' weights, in single floats whatever the precision of the rest: norms need it."""
        with torch.autocast(device, enabled=False):
            for layer in (*self.layers, self.score):
                _ = layer.weight  # asking for it makes it, and `cached` keeps it


class ClipDiscriminator(PictureDiscriminator):
    """D of FRAMES consecutive frames, (batch, FRAMES, 3, H, W), to scores (batch, 1, h, w).

    It sees what one frame cannot show: flicker, and a mouth that moves as none does.
    """

    def __init__(self, base: int = 64) -> None:
        super().__init__(3 * FRAMES, base)

    def forward(self, frames: Tensor) -> Tensor:
        return super().forward(frames.flatten(1, 2))


def lower_part(picture: Tensor) -> Tensor:
    """The lower five eighths of (..., H, W): from above the nose's base to the crop's end."""
    return picture[..., picture.shape[-2] * 3 // 8 :, :]


def discriminator_loss(real: Tensor, made: Tensor) -> Tensor:
    """Eq. 10 of the scores of real and of made pictures; the latter without a gradient to who made them."""
    return 0.5 * (real.float() - 1).square().mean() + 0.5 * made.float().square().mean()


def generator_loss(scores: Tensor) -> Tensor:
    """Eq. 11 of the scores of made pictures: 0 where all of them pass for real."""
    return (scores.float() - 1).square().mean()
