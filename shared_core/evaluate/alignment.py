"""A space without pose, in which the mouths of two people can be compared.

Convention: landmarks are float (frames, points, 2), x to the right and y down, in pixels; the row of
a frame without a face holds NaN. In the canonical space the eye line is level and one unit is that
person's own mouth width with the lips closed, so a distance times 100 is "% of mouth width".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..faces import topology
from ..spec.errors import BadInput
from ..values import Track

CLOSED_SHARE = 0.1
CLOSED_FRAMES = 3


@dataclass(frozen=True)
class LandmarkSet:
    """Which point is what, for one landmark model.

    steady: moves with the skull alone. lips: outer and inner loop. corners, eyes: left and right of
    the picture; an eye is given by its two corners. inner_pairs: upper and lower inner lip.
    """

    steady: tuple[int, ...]
    lips: tuple[int, ...]
    corners: tuple[int, int]
    eyes: tuple[tuple[int, int], tuple[int, int]]
    inner_pairs: tuple[tuple[int, int], ...]


MEDIAPIPE = LandmarkSet(
    steady=topology.UPPER_FACE,
    lips=topology.LIPS_OUTER + topology.LIPS_INNER,
    corners=topology.MOUTH_CORNERS,
    eyes=topology.EYE_CORNERS,
    inner_pairs=topology.INNER_PAIRS,
)

# The 68 points of 300-W (Sagonas et al. 2013), counted from 0: temples, nose, eyes, lips.
POINTS_68 = LandmarkSet(
    steady=(0, 1, 15, 16, *range(27, 36), *range(36, 48)),
    lips=tuple(range(48, 68)),
    corners=(48, 54),
    eyes=((36, 39), (42, 45)),
    inner_pairs=((61, 67), (62, 66), (63, 65)),
)


@dataclass(frozen=True, eq=False)
class Person:
    """What is constant about one person's face in one clip.

    template: float (steady points, 2) in the canonical space. neutral: float (points, 2), the face
    with the lips closed. closed_opening: the opening that the landmark model sees on closed lips.
    """

    landmarks: LandmarkSet
    template: np.ndarray
    neutral: np.ndarray
    closed_opening: float


def landmarks_of(track: Track, raw: bool = False) -> np.ndarray:
    """x and y of a track as float64 (N, 478, 2), NaN where no face is present; `raw`: before smoothing."""
    points = np.array((track.raw if raw else track.landmarks)[..., :2], np.float64)
    points[~np.asarray(track.present, bool)] = np.nan
    return points


def square(points: np.ndarray, pixel_aspect: float) -> np.ndarray:
    """Landmarks in px to a space with as much across as down, where an anamorphic head can be turned."""
    return points * (pixel_aspect, 1.0)


def need_frames(points: np.ndarray, what: str, least: int = 1) -> np.ndarray:
    """Return which rows are finite; BadInput where fewer than `least` of them are."""
    points = np.asarray(points)
    finite = np.isfinite(points.reshape(len(points), -1)).all(axis=1) if points.size else np.zeros(0, bool)
    if finite.sum() < least:
        raise BadInput(
            f"{what}: {int(finite.sum())} of {len(points)} frames can be measured; expected {least} "
            "at least. Check that the face was found there, or take a longer range"
        )
    return finite


def similarity(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least-squares similarity from `source` to `target`, both (points, 2): x -> x @ matrix.T + offset.

    Returns matrix (2, 2), a rotation times one scale, and offset (2,). In the plane the best one is
    a complex number, so no reflection can arise (Umeyama 1991).
    """
    a, b = source @ (1, 1j), target @ (1, 1j)
    a_mean, b_mean = a.mean(), b.mean()
    a, b = a - a_mean, b - b_mean
    factor = (a.conj() @ b) / max((abs(a) ** 2).sum(), 1e-12)
    offset = b_mean - factor * a_mean
    matrix = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return matrix, np.array([offset.real, offset.imag])


