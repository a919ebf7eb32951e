"""A drawn face that speaks: landmarks and pictures whose every fault was put there on purpose."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from shared_core.evaluate.material import Material
from shared_core.faces import topology
from shared_core.values import References, Track

WIDTH, HEIGHT = 320, 360
MIDDLE, MOUTH_Y, MOUTH_PX = 160.0, 250.0, 90.0
FPS = 25.0


def _base() -> np.ndarray:
    """478 points of a face at rest, in px: what counts is placed, the rest is strewn over the oval."""
    rng = np.random.default_rng(4)
    angle, radius = rng.uniform(0, 2 * np.pi, 478), np.sqrt(rng.uniform(0, 0.8, 478))
    points = np.stack([MIDDLE + 105 * radius * np.cos(angle), 180 + 140 * radius * np.sin(angle)], axis=1)
    points[list(topology.UPPER_FACE), 1] = 60 + 90 * rng.uniform(size=len(topology.UPPER_FACE))
    turn = np.arange(36) / 36 * 2 * np.pi
    oval = np.stack([MIDDLE + 110 * np.sin(turn), 180 - 145 * np.cos(turn)], axis=1)
    points[list(topology.FACE_OVAL)] = oval
    for x, eye in zip((MIDDLE - 55, MIDDLE + 55), topology.EYE_CORNERS, strict=True):
        points[list(eye)] = [(x - 18, 140), (x + 18, 140)]
    points[list(topology.NOSE_BASE)] = [(MIDDLE + dx, 212) for dx in (-22, -10, 0, 10, 22)]
    return points


def _loop(width: float, up: float, down: float) -> np.ndarray:
    """20 points of a lip loop, from the left corner over the top."""
    turn = np.arange(20) / 20 * 2 * np.pi
    height = np.where(np.sin(turn) >= 0, up, down)
    return np.stack([-width / 2 * np.cos(turn), -height * np.sin(turn)], axis=1)


class Actor:
    """Draws one person. scale: of the whole picture's contents; thick: the lips' height in px."""

    def __init__(self, thick: float = 12.0, seed: int = 0) -> None:
        self.thick = thick
        noise = np.random.default_rng(seed).normal(size=(HEIGHT, WIDTH)).astype(np.float32)
        fine, coarse = cv2.GaussianBlur(noise, (0, 0), 1.5), cv2.GaussianBlur(noise, (0, 0), 12)
        self.texture = 0.05 * fine / fine.std() + 0.04 * coarse / coarse.std()

    def points(self, opening: float, width: float = 1.0, turn: float = 0.0, size: float = 1.0,
               shift: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
        """(478, 2) in px; opening in mouth widths; turn in radians about the picture's middle."""
        points = _base()
        gap, across = opening * MOUTH_PX, width * MOUTH_PX
        middle = np.array([MIDDLE, MOUTH_Y])
        points[list(topology.LIPS_INNER)] = middle + _loop(across * 0.86, 0.35 * gap + 0.5, 0.65 * gap + 0.5)
        points[list(topology.LIPS_OUTER)] = middle + _loop(
            across, 0.35 * gap + self.thick, 0.65 * gap + self.thick
        )
        points[list(topology.JAW), 1] += 0.3 * gap
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        centre = np.array([WIDTH / 2, HEIGHT / 2])
        return (points - centre) @ (size * rotation).T + centre + shift

    def picture(self, points: np.ndarray) -> np.ndarray:
        """uint8 (H, W, 3): skin with pores, red lips with creases, teeth in a dark mouth."""
        gray = np.full((HEIGHT, WIDTH), 0.55, np.float32) + self.texture
        red, teeth = gray.copy(), np.full_like(gray, 0.12)
        lips = self._fill(points[list(topology.LIPS_OUTER)])
        inner = self._fill(points[list(topology.LIPS_INNER)])
        red = red * (1 - lips) + lips * (0.38 + 1.2 * self.texture)
        upper = points[list(topology.LIPS_INNER[1:10])]
        row = np.vstack([upper, upper[::-1] + (0, 7)])
        teeth += 0.6 * self._fill(row)
        gray = red * (1 - inner) + teeth * inner
        return (np.clip(gray, 0, 1)[..., None] * np.array([255, 205, 190])).round().astype(np.uint8)

    @staticmethod
    def _fill(points: np.ndarray) -> np.ndarray:
        canvas = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.fillPoly(canvas, [np.round((points - 0.5) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        return cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), 0.7)


def speech(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Opening and width, in mouth widths, frame by frame: syllables with closures between them."""
    rng = np.random.default_rng(seed)
    time = np.arange(count) / FPS
    wave = sum(
        rng.uniform(0.6, 1.0) * np.sin(2 * np.pi * rate * time + rng.uniform(0, 6))
        for rate in (1.3, 2.1, 3.2)
    )
    opening = np.clip(0.10 + 0.13 * wave, 0.0, 0.45)
    kernel = np.array([1, 2, 1]) / 4
    opening = np.convolve(np.pad(opening, 1, mode="edge"), kernel, mode="valid")
    # Closed lips are at rest: the neutral is the same whatever is said.
    spread = np.sin(2 * np.pi * 0.9 * time + rng.uniform(0, 6)) * np.clip(opening / 0.05, 0, 1)
    return np.clip(opening, 0, None), 1.0 + 0.08 * spread


def track_of(points: np.ndarray, first: int = 1, noise: float = 0.05, seed: int = 9) -> Track:
    """A Track whose raw landmarks tremble by `noise` px."""
    count = len(points)
    raw = points + np.random.default_rng(seed).normal(0, noise, points.shape)
    present = np.isfinite(points).all(axis=(1, 2))
    landmarks = np.concatenate([points, np.zeros((count, 478, 1))], axis=-1)
    return Track(
        frames=np.arange(first, first + count),
        landmarks=np.nan_to_num(landmarks).astype(np.float32), raw=np.nan_to_num(raw).astype(np.float32),
        present=present, confidence=np.ones(count, np.float32), occlusion=np.zeros(count, np.float32),
        quality=np.ones(count, np.float32), blendshapes=np.zeros((count, 52), np.float32),
        pose=np.tile(np.eye(4, dtype=np.float32), (count, 1, 1)), size=(WIDTH, HEIGHT), fps="25",
    )


def edge_matte(points: np.ndarray, feather: float = 6.0) -> np.ndarray:
    outline = points[list(topology.JAW + topology.NOSE_BASE)].astype(np.float32)
    hull = cv2.convexHull(outline)[:, 0]
    matte = cv2.GaussianBlur(Actor._fill(hull), (0, 0), feather) if feather else Actor._fill(hull)
    return np.where(matte < 0.01, 0, matte).astype(np.float32)


class Stage:
    """Actors and how they are put together; what the tests of this room call."""

    Actor = Actor
    speech = staticmethod(speech)
    track_of = staticmethod(track_of)
    edge_matte = staticmethod(edge_matte)
    size = (HEIGHT, WIDTH)

    @staticmethod
    def material(
        count: int = 48, edit=None, dub_seed: int = 2, references: References | None = None
    ) -> Material:
        """A plate that says one thing and a dub that says what the driver says, without a fault.

        edit(frame, picture, points, matte) -> picture plants one. dub_seed: whose words the dub
        speaks; the driver's are 2.
        """
        actor, driver = Actor(seed=1), Actor(thick=15.0, seed=5)
        lines = {who: speech(count, seed) for who, seed in (("plate", 1), ("dub", dub_seed), ("driver", 2))}
        points = {
            who: np.stack([
                (driver if who == "driver" else actor).points(opening, width)
                for opening, width in zip(*lines[who], strict=True)
            ])
            for who in lines
        }

        def plate(frame: int) -> np.ndarray:
            return actor.picture(points["plate"][frame - 1])

        def matte(frame: int) -> np.ndarray:
            return edge_matte(points["plate"][frame - 1])

        def dub(frame: int) -> np.ndarray:
            made, own, alpha = actor.picture(points["dub"][frame - 1]), plate(frame), matte(frame)
            picture = np.where(
                alpha[..., None] > 0, (own + alpha[..., None] * (made.astype(float) - own)).round(), own
            ).astype(np.uint8)
            return picture if edit is None else edit(frame, picture, points["dub"][frame - 1], alpha)

        tracks = {who: track_of(points[who], seed=index) for index, who in enumerate(points)}
        times = np.arange(count) / FPS
        return Material(
            "drawn", FPS, np.arange(1, count + 1), plate, dub,
            lambda frame: driver.picture(points["driver"][frame - 1]), matte,
            tracks["plate"], tracks["dub"], tracks["driver"], times, times, references,
        )

    @staticmethod
    def with_truth(material: Material) -> Material:
        """The same, its own plate being the truth."""
        return dataclasses.replace(material, truth=material.plate)


@pytest.fixture(scope="session")
def stage() -> type[Stage]:
    return Stage
