"""Training batches for IPTalker: a frame with its mouth hidden, references of the same person, the sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..faces.face_crop import MOUTH_PX, SIZE
from ..faces.face_shapes import lower_face_points, neck_points
from ..faces.face_spread import spread_faces
from ..faces.motion_prior import motion_prior
from ..faces.topology import INNER_PAIRS
from ..networks.iptalker.config import STEP_S, Config
from ..networks.syncnet.windows import nearest_rows
from ..spec.errors import BadInput
from .face_pack import FacePack

NECK = 12.0
"""How far below the chin the hole reaches, % of the mouth's width. A shot's hole ends at the jaw: what fills
the larger one fills that as well."""
BLOCK_S, APART_S = 0.2, 0.3
"""A batch's frames lie within BLOCK_S of one moment, its references APART_S or more beyond, s: one that is
nearly the frame itself would teach nothing."""
_LENGTH_COUNTS = 0.6
"""A clip of twice the length is not drawn twice as often: the short ones are other people."""
_CHIN_FOLLOWS = 0.5
"""How far a chin sinks as the lips part, of their distance; .27 to .69 in the trial clips."""
_LOOKED_AT = 200
"""Faces among which a batch's references are spread."""
_WITHOUT = 0.3
"""Share of the samples that lack the sound, and of those that lack the curves: either alone has to do."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Arrays of one training step, float32, of one person; see networks.iptalker.network.IPTalker.

    truth: (B, 3, H, W). hole: (B, 1, H, W). references: (N, 3, H, W), the same for all: half the work of a
    step would else go into encoding them. prior: (B, N, 2, h, w), by faces.motion_prior. speech: (B, WINDOW,
    depth). curves: (B, WINDOW, 4). known: (B, 2).
    """

    truth: np.ndarray
    hole: np.ndarray
    references: np.ndarray
    prior: np.ndarray
    speech: np.ndarray
    curves: np.ndarray
    known: np.ndarray


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of a pack that may be used: `rows` as targets, `lenders` as references."""

    pack: FacePack
    rows: np.ndarray
    lenders: np.ndarray


class FaceSampler:
    """Draws batches. A step's batch depends on the seed and the step alone: a resumed training goes on as if
    it had not been interrupted.

    Raises BadInput where a clip's part is too short for references that lie APART_S from their frame.
    """

    def __init__(self, parts: Sequence[Part], config: Config, seed: int, augment: bool = True) -> None:
        self._parts, self._config, self._seed, self._augment = list(parts), config, seed, augment
        lengths = np.array([len(part.rows) for part in parts], float) ** _LENGTH_COUNTS
        self._shares = lengths / lengths.sum()
        for part in parts:
            seconds = part.pack.seconds[part.lenders]
            if min(_away(part, moment).sum() for moment in seconds) < config.references:
                length = f"{len(seconds)} frames over {np.ptp(seconds):.1f} s"
                raise BadInput(
                    f"{part.pack.name}: {length} are too few to lend {config.references} references; give"
                    " longer footage of this face"
                )

    def batch(self, step: int, size: int, window: int = 1) -> Batch:
        """The batch of a training step: `size` frames, or with a `window` of 5 so many frames in size // 5
        windows, each STEP_S apart around a frame, one window after the other.

        Raises BadInput where `window` does not divide `size`.
        """
        if size % window:
            raise BadInput(f"a batch of {size} frames cannot be cut into windows of {window}; change it")
        random = np.random.default_rng([self._seed, step])
        index = int(random.choice(len(self._parts), p=self._shares))
        part = self._parts[index]
        seconds = part.pack.seconds
        moment = seconds[random.choice(part.rows)]
        near = part.rows[np.abs(seconds[part.rows] - moment) <= BLOCK_S]
        if window == 1:
            rows = random.choice(near, size)
        else:
            rows = _windows(part, near, size // window, window, random)
        return self._made(index, rows, self._drawn(random, part, moment), random)

    def fixed(self, index: int, rows: Sequence[int]) -> Batch:
        """A batch for judging: `rows` of part `index`. Nothing is drawn; the references are the same for all
        rows of the part.
        """
        part = self._parts[index]
        chosen, _ = spread_faces(part.pack.landmarks[part.lenders], self._config.references)
        return self._made(index, np.array(rows), part.lenders[chosen], None)

    def _drawn(self, random: np.random.Generator, part: Part, moment: float) -> np.ndarray:
        """Rows of references away from `moment`: one drawn of each kind of face that is there."""
        rows = part.lenders[_away(part, moment)]
        if len(rows) > _LOOKED_AT:
            rows = np.sort(random.choice(rows, _LOOKED_AT, replace=False))
        chosen, belongs = spread_faces(part.pack.landmarks[rows], self._config.references)
        return np.array([random.choice(rows[belongs == kind]) for kind in range(len(chosen))])

    def _made(
        self, index: int, rows: np.ndarray, lenders: np.ndarray, random: np.random.Generator | None,
    ) -> Batch:
        pack, lending = self._parts[index].pack, self._parts[index].lenders
        pictures = sized(pack.pictures[np.append(lenders, rows)], self._config)
        count = len(rows)
        gaps = _gap(pack.landmarks[lending])
        others = np.full(count, np.quantile(gaps, 0.9)) if random is None else random.choice(gaps, count)
        drops = _CHIN_FOLLOWS * np.maximum(others - _gap(pack.landmarks[rows]), 0)
        grown = np.zeros(count) if random is None else random.uniform(0, 8, count)
        hole = np.stack([
            hole_of(pack.landmarks[row], drop, self._config, more)[None]
            for row, drop, more in zip(rows, drops, grown, strict=True)])
        known = np.tile(np.float32([pack.heard and self._config.speech, self._config.curves]), (count, 1))
        if random is not None and known.all():
            missing = random.choice(3, count, p=(_WITHOUT, _WITHOUT, 1 - 2 * _WITHOUT))
            known[missing == 0, 0], known[missing == 1, 1] = 0, 0
        prior = np.stack([motion_prior(pack.landmarks[row], pack.landmarks[lenders]) for row in rows])
        prior = prior.transpose(0, 1, 4, 2, 3)
        if random is not None and self._augment:
            pictures, hole, prior = _altered(pictures, hole, prior, random)
        lent, truth = np.split(pictures, [len(lenders)])
        arrays = (truth, hole, lent, prior, pack.speech[rows], pack.curves[rows], known)
        return Batch(*(np.ascontiguousarray(array, np.float32) for array in arrays))


def _away(part: Part, moment: float) -> np.ndarray:
    """Which lenders may help to make frames around `moment`, s."""
    return np.abs(part.pack.seconds[part.lenders] - moment) >= BLOCK_S + APART_S


def _windows(
    part: Part, free: np.ndarray, count: int, window: int, random: np.random.Generator,
) -> np.ndarray:
    """Rows of `count` windows around rows of `free`, all of which may be learnt from: (count * window,)."""
    seconds = part.pack.seconds
    moments = seconds[free, None] + STEP_S * (np.arange(window) - window // 2)
    rows = nearest_rows(seconds, moments)
    whole = np.isin(rows, part.rows).all(axis=1)
    if not whole.any():
        raise BadInput(f"{part.pack.name}: no {window} frames of it follow one another; give longer footage")
    return rows[whole][random.integers(0, whole.sum(), count)].ravel()


def _gap(landmarks: np.ndarray) -> np.ndarray:
    """Between the lips of (K, 478, 2), px: (K,)."""
    upper, lower = INNER_PAIRS[1]
    return np.linalg.norm(landmarks[:, upper] - landmarks[:, lower], axis=1)


def sized(pictures: np.ndarray, config: Config) -> np.ndarray:
    """uint8 (K, h, w, 3) of any size to float32 (K, 3, H, W) of the configuration's, 0 to 1."""
    size = (config.width, config.height)
    if pictures.shape[1] != config.height:
        pictures = np.stack([cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in pictures])
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), np.float32) / np.float32(255)


