"""A made-up talking face: 478 landmarks that move as told, and pictures of them.

`neutral_face.json` is the mean of several people's closed mouths, made symmetric: nobody's face.
Units are mouth widths, y down, the origin between the mouth's corners, z towards the back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path

import cv2
import numpy as np

from shared_core.faces.mouth_modes import PUCKER
from shared_core.faces.topology import FACE_OVAL, LIPS_INNER, LIPS_OUTER
from shared_core.geometry.raster import fill_polygon, on_window
from shared_core.values import Image, Track, Window

UPPER_LIP = list(LIPS_INNER[1:10] + LIPS_OUTER[1:10])
LOWER_LIP = list(LIPS_INNER[11:] + LIPS_OUTER[11:])
SKIN, LIPS, CAVITY, TEETH = (0.55, 0.32, 0.24), (0.35, 0.10, 0.09), (0.02, 0.01, 0.01), (0.5, 0.48, 0.42)
_TEXTURE_CELLS, _TEXTURE_REACH = 512, 3.5


@cache
def neutral_face() -> np.ndarray:
    """float64 (478, 3), read-only."""
    face = np.array(json.loads((Path(__file__).parent / "neutral_face.json").read_text()))
    face.flags.writeable = False
    return face


def mouth_shapes(opening: np.ndarray, width: np.ndarray, pucker: np.ndarray, jaw: np.ndarray) -> np.ndarray:
    """Faces (N, 478, 3) whose lips part by `opening`, widen by `width` and pucker by `pucker` (N,).

    The chin goes with the lower lip, and lower by `jaw`.
    """
    face = neutral_face()
    x, y = np.abs(face[:, 0]), face[:, 1]
    opening, width, pucker, jaw = (np.asarray(v, float)[:, None] for v in (opening, width, pucker, jaw))
    below = _below_the_lips()
    spread = 0.5 + 0.8 * np.clip(y / 0.9, 0, 1)
    bump = np.maximum(0.0, 1.0 - (x / spread) ** 2)
    drop = np.where(below, 0.8 * bump, -0.2 * bump * np.clip(1 + y / 0.35, 0, 1))
    beside = np.exp(-((np.maximum(x - 0.5, 0) / 0.4) ** 2) - (y / 0.5) ** 2)
    shapes = np.repeat(face[None], len(opening), axis=0)
    shapes[..., 0] += face[:, 0] * beside * (width - 0.35 * pucker)
    chin = np.clip((y - 0.35) / 0.45, 0, 1) * np.maximum(0.0, 1.0 - (x / 1.3) ** 2)
    rounding = 0.06 * np.isin(np.arange(478), LIPS_OUTER) * np.where(below, bump, -bump)
    shapes[..., 1] += drop * opening + chin * jaw + rounding * pucker
    shapes[..., 2] -= 0.2 * beside * pucker
    return shapes


def _below_the_lips() -> np.ndarray:
    below = neutral_face()[:, 1] > 0.0
    below[UPPER_LIP], below[LOWER_LIP] = False, True
    return below


@dataclass(frozen=True)
class Take:
    """A performance before a camera; one entry a frame, or one number for all.

    opening, width, pucker, jaw: see mouth_shapes. mouth_px: the mouth's width. x, y: where its middle
    lies, px. roll, yaw, pitch: radians. absent: rows without a face. size: of the plate, px. seed: of
    the skin's pores. light: factor on the whole picture. tallness: another person's longer face.
    """

    opening: np.ndarray
    width: np.ndarray | float = 0.0
    pucker: np.ndarray | float = 0.0
    jaw: np.ndarray | float = 0.0
    mouth_px: np.ndarray | float = 48.0
    x: np.ndarray | float = 128.0
    y: np.ndarray | float = 180.0
    roll: np.ndarray | float = 0.0
    yaw: np.ndarray | float = 0.0
    pitch: np.ndarray | float = 0.0
    first: int = 1
    fps: str = "25"
    aspect: float = 1.0
    size: tuple[int, int] = (256, 288)
    absent: tuple[int, ...] = ()
    cuts: tuple[int, ...] = ()
    occlusion: np.ndarray | float = 0.0
    seed: int = 0
    light: np.ndarray | float = 1.0
    teeth: bool = True
    tallness: float = 1.0

    def each(self, name: str) -> np.ndarray:
        """The entry `name` for every frame, float (N,)."""
        return np.broadcast_to(np.asarray(getattr(self, name), float), len(self.opening))

    @cached_property
    def canonical(self) -> np.ndarray:
        """(N, 478, 3): the mouth as told, no pose."""
        shapes = mouth_shapes(*(self.each(name) for name in ("opening", "width", "pucker", "jaw")))
        return shapes * (1.0, self.tallness, 1.0)

    @cached_property
    def landmarks(self) -> np.ndarray:
        """float64 (N, 478, 3), plate px."""
        cos, sin = np.cos(self.each("yaw"))[:, None], np.sin(self.each("yaw"))[:, None]
        x, y, z = np.moveaxis(self.canonical, -1, 0)
        nod_cos, nod_sin = np.cos(self.each("pitch"))[:, None], np.sin(self.each("pitch"))[:, None]
        y, z = y * nod_cos - z * nod_sin, z * nod_cos + y * nod_sin
        x, z = x * cos + z * sin, z * cos - x * sin
        turn = self.each("mouth_px") * np.exp(1j * self.each("roll"))
        point = turn[:, None] * (x + 1j * y) + (self.each("x") + 1j * self.each("y"))[:, None]
        return np.stack([point.real / self.aspect, point.imag, z * self.each("mouth_px")[:, None]], axis=-1)

    @cached_property
    def track(self) -> Track:
        """The track that a faultless tracker would make."""
        count = len(self.opening)
        seen = ~np.isin(np.arange(count), self.absent)
        landmarks = (self.landmarks * seen[:, None, None]).astype(np.float32)
        blendshapes = np.zeros((count, 52), np.float32)
        blendshapes[:, PUCKER] = self.each("pucker")
        pose = np.tile(np.eye(4, dtype=np.float32), (count, 1, 1))
        level = np.cos(self.each("pitch"))
        pose[:, 0, 2], pose[:, 2, 2] = np.sin(self.each("yaw")) * level, np.cos(self.each("yaw")) * level
        pose[:, 1, 2] = -np.sin(self.each("pitch"))
        ones = np.ones(count, np.float32)
        return Track(
            frames=np.arange(self.first, self.first + count), landmarks=landmarks,
            raw=landmarks[..., :2].copy(), present=seen, confidence=ones,
            occlusion=self.each("occlusion").astype(np.float32), quality=ones, blendshapes=blendshapes,
            pose=pose, cuts=self.cuts, size=self.size, pixel_aspect=self.aspect, fps=self.fps,
        )

    @cached_property
    def clip(self) -> DrawnClip:
        return DrawnClip(self)


def talk(count: int, seed: int = 0, loudest: float = 0.45, slowest: float = 26.0) -> np.ndarray:
    """An opening curve (count,), 0 to about `loudest`: sums of sines, clipped at closed lips."""
    rng = np.random.default_rng(seed)
    time = np.arange(count)
    waves = sum(
        np.sin(2 * np.pi * (time / period + rng.uniform())) for period in slowest / np.array([1.0, 1.7, 2.9])
    )
    return np.clip(loudest * (0.35 + 0.3 * waves), 0.0, None)


@dataclass
class DrawnClip:
    """The take as a Clip: skin that moves with the head, lips, teeth in a dark mouth; scene-linear.

    Its pictures are float32 and may be edited by a test: `pictures[frame]`. asked: frames read.
    """

    take: Take
    asked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        track = self.take.track
        self.frames = [int(frame) for frame in track.frames]
        self.fps, self.pixel_aspect = Fraction(self.take.fps), self.take.aspect
        self.display, self.key = Window(0, 0, *self.take.size), f"drawn {self.take.seed}"
        self.rec709 = np.eye(3)
        self.pictures = {frame: self._draw(row) for row, frame in enumerate(self.frames)}

    def image(self, frame: int, window: Window | None = None) -> Image:
        self.asked.append(frame)
        window = self.display if window is None else window
        columns = np.clip(np.arange(window.x, window.right), 0, self.display.width - 1)
        rows = np.clip(np.arange(window.y, window.bottom), 0, self.display.height - 1)
        return Image(self.pictures[frame][np.ix_(rows, columns)], window)

    def preview(self, frame: int) -> np.ndarray:
        self.asked.append(frame)
        return np.round(255 * np.clip(self.pictures[frame], 0, 1) ** (1 / 2.2)).astype(np.uint8)

    def seconds(self, frame: int) -> float:
        return float((frame - self.frames[0]) / self.fps)

    def _draw(self, row: int) -> np.ndarray:
        take, points = self.take, self.take.landmarks[row]
        picture = 0.25 * self._texture(row) * np.float32([0.9, 1.0, 1.1])
        lips = list(LIPS_OUTER), LIPS
        hole = list(LIPS_INNER), CAVITY
        for indices, colour in ((list(FACE_OVAL), SKIN), lips, hole):
            self._lay(picture, points[indices, :2], colour, self._texture(row))
        if take.teeth:
            # A bar that hangs from the upper lip and never leaves the mouth.
            upper, lower = points[list(LIPS_INNER[2:9]), :2], points[list(LIPS_INNER[18:11:-1]), :2]
            bar = upper + 0.45 * (lower - upper)
            self._lay(picture, np.vstack([upper, bar[::-1]]), TEETH, self._texture(row))
        return np.ascontiguousarray(picture * np.float32(take.each("light")[row]))

    def _lay(self, picture: np.ndarray, points: np.ndarray, colour, texture: np.ndarray) -> None:
        cover = on_window(fill_polygon(points), self.display)[..., None]
        picture += cover * (np.float32(colour) * texture - picture)

    def _texture(self, row: int) -> np.ndarray:
        """Pores and shading, fixed to the head: float32 (height, width, 1) around 1."""
        take = self.take
        turn = take.each("mouth_px")[row] * np.exp(1j * take.each("roll")[row])
        cell = 2 * _TEXTURE_REACH / _TEXTURE_CELLS
        matrix = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]]) * cell
        middle = np.array([take.each("x")[row], take.each("y")[row]])
        offset = middle - matrix @ np.full(2, _TEXTURE_CELLS / 2)
        matrix, offset = matrix / ((take.aspect,), (1,)), offset / (take.aspect, 1)
        return cv2.warpAffine(
            _pores(take.seed), np.column_stack([matrix, offset]), take.size, flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )[..., None]


@cache
def _pores(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(_TEXTURE_CELLS,) * 2).astype(np.float32)
    fine, coarse = cv2.GaussianBlur(noise, (0, 0), 2.0), cv2.GaussianBlur(noise, (0, 0), 24)
    return 1.0 + 0.08 * fine / fine.std() + 0.12 * coarse / coarse.std()
