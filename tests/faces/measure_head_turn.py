"""Print the table of decision 0011: what of jaw and width neither the lips nor the head's turn explain.

    python tests/faces/measure_head_turn.py CLIP...

Each movie is tracked once; the cache keeps that.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from shared_core.faces.canonical import MouthSpace, jaw, opening, width
from shared_core.faces.head_turn import _CURVE_DOUBT, _TURN_DOUBT, turned_away
from shared_core.faces.mouth_modes import PUCKER, SMILE
from shared_core.tuning.drive_data import kept_track
from shared_core.values import Track

FOLDS = 5


def left_over(track: Track) -> list[float]:
    """Standard deviations, mouth widths: of jaw and of width, each without and with the turn's terms."""
    canonical = MouthSpace.fit(track).canonical(track.landmarks[track.present])
    blendshapes = track.blendshapes[track.present].astype(float)
    apart = opening(canonical)
    yaw, pitch = turned_away(track, apart).T
    lips = np.stack([apart, blendshapes[:, PUCKER], blendshapes[:, SMILE].mean(axis=1)], axis=1)
    turn = np.stack([yaw, pitch, yaw * yaw, pitch * pitch, yaw * pitch], axis=1)
    both = np.concatenate([lips, turn], axis=1)
    doubt = np.array([*[_CURVE_DOUBT] * lips.shape[1], *_TURN_DOUBT])
    return [
        float(_unseen(features, doubt[: features.shape[1]], measured(canonical)).std())
        for measured in (jaw, width) for features in (lips, both)
    ]


def _unseen(features: np.ndarray, doubt: np.ndarray, values: np.ndarray) -> np.ndarray:
    """What a ridge of `values` (N,) on `features` (N, F) leaves of each fifth, which it did not see."""
    left = np.empty(len(values))
    for part in np.array_split(np.arange(len(values)), FOLDS):
        others = np.setdiff1d(np.arange(len(values)), part)
        middle, usual = features[others].mean(axis=0), values[others].mean()
        seen = features[others] - middle
        gram = seen.T @ seen + len(seen) * np.diag(np.square(doubt))
        slopes = np.linalg.solve(gram, seen.T @ (values[others] - usual))
        left[part] = values[part] - usual - (features[part] - middle) @ slopes
    return left


if __name__ == "__main__":
    print("| clip | jaw | and the turn | width | and the turn |\n|---|---|---|---|---|")
    for clip in map(Path, sys.argv[1:]):
        numbers = " | ".join(f"{value:.3f}" for value in left_over(kept_track(clip)))
        print(f"| {clip.stem} | {numbers} |", flush=True)
