"""IPTalker as operators run it: numpy in, numpy out, the references' part computed once."""

from __future__ import annotations

import functools
import os

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ... import models
from ...models.safetensors_file import read_safetensors
from ...spec.errors import ModelError
from ...values import Checkpoint, ReferenceFaces
from .checkpoint import network_of
from .network import IPTalker, Seen, merged, sharpened

SHIPPED = "iptalker_preview"
"""The name under which models.toml pins the base that comes with Dubnodes."""
DEVICE = "DUB_DEVICE"
"""Environment: cpu (where it is not set), cuda, or another of torch's names."""
BATCH = 32
"""Frames that are aligned at once; the last ones are filled up, since another batch size gives other bits."""

Looked = tuple[Tensor, Tensor, Tensor]


class Runner:
    """One checkpoint, ready to run. key: its sha256."""

    def __init__(self, network: IPTalker, key: str, device: torch.device) -> None:
        self.config, self.key = network.config, key
        self._network, self._device = network.to(device), device
        self._seen: tuple[ReferenceFaces, Seen, Tensor] | None = None
        self._looked: tuple[np.ndarray, np.ndarray, Looked] | None = None

    def see(self, references: ReferenceFaces) -> Seen:
        """What depends on the references alone; kept until others come.

        Raises ModelError where they are not as many as the network was made for.
        """
        if self._seen is None or self._seen[0] is not references:
            wanted = self.config.references
            if len(references.frames) != wanted:
                raise ModelError(
                    f"{len(references.frames)} references; this network takes {wanted}: set References so")
            full = self._tensor(references.pictures)
            small = functional.interpolate(full, (self.config.height, self.config.width), mode="area")
            with torch.inference_mode():
                self._seen = (references, self._network.see(small), full)
        return self._seen[1]

    def align(
        self, references: ReferenceFaces, speech: np.ndarray, curves: np.ndarray, known: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """v_alg (N, D) and attention (N, R), float32.

        speech: (N, WINDOW, depth). curves: (N, WINDOW, 4). known: (N, 2); see AudioEncoder.
        """
        tokens = self.see(references).tokens
        styles, attentions = [], []
        for first in range(0, len(known), BATCH):
            rows = np.minimum(np.arange(first, first + BATCH), len(known) - 1)
            given = (torch.from_numpy(np.ascontiguousarray(part[rows], np.float32)).to(self._device)
                     for part in (speech, curves, known))
            with torch.inference_mode():
                style, attention = self._network.align(tokens.expand(BATCH, -1, -1), *given)
            styles.append(style.float().cpu().numpy())
            attentions.append(attention.float().cpu().numpy())
        return np.concatenate(styles)[: len(known)], np.concatenate(attentions)[: len(known)]

    def move(
        self, source: np.ndarray, hole: np.ndarray, references: ReferenceFaces, style: np.ndarray,
        prior: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Vectors (R, h, w, 2), px of the grid of `prior` (the same shape), and shares (R, h, w), float32.

        source: (H, W, 3) in network space, of the configuration's size. hole: (H, W). style: (D,).
        """
        seen = self.see(references)
        with torch.inference_mode():
            flows, weights = self._network.move(
                *self._look(source, hole), seen, torch.from_numpy(style[None]).to(self._device),
                self._flows(prior))
        vectors = flows[0].permute(0, 2, 3, 1).cpu().numpy()
        return np.ascontiguousarray(vectors), np.ascontiguousarray(weights[0].cpu().numpy())

    def paint(
        self, source: np.ndarray, hole: np.ndarray, references: ReferenceFaces, vectors: np.ndarray,
        share: np.ndarray,
    ) -> np.ndarray:
        """The picture (H, W, 3), network space."""
        seen = self.see(references)
        with torch.inference_mode():
            made = self._network.paint(*self._look(source, hole), seen, *self._motion(vectors, share))
        return made[0].permute(1, 2, 0).float().cpu().numpy()

    def _look(self, source: np.ndarray, hole: np.ndarray) -> Looked:
        """Source, hole and the source's features; those of the frame that was looked at last are kept: it is
        moved first and painted then.
        """
        last = self._looked
        if last is None or not (np.array_equal(last[0], source) and np.array_equal(last[1], hole)):
            kept = source.copy(), hole.copy()
            tensors = self._tensor(kept[0][None]), self._tensor(kept[1][None, ..., None])
            self._looked = last = *kept, (*tensors, self._network.look(*tensors))
        return last[2]

    def texture(self, references: ReferenceFaces, vectors: np.ndarray, share: np.ndarray) -> np.ndarray:
        """What the references' own size has and the network's has not, moved along: (h, w, 3), about 0."""
        self.see(references)
        full = self._seen[2]
        with torch.inference_mode():
            flows, weights = self._motion(vectors, share)
            moved = merged(full, flows, sharpened(weights))
            coarse = functional.interpolate(moved, (self.config.height, self.config.width), mode="area")
            size = moved.shape[-2:]
            fine = moved - functional.interpolate(coarse, size, mode="bicubic", align_corners=False)
        return fine[0].permute(1, 2, 0).cpu().numpy()

    def _motion(self, vectors: np.ndarray, share: np.ndarray) -> tuple[Tensor, Tensor]:
        return self._flows(vectors), torch.from_numpy(np.ascontiguousarray(share))[None].to(self._device)

    def _flows(self, vectors: np.ndarray) -> Tensor:
        """(R, h, w, 2) as a tensor (1, R, 2, h, w)."""
        return self._tensor(vectors)[None]

    def _tensor(self, pictures: np.ndarray) -> Tensor:
        """(B, H, W, C) as a tensor (B, C, H, W), float32."""
        array = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), np.float32)
        return torch.from_numpy(array).to(self._device)


def runner_of(checkpoint: Checkpoint | None) -> Runner:
    """The runner of a checkpoint, or of the shipped base; two are kept.

    Raises ModelError where it is damaged, of another architecture, or $DUB_DEVICE names no device here.
    """
    if checkpoint is None:
        return _shipped(_device())
    return _brought(_Keyed(checkpoint), _device())


def network_for(checkpoint: Checkpoint | None) -> IPTalker:
    """The network itself, a copy of one's own, for training."""
    if checkpoint is None:
        path = models.path(SHIPPED)
        return network_of(*read_safetensors(path), str(path))
    return network_of(checkpoint.arrays, checkpoint.facts, checkpoint.where)


def base_facts(checkpoint: Checkpoint | None) -> dict[str, str]:
    """What its header says."""
    return dict(read_safetensors(models.path(SHIPPED))[1] if checkpoint is None else checkpoint.facts)


class _Keyed:
    """A checkpoint that equals another of the same bytes."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and other.checkpoint.key == self.checkpoint.key

    def __hash__(self) -> int:
        return hash(self.checkpoint.key)


@functools.lru_cache(maxsize=2)
def _brought(keyed: _Keyed, device: torch.device) -> Runner:
    given = keyed.checkpoint
    return Runner(network_of(given.arrays, given.facts, given.where), given.key, device)


@functools.lru_cache(maxsize=2)
def _shipped(device: torch.device) -> Runner:
    path = models.path(SHIPPED)
    arrays, facts = read_safetensors(path)
    return Runner(network_of(arrays, facts, str(path)), models.entry(SHIPPED).sha256, device)


def _device() -> torch.device:
    name = os.environ.get(DEVICE, "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        said = str(error).splitlines()[0]
        raise ModelError(f"${DEVICE} is {name!r}, which is not there ({said}); expected cpu") from None
    return device