def hole_of(own: np.ndarray, drop: float, config: Config, grown: float = 0.0) -> np.ndarray:
    """What is hidden of a frame: float32 (H, W), 1 inside.

    The hull of the lower face as it is in this frame (`own`, (478, 2) px of a crop of SIZE) and with its jaw
    `drop` px lower: as where a drive says where the jaw will be. Of its own jaw alone the hole would tell
    the network how far the mouth is open. grown: px of SIZE, to all sides.
    """
    neck = neck_points(own, NECK / 100 * MOUTH_PX)
    lower = np.float32([0, drop]) * np.sin(np.linspace(0, np.pi, len(neck)))[:, None]
    points = [lower_face_points(own, "nose base"), neck, neck + lower]
    hull = cv2.convexHull(np.concatenate(points).astype(np.float32))[:, 0]
    middle = hull.mean(axis=0)
    away = hull - middle
    hull = hull + grown * away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6)
    hole = np.zeros((config.height, config.width), np.float32)
    pixels = np.round(hull * (config.height / SIZE[0]) * 16 - 8).astype(np.int32)
    return cv2.fillConvexPoly(hole, pixels, 1.0, shift=4)


def _altered(
    pictures: np.ndarray, hole: np.ndarray, prior: np.ndarray, random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mirrored or not, of a little other light, colour and contrast: all pictures alike."""
    if random.random() < 0.5:
        pictures, hole = pictures[..., ::-1], hole[..., ::-1]
        prior = prior[..., ::-1] * np.float32([-1, 1])[:, None, None]
    light, power = np.exp(random.normal(0, 0.1, 2))
    gains = light * np.exp(random.normal(0, 0.05, 3))[:, None, None]
    return np.clip(pictures * gains, 0, 1).astype(np.float32) ** np.float32(power), hole, prior
