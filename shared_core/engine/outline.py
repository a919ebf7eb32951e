"""The lower face's outline from baked frames: what a host turns into an editable mask."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from ..media.picture_file import read_channels, read_layout
from ..spec.errors import BadInput, MediaError, MissingFrame
from .cancel import Cancellation
from .progress import Progress, Silent

CHANNEL = "dub_matte.red"
POINTS = (3, 256)
STEP = 0.25
"""Px between two looks along a ray."""


def outlines(
    paths: Mapping[int, Path], points: int,
    progress: Progress | None = None, cancel: Cancellation | None = None,
) -> tuple[dict[int, list[list[float]]], tuple[int, int]]:
    """Outline of each frame's lower face, and the display window's width and height, px.

    paths: frame -> a baked frame. Each outline is `points` positions [x, y], px, y down, the window's
    corner at 0, pixel centres at +.5: where the matte falls below a half, seen from its centre at even
    angles, so that a point stays the same part of the face. Empty where the matte is. Raises BadInput
    for another number of points, MissingFrame, MediaError for a frame without the pass.
    """
    if not POINTS[0] <= points <= POINTS[1]:
        raise BadInput(f"points {points}; expected {POINTS[0]} to {POINTS[1]}")
    progress, cancel = progress or Silent(), cancel or Cancellation()
    progress.begin("outline", len(paths))
    found: dict[int, list[list[float]]] = {}
    size = (0, 0)
    for count, (frame, path) in enumerate(sorted(paths.items()), 1):
        cancel.check()
        if not path.is_file():
            raise MissingFrame(f"frame {frame}: {str(path)!r} is not there; bake it again")
        data, display, names = read_layout(path)
        if CHANNEL not in names:
            raise MediaError(f"{str(path)!r} has no {CHANNEL}; bake it with the pass dub_matte")
        size = display.width, display.height
        alpha = read_channels(path, [CHANNEL])[..., 0]
        shift = np.array([data.x - display.x, data.y - display.y])
        found[frame] = [[float(x), float(y)] for x, y in _around(alpha, points) + shift]
        progress.advance(count)
    progress.end()
    return found, size


def _around(alpha: np.ndarray, points: int) -> np.ndarray:
    """Where rays at even angles from the matte's centre last fall below a half: (points, 2), or (0, 2)."""
    rows, columns = np.nonzero(alpha >= 0.5)
    if not len(rows):
        return np.zeros((0, 2))
    centre = np.array([columns.mean(), rows.mean()]) + 0.5
    reach = np.hypot(columns + 0.5 - centre[0], rows + 0.5 - centre[1]).max() + 2.0
    radii = np.arange(0.0, reach, STEP)
    angles = np.arange(points) * (2 * np.pi / points)
    rays = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    where = (centre + rays[:, None] * radii[None, :, None] - 0.5).astype(np.float32)
    # remap takes fewer than 32768 positions a side, and a face's radius has fewer steps than that.
    seen = cv2.remap(alpha.astype(np.float32), where[..., 0], where[..., 1], cv2.INTER_LINEAR)
    last = len(radii) - 1 - np.argmax((seen >= 0.5)[:, ::-1], axis=1)
    last = np.minimum(last, len(radii) - 2)
    each = np.arange(points)
    inside, outside = seen[each, last], seen[each, last + 1]
    share = np.clip((inside - 0.5) / np.maximum(inside - outside, 1e-6), 0, 1)
    return centre + rays * (radii[last] + share * STEP)[:, None]
