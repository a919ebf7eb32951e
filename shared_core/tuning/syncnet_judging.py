"""How well a lip-sync expert tells true from shifted pairs: the area under the ROC curve.

For every window its own sound is one true pair, and the clip's sound NEAREST to FARTHEST moments (200 to
600 ms) earlier and later are the false ones. The same with the mean score over each second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch

from ..networks.syncnet.model import SyncNet
from ..networks.syncnet.windows import SHIFTS, auc
from .syncnet_data import SyncClip, around, middle

SECOND = 25
"""Moments of a second."""


@dataclass(frozen=True)
class SyncNumbers:
    """One clip, or several together. auc, auc_second: single windows, and means over a second; NaN where the
    part is too short. windows: how many. true, shifted: mean scores.
    """

    name: str
    windows: int
    auc: float
    auc_second: float
    true: float
    shifted: float

    def to_json(self) -> dict:
        """Plain numbers; None for NaN."""
        return {key: None if value != value else value for key, value in asdict(self).items()}


@dataclass(frozen=True, eq=False)
class _Scores:
    true: np.ndarray
    shifted: np.ndarray
    true_second: np.ndarray
    shifted_second: np.ndarray


def judge(
    network: SyncNet, parts: Sequence[tuple[SyncClip, np.ndarray]], together: str = "all",
) -> list[SyncNumbers]:
    """Numbers of each clip's allowed moments (J,), and last of them pooled under the name `together`.

    Clips that are not heard, or whose part has no shifted pair, are left out.
    """
    found = [(clip.name, _scores(network, clip, allowed)) for clip, allowed in parts if clip.heard]
    found = [(name, scores) for name, scores in found if len(scores.shifted)]
    if not found:
        return []
    pooled = _Scores(*(
        np.concatenate([getattr(scores, field) for _, scores in found])
        for field in ("true", "shifted", "true_second", "shifted_second")
    ))
    return [_numbers(name, scores) for name, scores in (*found, (together, pooled))]


def _numbers(name: str, scores: _Scores) -> SyncNumbers:
    return SyncNumbers(
        name, len(scores.true), auc(scores.true, scores.shifted),
        auc(scores.true_second, scores.shifted_second),
        float(scores.true.mean()), float(scores.shifted.mean()),
    )


@torch.no_grad()
def _scores(network: SyncNet, clip: SyncClip, allowed: np.ndarray) -> _Scores:
    centres = clip.centres(allowed)
    if not len(centres):
        return _Scores(*([np.zeros(0)] * 4))
    seen, heard = embedded(network, clip, centres)
    position = np.full(len(clip.rows), -1)
    position[centres] = np.arange(len(centres))
    by_shift = {}
    for shift in (0, *SHIFTS):
        other = centres + shift
        inside = (other >= 0) & (other < len(position))
        inside[inside] = position[other[inside]] >= 0
        scores = np.full(len(clip.rows), np.nan)
        pairs = seen[inside], heard[position[other[inside]]]
        scores[centres[inside]] = network.score(*map(torch.from_numpy, pairs)).numpy()
        by_shift[shift] = scores
    seconds = {shift: _second_means(scores) for shift, scores in by_shift.items()}
    return _Scores(
        _present(by_shift[0]), np.concatenate([_present(by_shift[shift]) for shift in SHIFTS]),
        _present(seconds[0]), np.concatenate([_present(seconds[shift]) for shift in SHIFTS]))


@torch.no_grad()
def embedded(network: SyncNet, clip: SyncClip, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of the clip's pictures and of its sound around `centres` (M,): float32 (M, embedding) each."""
    network.eval()
    moments = around(centres)
    rows, where = np.unique(clip.rows[moments], return_inverse=True)
    features = []
    for first in range(0, len(rows), 128):
        some = torch.from_numpy(middle(clip.mouths[rows[first : first + 128]]).astype(np.float32) / 255)
        features.append(network.frames(some))
    seen = network.see_frames(torch.cat(features)[torch.from_numpy(where.reshape(moments.shape))])
    heard = network.hear(torch.from_numpy(clip.speech[moments]))
    return seen.numpy(), heard.numpy()


def _second_means(scores: np.ndarray) -> np.ndarray:
    """The mean of each SECOND scores on end; NaN where one of them is."""
    if len(scores) < SECOND:
        return np.zeros(0)
    return np.lib.stride_tricks.sliding_window_view(scores, SECOND).mean(axis=1)


def _present(scores: np.ndarray) -> np.ndarray:
    return scores[~np.isnan(scores)]


def table(numbers: Sequence[SyncNumbers]) -> str:
    """The numbers as a Markdown table."""
    heads = "clip", "windows", "AUC", "AUC over 1 s", "score, true", "score, shifted"
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for one in numbers:
        second = "-" if one.auc_second != one.auc_second else f"{one.auc_second:.3f}"
        lines.append(
            f"| {one.name} | {one.windows} | {one.auc:.3f} | {second} | {one.true:.2f} | {one.shifted:.2f} |")
    return "\n".join(lines)
