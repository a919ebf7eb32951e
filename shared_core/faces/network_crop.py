"""Between a plate's frame and the crop that a network sees: pixels, holes, motions and the way back."""

from __future__ import annotations

import cv2
import numpy as np

from ..colour import NetworkSpace
from ..geometry.sampling import fill_non_finite, sample
from ..values import Flow, Image, Mask, ReferenceFaces, Window
from .face_crop import MOUTH_PX, SIZE, cut, cut_image, face_hull, sized, window_of

_STEP = 4
_LIGHT = 0.09
"""Sigma over which light is compared, in heights of the crop."""


class NetworkCrop:
    """One frame's crop. matrix: (2, 3), pixels of a crop of SIZE to the plate's. height: of the network's
    crop, px. references: give the colour and exposure of the network's space.
    """

    def __init__(self, matrix: np.ndarray, height: int, references: ReferenceFaces) -> None:
        self._matrix, self._size = matrix, (height, height * SIZE[1] // SIZE[0])
        self._space = NetworkSpace(references.exposure)
        self._rec709 = references.matrix
        self._references = references

    def source(self, plate: Image) -> np.ndarray:
        """The plate's crop as the network sees it: float32 (H, W, 3), 0 to 1 and a little
        below where a colour lies outside Rec.709.
        """
        linear = cut_image(plate, sized(self._matrix, self._size[0]), self._size)
        return self._space.encode(linear @ self._rec709.T.astype(np.float32))

    def hole(self, matte: Mask) -> np.ndarray:
        """What is hidden from the network: float32 (H, W), 1 where the matte covers half of a pixel."""
        if matte.window.empty:
            return np.zeros(self._size, np.float32)
        # A ring of zeros: beyond its window a matte is 0, and `cut` repeats edges.
        alpha = np.pad(matte.alpha, 1)
        cover = cut(alpha, matte.window.grown(1), sized(self._matrix, self._size[0]), self._size)
        return (cover >= 0.5).astype(np.float32)

    def to_plate(self, vectors: np.ndarray, confidence: np.ndarray, frame: Window) -> Flow:
        """A motion over the crop, (h, w, 2) in px of its grid, as one over the plate's pixels."""
        window = window_of(self._matrix).intersection(frame)
        x, y, inside = self._places(window, vectors.shape[:2])
        read = cv2.remap(vectors, x - 0.5, y - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        moved = read @ (self._matrix[:, :2].T * (SIZE[0] / vectors.shape[0])).astype(np.float32)
        sure = cv2.remap(confidence, x - 0.5, y - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return Flow(
            np.ascontiguousarray(moved * inside[..., None], np.float32),
            np.ascontiguousarray(sure * inside, np.float32), window)

    def from_plate(self, flow: Flow, otherwise: np.ndarray) -> np.ndarray:
        """A motion over the plate as one over the crop, (h, w, 2) in px of the grid of `otherwise`, which
        stands where `flow` says nothing, or nothing finite.
        """
        height, width = otherwise.shape[:2]
        scale = SIZE[0] / height
        grid = np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), axis=-1) * scale
        places = (grid @ self._matrix[:, :2].T + self._matrix[:, 2]).astype(np.float32)
        x, y = places[..., 0] - flow.window.x - 0.5, places[..., 1] - flow.window.y - 0.5
        if flow.window.empty:
            return otherwise
        said = (x >= 0) & (y >= 0) & (x <= flow.window.width - 1) & (y <= flow.window.height - 1)
        read = cv2.remap(np.ascontiguousarray(flow.vectors), x, y, cv2.INTER_LINEAR)
        back = read @ (np.linalg.inv(self._matrix[:, :2]).T / scale).astype(np.float32)
        return np.where((said & np.isfinite(back).all(axis=-1))[..., None], back, otherwise)

    def light_missing(self, source: np.ndarray, made: np.ndarray, hole: np.ndarray) -> np.ndarray:
        """What `made` lacks of the source's light, read around the hole and carried into it: (H, W, 3)."""
        outside = 1 - hole
        sigma = _LIGHT * self._size[0]
        known = cv2.GaussianBlur(outside, (0, 0), sigma)
        lacks = cv2.GaussianBlur((source - made) * outside[..., None], (0, 0), sigma)
        return lacks / np.maximum(known, 1e-3)[..., None]

    def face(
        self, plate: Image, made: np.ndarray, texture: np.ndarray, hole: np.ndarray, edge: float = 0.0,
    ) -> Image:
        """`made` (H, W, 3), with `texture` (any size) on it, in the plate's pixels and scene-linear.

        Outside the hole it is the plate itself; within it, over `edge` mouth widths, more and more `made`.
        """
        window = window_of(self._matrix).intersection(plate.window)
        below = plate.crop(window).pixels
        x, y, inside = self._places(window, self._size)
        encoded = sample(np.ascontiguousarray(made, np.float32), x, y)
        if np.any(texture):
            finer = texture.shape[0] / self._size[0]
            encoded += sample(np.ascontiguousarray(texture, np.float32), x * finer, y * finer)
        to_working = np.linalg.inv(self._rec709).T.astype(np.float32)
        # Near 1 a little more is a great deal of light: nothing gets brighter than what the actor shows.
        around = cv2.dilate(hole, np.ones((25, 25), np.uint8)) > 0
        own = self.source(plate)[around].max(axis=0, initial=0.0)
        brightest = np.minimum(np.maximum(brightest_skin(self._references), own), 0.999)
        linear = self._space.decode(np.clip(encoded, -brightest, brightest)) @ to_working
        share = self._share(hole, edge)
        share = cv2.remap(share, x - 0.5, y - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT) * inside
        with np.errstate(invalid="ignore"):
            mixed = fill_non_finite(below) * (1 - share[..., None]) + linear * share[..., None]
        return Image(np.where(share[..., None] > 0, mixed, below).astype(np.float32), window)

    def _share(self, hole: np.ndarray, edge: float) -> np.ndarray:
        """How much of the result is painted: float32 (H, W)."""
        if not edge:
            # Wider than the hole and soft: within the paste's own feather the hole's steps would show.
            return cv2.GaussianBlur(cv2.dilate(hole, np.ones((9, 9), np.uint8)), (0, 0), 1.5)
        # The crop's border is an edge as well.
        inside = np.pad((hole > 0).astype(np.uint8), 1)
        inwards = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
        way = np.clip(inwards / (edge * MOUTH_PX * self._size[0] / SIZE[0]), 0.0, 1.0)
        return (way * way * (3.0 - 2.0 * way)).astype(np.float32)

    def _places(self, window: Window, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the window's pixels lie in a crop of `size`: x, y in its px, and 1 inside it, 0 beyond."""
        xs = np.arange(window.x, window.right) + 0.5
        ys = np.arange(window.y, window.bottom) + 0.5
        points = np.stack(np.meshgrid(xs, ys), axis=-1) - self._matrix[:, 2]
        places = (points @ np.linalg.inv(self._matrix[:, :2]).T * (size[0] / SIZE[0])).astype(np.float32)
        x, y = places[..., 0], places[..., 1]
        inside = (x >= 0) & (y >= 0) & (x <= size[1]) & (y <= size[0])
        return np.ascontiguousarray(x), np.ascontiguousarray(y), inside.astype(np.float32)


def brightest_skin(references: ReferenceFaces) -> np.ndarray:
    """The brightest that each channel is in the references' faces, network space: float32 (3,).

    A lamp behind a head does not count. Every fourth pixel of every fourth line is looked at.
    """
    pictures = references.pictures[:, ::_STEP, ::_STEP].astype(np.float32)
    hulls = [face_hull(points, pictures.shape[1]) > 0 for points in references.landmarks]
    skin = (one[hull] for one, hull in zip(pictures, hulls, strict=True))
    return np.max([one.max(axis=0, initial=0.0) for one in skin], axis=0)
