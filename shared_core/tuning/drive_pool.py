"""The linear half of the drive: reduction of the features, the pool's sums, the clips' offsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from ..networks.mouth_from_speech.context import at, reduced, stacked
from ..networks.mouth_from_speech.refit import solve
from ..networks.mouth_from_speech.sync import scan
from ..networks.mouth_from_speech.weights import DriveNetwork
from .drive_data import DriveTake, Say

_WHITENING = 0.25
_POSE_DOUBT_S = 60.0
"""So long a clip is needed until half of what follows its head's turn is taken for the turn's doing."""


@dataclass(frozen=True)
class Plan:
    """How the drive is trained.

    components: numbers that a step's features are reduced to. steps: of context, step_s apart. penalty:
    of the ridge. gru_share: of the recurrent networks in the average; gru_share_refit: what of it stays after
    a refit. seeds, inner, hidden, dropout, iterations: of the recurrent networks. folds: blocks of each clip
    that are held out in turn, to know the numbers. rounds: of looking for the clips' offsets.

    The values were chosen on few clips: more dropout and a larger penalty than held-out seconds of the same
    speakers ask for, since strangers need them.
    """

    components: int = 96
    steps: int = 11
    step_s: float = 0.02
    penalty: float = 2.0
    gru_share: float = 0.5
    gru_share_refit: float = 0.8
    seeds: tuple[int, ...] = (1, 2, 3)
    inner: int = 64
    hidden: int = 48
    dropout: float = 0.5
    iterations: int = 400
    folds: int = 4
    rounds: int = 6


@dataclass(frozen=True, eq=False)
class Heard:
    """One clip on the network's steps.

    steps_s: (T,), the steps' times. values: (T, K). scores: (T, 4), z-scores of the mouth at that
    sound, the clip's offset taken out. known: bool (T,), where the mouth shows.
    """

    take: DriveTake
    offset_s: float
    steps_s: np.ndarray
    values: np.ndarray
    scores: np.ndarray
    known: np.ndarray

    def standardised(self, chosen: np.ndarray) -> Heard:
        """The same with z-scores of the chosen steps alone.

        Left as they are, the mean of what may be learnt from would tell the mean of what may not.
        """
        own = self.scores[self.part(chosen)]
        return replace(self, scores=(self.scores - own.mean(axis=0)) / own.std(axis=0).clip(1e-6))

    def part(self, chosen: np.ndarray) -> np.ndarray:
        """The steps that are known and chosen, bool (T,)."""
        return self.known & chosen


def reduction(takes: Sequence[DriveTake], plan: Plan) -> dict[str, np.ndarray]:
    """Mean, scale and principal components of the features, each clip centred on its own mean."""
    parts = [take.speech.features.astype(np.float64) for take in takes]
    mean = np.concatenate(parts).mean(axis=0)
    centred = np.concatenate([part - part.mean(axis=0) for part in parts])
    scale = centred.std(axis=0) + 1e-6
    scaled = centred / scale
    variances, vectors = np.linalg.eigh(scaled.T @ scaled / len(scaled))
    count = min(plan.components, len(mean))
    chosen = np.argsort(variances)[::-1][:count]
    # Strong components stay stronger than weak ones: fully whitened, the weak ones' noise is learnt.
    basis = vectors[:, chosen] / np.maximum(variances[chosen], 1e-6) ** (0.5 * _WHITENING)
    basis /= np.sqrt(np.mean(np.square(scaled @ basis)))
    # An eigenvector's sign is any library's choice.
    basis *= np.sign(basis[np.abs(basis).argmax(axis=0), np.arange(count)])
    return {"normal.mean": mean, "normal.scale": scale, "normal.basis": basis}


def without_pose(take: DriveTake) -> np.ndarray:
    """z-scores (N, 4) of a clip's mouth, less what follows the turn of the head in a straight line.

    The curves are those of a head that faces ahead, but for the opening and the pucker, which stay as the
    picture shows them; what of these goes with a nod cannot be heard. In a short clip the two go together
    by chance: there little is taken away.
    """
    turns = Rotation.from_matrix(take.track.pose[take.curves.rows][:, :3, :3].astype(float)).as_rotvec()
    turns = np.concatenate([turns, np.square(turns - turns.mean(axis=0))], axis=1)
    turns = (turns - turns.mean(axis=0)) / (turns.std(axis=0) + 1e-6)
    scores = take.curves.scores
    doubt = len(turns) * (0.05 + _POSE_DOUBT_S / take.length)
    explained = turns @ np.linalg.solve(turns.T @ turns + doubt * np.eye(6), turns.T @ scores)
    left = scores - explained
    return left / left.std(axis=0).clip(1e-6)


def hear(take: DriveTake, network: DriveNetwork, offset_s: float) -> Heard:
    """Put one clip on the network's steps."""
    steps_s, values = reduced(take.speech, network)
    seen = take.curves.seconds
    moments = steps_s - offset_s
    frame = float(np.median(np.diff(seen)))
    nearest = np.clip(np.searchsorted(seen, moments), 1, len(seen) - 1)
    known = (moments >= seen[0]) & (moments <= seen[-1]) & (seen[nearest] - seen[nearest - 1] < 2.5 * frame)
    return Heard(take, offset_s, steps_s, values, at(without_pose(take), seen, moments), known)


def sums(heard: Heard, chosen: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray, int]:
    """X^T X, X^T Y and the number of rows over the chosen steps of one clip."""
    rows = stacked(heard.values, steps)[heard.part(chosen)]
    return rows.T @ rows, rows.T @ heard.scores[heard.part(chosen)], len(rows)


def pooled(parts: Sequence[tuple[np.ndarray, np.ndarray, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Mean X^T X and X^T Y of a row over all clips."""
    count = max(1, sum(part[2] for part in parts))
    return sum(part[0] for part in parts) / count, sum(part[1] for part in parts) / count


def find_offsets(
    takes: Sequence[DriveTake], network: DriveNetwork, plan: Plan, say: Say = lambda text: None
) -> dict[str, float]:
    """Each clip's sound-to-picture offset, s, by what the other clips teach of it.

    Scans, trains again with what was found, and scans again. Together the clips could all be shifted:
    the middle clip is taken to be in sync.
    """
    offsets = {take.name: 0.0 for take in takes}
    for round_number in range(plan.rounds if len(takes) > 1 else 0):
        found = _scanned(takes, network, plan, offsets)
        middle = float(np.median(list(found.values())))
        found = {name: offset - middle for name, offset in found.items()}
        moved = max(abs(found[name] - offsets[name]) for name in found)
        offsets = found
        say(f"offsets, round {round_number + 1}: moved by {1000 * moved:.0f} ms at most")
        if moved < 0.005:
            break
    return offsets


def _scanned(
    takes: Sequence[DriveTake], network: DriveNetwork, plan: Plan, offsets: dict[str, float]
) -> dict[str, float]:
    heard = [hear(take, network, offsets[take.name]) for take in takes]
    parts = [sums(one, np.ones(len(one.known), bool), plan.steps) for one in heard]
    found = {}
    for own, one in enumerate(heard):
        gram, cross = pooled([part for number, part in enumerate(parts) if number != own])
        coefficients = solve(gram, cross, plan.penalty)
        predicted = stacked(one.values, plan.steps) @ coefficients
        found[one.take.name] = scan(one.steps_s, predicted, one.take.speech, one.take.curves).offset_s
    return found
