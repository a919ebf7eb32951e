"""Whether something covers the mouth, and a fade that lets nothing pop.

Two signs. The jittered crops disagree about the lips. And the skin does not look like this person's:
the colours at the landmarks around the mouth, against the cheeks of the same frame, are predicted
from pose and mouth shape by a robust fit over the shot; a hand, a cup or a microphone is not
explained by it. What is found so is followed in time for as long as a plainer model (the shot's
commonest looks) still disagrees. A cover that stays for most of the shot becomes part of the model
and is not seen: there the artist's matte has to help.
"""

from __future__ import annotations

import cv2
import numpy as np

from .search import face_size
from .topology import AROUND_MOUTH, CHEEKS

PATCH = 96
FEWEST_FRAMES = 24
MOST_FITTED = 600
# Disagreement with the fit, as a share of the skin's lightness, that three quarters of the points
# stay below. Free mouths of the development footage stay under .05, covered ones reach .08 to .30.
LOOKS_FREE, LOOKS_COVERED = 0.06, 0.10
# A plainer model's disagreement that keeps a cover going, once found.
STILL_COVERED = 0.062
# The crops' disagreement on the lips, in mouth widths.
SPREAD_FREE, SPREAD_COVERED = 0.06, 0.16
_PLACES = list(AROUND_MOUTH + CHEEKS)


