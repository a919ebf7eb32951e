"""LSE-C and LSE-D: the field's lip-sync scores, by the official SyncNet, for who has its file.

Built to the published layout (names and shapes of syncnet_python's `syncnet_v2.model`), and not yet run with
official weights. Protocol: 25 pictures a second, 224 px, BGR, 0 to 255; 13 cepstra of the sound, 100 rows a
second; windows of 5 pictures and 20 rows; sounds up to 15 pictures early and late.

Reference: Chung and Zisserman, "Out of time: automated lip sync in the wild", 2016; the scores as Prajwal et
al., "A lip sync expert is all you need", 2020, have them.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..speech.deepspeech import mfcc
from ..speech.samples import RATE as SAMPLES_A_SECOND
from ..user_checkpoint import load_users

SIDE, PICTURES, RATE = 224, 5, 25
CEPSTRA, ROWS, ROWS_A_PICTURE = 13, 20, 4
SAMPLES_A_PICTURE = SAMPLES_A_SECOND // RATE
SHIFT = 15
_BATCH = 8


class Scores(NamedTuple):
    """confidence: LSE-C, higher is better. distance: LSE-D, lower is better. offset: of the best fit,
    pictures; above 0 the sound is early.
    """

    confidence: float
    distance: float
    offset: int


class SyncNetV2(nn.Module):
    """Two towers to vectors of 1024 numbers; names as in the published file."""

    def __init__(self) -> None:
        super().__init__()
        self.netcnnaud = nn.Sequential(
            *_flat(1, 64, 3, 1), nn.MaxPool2d(1, 1),
            *_flat(64, 192, 3, 1), nn.MaxPool2d(3, (1, 2)),
            *_flat(192, 384, 3, 1), *_flat(384, 256, 3, 1),
            *_flat(256, 256, 3, 1), nn.MaxPool2d(3, 2),
            *_flat(256, 512, (5, 4), 0))
        self.netcnnlip = nn.Sequential(
            *_deep(3, 96, (5, 7, 7), 2, 0), nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *_deep(96, 256, (1, 5, 5), 2, 1), nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
            *_deep(256, 256, (1, 3, 3), 1, 1), *_deep(256, 256, (1, 3, 3), 1, 1),
            *_deep(256, 256, (1, 3, 3), 1, 1), nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *_deep(256, 512, (1, 6, 6), 1, 0))
        self.netfcaud, self.netfclip = _dense(), _dense()

    def see(self, pictures: Tensor) -> Tensor:
        """Vectors (B, 1024) of windows (B, 3, 5, 224, 224), BGR, 0 to 255."""
        return self.netfclip(self.netcnnlip(pictures).flatten(1))

    def hear(self, cepstra: Tensor) -> Tensor:
        """Vectors (B, 1024) of windows (B, 1, 13, 20)."""
        return self.netfcaud(self.netcnnaud(cepstra).flatten(1))


def _flat(depth: int, out: int, kernel: int | tuple[int, int], padding: int) -> list[nn.Module]:
    return [nn.Conv2d(depth, out, kernel, padding=padding), nn.BatchNorm2d(out), nn.ReLU()]


def _deep(depth: int, out: int, kernel: tuple[int, int, int], stride: int, padding: int) -> list[nn.Module]:
    conv = nn.Conv3d(depth, out, kernel, (1, stride, stride), (0, padding, padding))
    return [conv, nn.BatchNorm3d(out), nn.ReLU()]


def _dense() -> nn.Sequential:
    return nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 1024))


def read_official(path: Path) -> SyncNetV2:
    """The network from the user's own file.

    Raises ModelError where it is missing, holds more than tensors, or has another layout; no code in it runs.
    """
    return load_users(SyncNetV2(), path, "syncnet_python's syncnet_v2.model")


def scores(network: SyncNetV2, pictures: np.ndarray, samples: np.ndarray) -> Scores:
    """The scores of one take.

    pictures: uint8 (N, 224, 224, 3), RGB, 25 a second. samples: float (M,), 16 kHz, -1 to 1, of the same
    moments. Windows that both have count; N is 6 or more.
    """
    count = min(len(pictures), len(samples) // SAMPLES_A_PICTURE) - PICTURES
    rows = mfcc(samples)[:, :CEPSTRA].T
    seen, heard = [], []
    with torch.no_grad():
        for first in range(0, count, _BATCH):
            windows = range(first, min(first + _BATCH, count))
            seen.append(network.see(torch.stack([_pictures(pictures[at : at + PICTURES]) for at in windows])))
            heard.append(network.hear(torch.stack([_rows(rows, at) for at in windows])))
    return compared(torch.cat(seen), torch.cat(heard))


def compared(seen: Tensor, heard: Tensor) -> Scores:
    """Mean distance of vectors (W, 1024) at each shift: the least is LSE-D, the median less that LSE-C.

    Beyond the ends stand zeros, as in the original.
    """
    padded = functional.pad(heard, (0, 0, SHIFT, SHIFT))
    shifted = [padded[shift : shift + len(seen)] for shift in range(2 * SHIFT + 1)]
    means = torch.stack([functional.pairwise_distance(seen, other).mean() for other in shifted])
    best = int(means.argmin())
    # The original takes the lower of two middle values; of an odd count there is one.
    return Scores(float(means.median() - means[best]), float(means[best]), SHIFT - best)


def _pictures(window: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(window[..., ::-1], np.float32)).permute(3, 0, 1, 2)


def _rows(rows: np.ndarray, at: int) -> Tensor:
    first = at * ROWS_A_PICTURE
    return torch.from_numpy(np.ascontiguousarray(rows[None, :, first : first + ROWS], np.float32))
