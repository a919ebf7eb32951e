"""The inpainting module: warped references and the masked source, painted into one picture."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .config import Config
from .evidence import blurred
from .layers import Spade, act, conv, zeroed

PIXELS = 7
"""What goes to each size of the decoder as it is: warped pixels 3, source pixels 3, the hole 1."""


class SpadeBlock(nn.Module):
    """Two convolutions beside a skip, a SPADE before each; both read the same map."""

    def __init__(self, depth: int, out: int, map_depth: int, hidden: int) -> None:
        super().__init__()
        self.norm, self.first = Spade(depth, map_depth, hidden), conv(depth, out)
        self.again, self.second = Spade(out, map_depth, hidden), conv(out, out)
        self.skip = nn.Conv2d(depth, out, 1)

    def forward(self, x: Tensor, features: Tensor) -> Tensor:
        y = self.first(act(self.norm(x, features)))
        return self.skip(x) + self.second(act(self.again(y, features)))


class PlainBlock(nn.Module):
    """The same without SPADE: table III's ablation. The map is not looked at."""

    def __init__(self, depth: int, out: int, map_depth: int, hidden: int) -> None:
        super().__init__()
        self.first, self.second = conv(depth, out), conv(out, out)
        self.skip = nn.Conv2d(depth, out, 1)

    def forward(self, x: Tensor, features: Tensor) -> Tensor:
        return self.skip(x) + self.second(act(self.first(act(x))))


class Decoder(nn.Module):
    """F_w, F_S and the pixels themselves to the picture (batch, 3, H, W).

    The map of each SPADE is [F_w, F_S], narrowed towards the larger sizes, with the warped references'
    and the source's own pixels, which carry the texture that a quarter of the size cannot.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        full, half, small = config.channels, config.channels // 2, config.channels // 4
        block = SpadeBlock if config.spade_decoder else PlainBlock
        self._from_pixels = config.from_pixels
        self.enter = conv(2 * full, full)
        self.narrow = nn.Conv2d(2 * full, small, 1)
        self.at_quarter = block(full, full, 2 * full, config.spade)
        self.at_half = block(full, half, small + PIXELS, config.spade)
        self.at_full = block(half, small, small + PIXELS, config.spade // 2)
        self.out = conv(small, 3)
        if config.from_pixels:
            zeroed(self.out)

    def forward(self, warped: Tensor, source: Tensor, pixels: Tensor) -> Tensor:
        """warped: F_w. source: F_S. pixels: (batch, PIXELS, H, W), as PIXELS says."""
        # Convolutions on a processor take this layout without copying.
        features = torch.cat([warped, source], dim=1).contiguous(memory_format=torch.channels_last)
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        narrow = self.narrow(features)
        x = self.at_quarter(self.enter(features), features)
        for block, factor in ((self.at_half, 2), (self.at_full, 1)):
            size = (pixels.shape[-2] // factor, pixels.shape[-1] // factor)
            here = functional.interpolate(pixels, size, mode="area") if factor > 1 else pixels
            wide = functional.interpolate(narrow, size, mode="bilinear", align_corners=False)
            x = functional.interpolate(x, size, mode="bilinear", align_corners=False)
            x = block(x, torch.cat([wide, here.to(wide.dtype)], dim=1))
        made = self.out(act(x)).float()
        if not self._from_pixels:
            return made
        lent, plate, hole = pixels[:, :3], pixels[:, 3:6], pixels[:, 6:]
        return plate + cover(hole) * (lent - plate) + made


def cover(hole: Tensor) -> Tensor:
    """1 in the hole (batch, 1, H, W), and softly down to 0 outside: a hole's own edge is one of steps."""
    wider = functional.max_pool2d(hole, 5, stride=1, padding=2)
    return torch.maximum(hole, blurred(wider, 1.5))