def align(points: np.ndarray, steady: tuple[int, ...], template: np.ndarray) -> np.ndarray:
    """Remove pose: move each frame's points by the similarity that lays its steady points on `template`."""
    aligned = np.full(points.shape, np.nan)
    for row, frame in enumerate(points):
        if np.isfinite(frame).all():
            matrix, offset = similarity(frame[list(steady)], template)
            aligned[row] = frame @ matrix.T + offset
    return aligned


def _median_shape(points: np.ndarray, landmarks: LandmarkSet) -> np.ndarray:
    """Median of the steady points over all frames, mutually aligned (generalised Procrustes, 4 rounds)."""
    steady = list(landmarks.steady)
    template = points[len(points) // 2, steady]
    for _ in range(4):
        template = np.median(align(points, landmarks.steady, template)[:, steady], axis=0)
    return template


def _to_unit(shape: np.ndarray, landmarks: LandmarkSet) -> tuple[np.ndarray, np.ndarray]:
    """The similarity that levels the eye line, centres it at 0 and makes the mouth 1 wide."""
    left, right = (shape[list(eye)].mean(axis=0) for eye in landmarks.eyes)
    corner_a, corner_b = shape[list(landmarks.corners)]
    across = (right - left) @ (1, 1j)
    factor = (abs(across) / across) / np.hypot(*(corner_b - corner_a))
    offset = -factor * ((left + right) / 2 @ (1, 1j))
    matrix = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return matrix, np.array([offset.real, offset.imag])


def opening_of(points: np.ndarray, landmarks: LandmarkSet) -> np.ndarray:
    """Distance of the inner lips, mean of the middle three pairs, in the unit of `points`: (N,)."""
    upper, lower = np.array(landmarks.inner_pairs).T
    return np.linalg.norm(points[:, upper] - points[:, lower], axis=-1).mean(axis=-1)


def width_of(points: np.ndarray, landmarks: LandmarkSet) -> np.ndarray:
    """Distance of the mouth's corners, in the unit of `points`: (N,)."""
    left, right = landmarks.corners
    return np.linalg.norm(points[:, left] - points[:, right], axis=-1)


def closed_rows(points: np.ndarray, landmarks: LandmarkSet = MEDIAPIPE) -> np.ndarray:
    """The 10 % of rows with the smallest opening (three at least), smallest first: int (n,).

    points: (N, K, 2) in px, NaN rows are left out. Raises BadInput where no frame has a face.
    """
    rows = np.flatnonzero(need_frames(points, "the closed mouth"))
    aligned = align(points[rows], landmarks.steady, _median_shape(points[rows], landmarks))
    count = min(len(rows), max(CLOSED_FRAMES, int(np.ceil(CLOSED_SHARE * len(rows)))))
    return rows[np.argsort(opening_of(aligned, landmarks), kind="stable")[:count]]


def learn_person(
    points: np.ndarray, landmarks: LandmarkSet = MEDIAPIPE, closed: np.ndarray | None = None
) -> Person:
    """Learn a person's steady shape and closed-lip neutral from a whole clip of them.

    The neutral is the median over the rows `closed`; None takes `closed_rows`. points: (N, K, 2) in
    px. Raises BadInput where no frame has a face.
    """
    finite = need_frames(points, "the neutral face")
    closed = closed_rows(points, landmarks) if closed is None else closed
    template = _median_shape(points[finite], landmarks)
    resting = align(points[closed], landmarks.steady, template)
    neutral = np.median(resting[need_frames(resting, "the closed mouth")], axis=0)
    matrix, offset = _to_unit(neutral, landmarks)
    neutral, template = neutral @ matrix.T + offset, template @ matrix.T + offset
    return Person(landmarks, template, neutral, float(opening_of(neutral[None], landmarks)[0]))


def canonical(points: np.ndarray, person: Person) -> np.ndarray:
    """Landmarks in px to the canonical space of `person`: (N, K, 2), NaN rows stay NaN."""
    return align(points, person.landmarks.steady, person.template)


def lip_offsets(aligned: np.ndarray, person: Person) -> np.ndarray:
    """How far each lip point is from its place on the closed mouth: (N, lip points, 2), mouth widths."""
    lips = list(person.landmarks.lips)
    return aligned[:, lips] - person.neutral[lips]
