"""How near an IPTalker network comes to frames that it never saw: numbers by clip, and a sheet of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..networks.iptalker.network import IPTalker, merged
from . import face_pack
from .face_samples import FaceSampler, Part
from .iptalker_training import device_of, made_of, tensors
from .training_pictures import sample_sheet

MOUTH = ((0.48, 0.70), (0.30, 0.70))
"""Rows and columns of a crop in which lips and teeth lie, as shares of its size."""


@dataclass(frozen=True)
class Numbers:
    """One clip's held-out frames. psnr_db: inside the hole, in network space. mouth_db: PSNR around the lips.
    sharpness: high-frequency energy around the lips, of the truth's.
    """

    clip: str
    frames: int
    psnr_db: float
    mouth_db: float
    sharpness: float

    def to_json(self) -> dict:
        return asdict(self)


def judge(network: IPTalker, parts: Sequence[Part], rows: Sequence[np.ndarray]) -> list[Numbers]:
    """The numbers of each part's `rows`; the last entry is the mean of all."""
    sampler = FaceSampler(parts, network.config, 1, augment=False)
    found = []
    for index, (part, chosen) in enumerate(zip(parts, rows, strict=True)):
        batch = tensors(sampler.fixed(index, chosen), device_of(network))
        with torch.no_grad():
            made = made_of(network.eval(), batch)[0]
        truth, hole = batch["truth"], batch["hole"]
        height, width = truth.shape[-2:]
        (top, low), (left, right) = MOUTH
        around = (..., slice(round(top * height), round(low * height)),
                  slice(round(left * width), round(right * width)))
        lips, true_lips = made[around], truth[around]
        sharpness = fine_energy(lips) / fine_energy(true_lips)
        found.append(Numbers(
            part.pack.name, len(chosen), psnr(made, truth, hole), psnr(lips, true_lips), sharpness))
    means = {name: float(np.mean([getattr(one, name) for one in found]))
             for name in ("psnr_db", "mouth_db", "sharpness")}
    return [*found, Numbers("mean", sum(one.frames for one in found), **means)]


def psnr(made: Tensor, truth: Tensor, weight: Tensor | None = None) -> float:
    """Mean over frames of the PSNR, dB, of pictures (N, 3, h, w), where `weight` (N, 1, h, w) is 1."""
    weight = torch.ones_like(truth[:, :1]) if weight is None else weight
    wrong = ((made - truth).square() * weight).sum(dim=(1, 2, 3)) / (3 * weight.sum(dim=(1, 2, 3)))
    return float((-10 * torch.log10(wrong.clamp(min=1e-10))).mean())


def fine_energy(pictures: Tensor) -> float:
    """Mean square of the second difference (Laplace) of luminance."""
    grey = pictures.mean(dim=1, keepdim=True)
    kernel = grey.new_tensor([[0, 1, 0], [1, -4, 1], [0, 1, 0]])[None, None]
    return float(torch.nn.functional.conv2d(grey, kernel).square().mean().clamp(min=1e-12))


def table(numbers: Sequence[Numbers], before: Sequence[Numbers] = ()) -> str:
    """Markdown; `before` adds what the network gave before it was trained."""
    head = "| clip | frames | PSNR in the hole, dB | around the lips, dB | sharpness |"
    lines = [head, "|---|---|---|---|---|"]
    for index, one in enumerate(numbers):
        was = before[index] if before else None
        cells = [
            f"{getattr(one, name):.2f}" + (f" ({getattr(was, name):.2f})" if was else "")
            for name in ("psnr_db", "mouth_db", "sharpness")]
        lines.append(f"| {one.clip} | {one.frames} | {' | '.join(cells)} |")
    return "\n".join(lines)


def write_sheet(
    network: IPTalker, parts: Sequence[Part], rows: Sequence[np.ndarray], path: Path, title: str,
) -> None:
    """A row of each part: hidden, warped, made, truth."""
    sampler = FaceSampler(parts, network.config, 1, augment=False)
    lines = []
    for index, part in enumerate(parts):
        row = rows[index][len(rows[index]) // 2]
        batch = tensors(sampler.fixed(index, [row]), device_of(network))
        with torch.no_grad():
            made, flows, weights = made_of(network.eval(), batch)
            warped = merged(batch["references"], flows, weights)
        hidden = batch["truth"] * (1 - batch["hole"])
        pictures = [as_bytes(one)[0] for one in (hidden, warped, made, batch["truth"])]
        lines.append((f"{part.pack.name} {part.pack.frames[row]}", pictures))
    sample_sheet(lines, path, title=title)


def as_bytes(pictures: Tensor) -> np.ndarray:
    """(N, 3, H, W), 0 to 1, as uint8 (N, H, W, 3)."""
    return face_pack.as_bytes(pictures.permute(0, 2, 3, 1).cpu().numpy())
