"""A person's own mouth space: pose removed, the closed mouth as zero, the mouth's width as unit.

Convention: canonical points are (..., 2), x to the right along the eye line, y down, in units of the
person's neutral mouth width, origin midway between the neutral mouth's corners. Depth is not used:
MediaPipe's z was measured to add noise, not information.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..spec.errors import FaceError
from ..values import Track
from .topology import CHIN, EYE_CORNERS, INNER_PAIRS, MOUTH_CORNERS, UPPER_FACE

_UPPER = np.array(UPPER_FACE)


def _complex(points: np.ndarray) -> np.ndarray:
    return points[..., 0] + 1j * points[..., 1]


@dataclass(frozen=True)
class Pose:
    """A similarity from canonical to square pixels, one a frame: `pixel = turn * point + shift`.

    turn, shift: complex (N,); the modulus of `turn` is the neutral mouth's width in px.
    """

    turn: np.ndarray
    shift: np.ndarray

    def place(self, points: np.ndarray) -> np.ndarray:
        """Canonical (N, P, 2) to square pixels (N, P, 2)."""
        return self._split(self.turn[:, None] * _complex(points) + self.shift[:, None])

    def remove(self, points: np.ndarray) -> np.ndarray:
        """Square pixels (N, P, 2) to canonical (N, P, 2)."""
        return self._split((_complex(points) - self.shift[:, None]) / self.turn[:, None])

    @staticmethod
    def _split(values: np.ndarray) -> np.ndarray:
        return np.stack([values.real, values.imag], axis=-1)


def fit_similarity(source: np.ndarray, target: np.ndarray) -> Pose:
    """The similarities (turn, scale, shift) that lay `source` (P, 2) best on each `target` (N, P, 2).

    Least squares, in closed form over the complex plane (Procrustes without reflection).
    """
    a, b = _complex(source), _complex(target)
    a_mean, b_mean = a.mean(), b.mean(axis=-1)
    centred = a - a_mean
    turn = ((b - b_mean[:, None]) @ centred.conj()) / np.sum(np.abs(centred) ** 2)
    return Pose(turn, b_mean - turn * a_mean)


def fit_template(template: np.ndarray, shapes: np.ndarray) -> Pose:
    """Where `template` (P, 2) lies in each of `shapes` (N, P, 2), with the error counted at the template.

    The inverse of the similarity that lays each shape best on the template. It differs from
    `fit_similarity` where a turned head does not fit: that one would shrink the template.
    """
    a, b = _complex(template), _complex(shapes)
    a_mean, b_mean = a.mean(), b.mean(axis=-1)
    centred = b - b_mean[:, None]
    turn = np.sum(np.abs(centred) ** 2, axis=-1) / (centred.conj() @ (a - a_mean))
    return Pose(turn, b_mean - turn * a_mean)


def square(landmarks: np.ndarray, pixel_aspect: float) -> np.ndarray:
    """Plate pixels (..., 2 or more) to square pixels (..., 2), in float64."""
    return landmarks[..., :2].astype(np.float64) * (pixel_aspect, 1.0)


def opening(points: np.ndarray) -> np.ndarray:
    """Distance of the inner lips, mean of three pairs in the middle; canonical units or px, (...,)."""
    upper, lower = np.array(INNER_PAIRS).T
    return np.linalg.norm(points[..., upper, :] - points[..., lower, :], axis=-1).mean(axis=-1)


def gap(points: np.ndarray) -> np.ndarray:
    """The opening with a sign: below 0 where canonical lips overlap, (...,)."""
    upper, lower = np.array(INNER_PAIRS).T
    return (points[..., lower, 1] - points[..., upper, 1]).mean(axis=-1)


def width(points: np.ndarray) -> np.ndarray:
    """Distance of the mouth's corners; canonical units or px, (...,)."""
    left, right = MOUTH_CORNERS
    return np.linalg.norm(points[..., left, :] - points[..., right, :], axis=-1)


def jaw(points: np.ndarray) -> np.ndarray:
    """Height of the chin, mean of its points' y; canonical units, larger is lower, (...,)."""
    return points[..., list(CHIN), 1].mean(axis=-1)


@dataclass(frozen=True)
class MouthSpace:
    """What makes one person's faces comparable: the rigid part's middle shape and the closed mouth.

    upper: (U, 2) canonical UPPER_FACE. neutral: (478, 2) canonical, lips closed.
    pixel_aspect: width of the plate's pixel over its height.
    """

    upper: np.ndarray
    neutral: np.ndarray
    pixel_aspect: float

    @classmethod
    def fit(cls, track: Track) -> MouthSpace:
        """Learn the space from all frames of `track` that show the face.

        Raises FaceError where there is none.
        """
        seen = track.present
        if not seen.any():
            raise FaceError("the track shows no face in any frame; choose another seed or other footage")
        points = square(track.landmarks[seen], track.pixel_aspect)
        upper = middle_shape(points[:, _UPPER])
        canonical = fit_template(upper, points[:, _UPPER]).remove(points)
        neutral = _closed_neutral(canonical)
        level = _levelled(neutral)
        return cls(*(level.remove(part[None])[0] for part in (upper, neutral)), track.pixel_aspect)

    @cached_property
    def closed_opening(self) -> float:
        """What the landmarks call an opening on closed lips, in mouth widths (about .02 to .07)."""
        return float(opening(self.neutral))

    def pose(self, landmarks: np.ndarray) -> Pose:
        """Where the head is, from plate-pixel landmarks (N, 478, 2 or more)."""
        return fit_template(self.upper, square(landmarks[:, _UPPER], self.pixel_aspect))

    def canonical(self, landmarks: np.ndarray) -> np.ndarray:
        """Plate-pixel landmarks (N, 478, 2 or more) to canonical (N, 478, 2)."""
        return self.pose(landmarks).remove(square(landmarks, self.pixel_aspect))

    def to_plate(self, canonical: np.ndarray, pose: Pose) -> np.ndarray:
        """Canonical (N, P, 2) to plate pixels (N, P, 2), the pixel aspect put back."""
        return pose.place(canonical) / (self.pixel_aspect, 1.0)


def _levelled(neutral: np.ndarray) -> Pose:
    """The similarity that puts the canonical frame into `neutral` (478, 2): eyes level, mouth 1 wide."""
    left, right = (_complex(neutral[list(eye)]).mean() for eye in EYE_CORNERS)
    corners = _complex(neutral[list(MOUTH_CORNERS)])
    turn = (right - left) / abs(right - left) * abs(corners[1] - corners[0])
    return Pose(np.array([turn]), np.array([corners.mean()]))


def middle_shape(shapes: np.ndarray, rounds: int = 4) -> np.ndarray:
    """Generalised Procrustes shape of (N, P, 2), by medians: a few extreme poses must not bend it.

    Gower, "Generalized Procrustes analysis", Psychometrika 1975.
    """
    middle = shapes[len(shapes) // 2]
    for _ in range(rounds):
        middle = np.median(fit_template(middle, shapes).remove(shapes), axis=0)
    return middle


def _closed_neutral(canonical: np.ndarray, share: float = 0.10) -> np.ndarray:
    """Median shape of the `share` of frames whose lips lie closest together."""
    gap = opening(canonical)
    return np.median(canonical[gap <= np.quantile(gap, share)], axis=0)
