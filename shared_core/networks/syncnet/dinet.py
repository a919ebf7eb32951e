"""DINet's lip-sync expert, the one of the papers' Eq. 12, for who has its file; nobody may pass it on.

Built to the published layout (names and shapes of its checkpoint), and not yet run with official weights. It
reads DeepSpeech's 29 numbers a step, not ours, and scores patches; the loss is the mean square of patch - 1.

Reference: Zhang et al., "DINet: deformation inpainting network", 2023, its SyncNet.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from ... import models
from ...spec.errors import ModelError
from ..user_checkpoint import load_users

OFFICIAL = "dinet_syncnet"
"""The name under which a user adds the file: `dub models add dinet_syncnet FILE`."""
FRAMES, SIDE, SPEECH, STEPS = 5, 256, 29, 9
_DEPTH, _STAGES = 128, 5


class _Plain(nn.Module):
    """A convolution, its activation, and what makes it smaller."""

    def __init__(self, conv: nn.Module, halves: bool = False) -> None:
        super().__init__()
        self.conv, self.halves = conv, halves

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.conv(x))
        return functional.avg_pool2d(x, 2) if self.halves else x


class _Residual(nn.Module):
    def __init__(self, conv: type[nn.Module], depth: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = conv(depth, depth, 3, padding=1), conv(depth, depth, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(functional.relu(self.conv1(functional.relu(x))))


class _Face(nn.Module):
    """(B, 15, 256, 256) to (B, 128, 8, 8)."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [_Plain(nn.Conv2d(3 * FRAMES, 64, 7, padding=3))]
        depth = 64
        for stage in range(_STAGES):
            kernel = 1 if stage == _STAGES - 1 else 3
            layers += [
                _Residual(nn.Conv2d, depth), _Plain(nn.Conv2d(depth, depth, 3, padding=1), halves=True),
                _Plain(nn.Conv2d(depth, _DEPTH, kernel, padding=kernel // 2)),
            ]
            depth = _DEPTH
        self.face_conv = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.face_conv(x)


class _Sound(nn.Module):
    """(B, 29, T) to (B, 128)."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [_Plain(nn.Conv1d(SPEECH, _DEPTH, 7, padding=3))]
        for _ in range(3):
            layers += [_Residual(nn.Conv1d, _DEPTH), _Plain(nn.Conv1d(_DEPTH, _DEPTH, 3, 2, padding=1))]
        self.audio_conv = nn.Sequential(*layers, _Plain(nn.Conv1d(_DEPTH, _DEPTH, 3, padding=1)))

    def forward(self, x: Tensor) -> Tensor:
        return self.audio_conv(x).mean(dim=2)


class DinetSyncNet(nn.Module):
    """See the module's text."""

    def __init__(self) -> None:
        super().__init__()
        self.face_encoder, self.audio_encoder = _Face(), _Sound()
        self.merge_encoder = nn.Sequential(
            nn.Conv2d(2 * _DEPTH, _DEPTH, 3, padding=1), nn.LeakyReLU(0.2),
            nn.Conv2d(_DEPTH, 1, 3, padding=1),
        )

    def forward(self, mouths: Tensor, speech: Tensor) -> Tensor:
        """Patches (B, 1, 8, 8), near 1 where picture and sound match; not bounded.

        mouths: (B, 15, 256, 256), five pictures, RGB, 0 to 1. speech: (B, 29, 9), DeepSpeech's numbers at
        the pictures' steps and two before and after. Raises ModelError for other shapes.
        """
        batch = mouths.shape[0]
        expected = (batch, 3 * FRAMES, SIDE, SIDE), (batch, SPEECH, STEPS)
        if (tuple(mouths.shape), tuple(speech.shape)) != expected:
            raise ModelError(
                f"mouths {tuple(mouths.shape)} and speech {tuple(speech.shape)}; expected {expected[0]} and"
                f" {expected[1]}"
            )
        seen = self.face_encoder(mouths)
        heard = self.audio_encoder(speech)[:, :, None, None].expand(-1, -1, *seen.shape[2:])
        return self.merge_encoder(torch.cat([seen, heard], dim=1))


def read_official(path: Path | None = None) -> DinetSyncNet:
    """The expert from the user's own file, the one added to the cache without a path.

    Raises ModelError where it is missing, holds more than tensors, or has another layout; no code in it runs.
    """
    return load_users(DinetSyncNet(), models.path(OFFICIAL) if path is None else path, "DINet's SyncNet")