def skin_samples(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Colours at the landmarks AROUND_MOUTH and CHEEKS: uint8 sRGB (152, 3).

    picture: uint8 crop of a face (S, S, 3). points: (478, 2), its px. Each colour is a mean over
    about 3 % of the face.
    """
    small = cv2.resize(picture, (PATCH, PATCH), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 1.0)
    places = points[_PLACES] * (PATCH / len(picture)) - 0.5
    x, y = places.T.astype(np.float32)[:, None]
    return cv2.remap(small, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]


def cover_score(
    samples: np.ndarray, mouth_spread: np.ndarray, points: np.ndarray, pose: np.ndarray,
    sensitivity: float = 1.0,
) -> np.ndarray:
    """Score 0 (free) to 1 (covered) of each frame with a face: float32 (N,).

    samples: uint8 (N, 152, 3). mouth_spread: (N,), mouth widths. points: (N, 478, 2 or more), square
    px. pose: (N, 4, 4). sensitivity: divides all limits; 0 sees no cover at all. Fewer than
    FEWEST_FRAMES frames say nothing about looks.
    """
    if sensitivity <= 0:
        return np.zeros(len(samples), np.float32)
    by_spread = _ramp(mouth_spread * sensitivity, SPREAD_FREE, SPREAD_COVERED)
    if len(samples) < FEWEST_FRAMES:
        return by_spread.astype(np.float32)
    colours = _against_cheeks(samples)
    unexplained = _disagreement(colours - _predicted(colours, _posture(points, pose)), components=3)
    # A dark or noisy plate disagrees more all along: its own median moves the limits.
    slack = max(1.0, 2.2 * float(np.median(unexplained)) / LOOKS_FREE) / sensitivity
    by_looks = _ramp(unexplained, LOOKS_FREE * slack, LOOKS_COVERED * slack)
    unusual = _disagreement(colours - np.median(colours, axis=0), components=6)
    held = _held(by_looks, unusual > STILL_COVERED * slack)
    return np.maximum(by_spread, held).astype(np.float32)


def _ramp(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.clip((np.asarray(values, float) - low) / (high - low), 0, 1)


def _against_cheeks(samples: np.ndarray) -> np.ndarray:
    """Lab differences around the mouth from the cheeks', over the cheeks' lightness: (N, 114, 3)."""
    lab = cv2.cvtColor(samples.reshape(len(samples), -1, 3), cv2.COLOR_RGB2LAB).astype(np.float64)
    cheeks = np.median(lab[:, len(AROUND_MOUTH) :], axis=1)[:, None]
    return (lab[:, : len(AROUND_MOUTH)] - cheeks) / (cheeks[..., :1] + 60) * (2, 5, 5)


def _posture(points: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """What changes skin without a cover: turn, nod, roll, mouth opening and width, jaw: (N, 9)."""
    turn = pose[:, :3, :3] / np.cbrt(np.maximum(np.linalg.det(pose[:, :3, :3]), 1e-9))[:, None, None]
    yaw, pitch, roll = turn[:, 0, 2], turn[:, 1, 2], turn[:, 1, 0]
    size = np.array([face_size(face) for face in points])

    def span(a: int, b: int) -> np.ndarray:
        return np.linalg.norm(points[:, a, :2] - points[:, b, :2], axis=1) / size

    causes = np.stack([yaw, pitch, roll, span(13, 14), span(61, 291), span(2, 152), yaw**2, pitch**2], 1)
    causes = (causes - np.median(causes, axis=0)) / (causes.std(axis=0) + 1e-3)
    return np.concatenate([np.ones((len(causes), 1)), np.clip(causes, -3, 3)], axis=1)


def _predicted(colours: np.ndarray, posture: np.ndarray) -> np.ndarray:
    """The colours that the posture explains: ridge regression, frames that fit badly weighing little."""
    flat = colours.reshape(len(colours), -1)
    penalty = 0.02 * np.diag([0.0] + [1.0] * (posture.shape[1] - 1))
    weight = np.ones(len(flat))
    for _ in range(8):
        weighted = (posture * (weight / weight.sum())[:, None]).T
        fit = posture @ np.linalg.solve(weighted @ posture + penalty, weighted @ flat)
        error = np.quantile(np.abs(colours - fit.reshape(colours.shape)).mean(axis=2), 0.75, axis=1)
        weight = 1 / np.maximum(error, 0.02) ** 2
    return fit.reshape(colours.shape)


def _disagreement(residual: np.ndarray, components: int) -> np.ndarray:
    """What is left (N,) beside the few ways in which the calmer half of the frames varies."""
    flat = residual.reshape(len(residual), -1)
    left = residual
    for _ in range(4):
        error = np.quantile(np.abs(left).mean(axis=2), 0.75, axis=1)
        calm = np.flatnonzero(error <= np.quantile(error, 0.55))
        calm = calm[:: -(-len(calm) // MOST_FITTED)]
        basis = np.linalg.svd(flat[calm], full_matrices=False)[2][: min(components, len(calm) // 6)]
        left = (flat - flat @ basis.T @ basis).reshape(residual.shape)
    return np.quantile(np.abs(left).mean(axis=2), 0.75, axis=1)


def _held(score: np.ndarray, still: np.ndarray) -> np.ndarray:
    """Carry a score of a full cover over neighbours for which `still` holds, in both directions."""
    out = score.copy()
    for order in (range(1, len(out)), range(len(out) - 2, -1, -1)):
        for row in order:
            before = row - order.step
            if still[row] and out[before] >= 1:
                out[row] = 1.0
    return out


def fade(
    score: np.ndarray, frames: np.ndarray, cuts: tuple[int, ...], attack: int, release: int
) -> np.ndarray:
    """Spread each frame's score over its neighbours, so that a cover fades in ahead and out after.

    score: (N,), 0 to 1. attack: frames before a cover over which it comes up. release: frames
    after it over which it goes. Nothing fades across a cut. Returns float32 (N,).
    """
    scene = np.searchsorted(np.asarray(cuts, np.int64), frames, side="right")
    out = np.asarray(score, np.float64).copy()
    for distance in range(1, min(max(attack, release), len(out) - 1) + 1):
        same = scene[distance:] == scene[:-distance]
        if distance <= attack:
            coming = score[distance:] * (1 - distance / (attack + 1)) * same
            out[:-distance] = np.maximum(out[:-distance], coming)
        if distance <= release:
            going = score[:-distance] * (1 - distance / (release + 1)) * same
            out[distance:] = np.maximum(out[distance:], going)
    return out.astype(np.float32)
