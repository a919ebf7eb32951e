"""MediaPipe's face landmarker on single pictures.

IMAGE mode on purpose: VIDEO mode smooths the lips' opening away (agreement with another model .80
against .88).
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from shared_core import models

from . import mirror
from .crops import Crop, cut_crops

MODEL = "face_landmarker"


@dataclass(frozen=True, eq=False)
class Detection:
    """One face in one picture.

    points: float64 (478, 3), px of that picture, y down, centres at +0.5; z in the same scale.
    blendshapes: float32 (52,). pose: float64 (4, 4), head to that picture's own camera, cm, y up.
    """

    points: np.ndarray
    blendshapes: np.ndarray
    pose: np.ndarray

    def turned_back(self, width: float) -> Detection:
        """This detection, made in a mirrored picture of `width` px, as the picture itself has it."""
        return Detection(
            mirror.points_turned_back(self.points, width),
            self.blendshapes[mirror.blendshape_partners()],
            mirror.pose_turned_back(self.pose),
        )


@cache
def _model_bytes() -> bytes:
    return models.path(MODEL).read_bytes()


@contextlib.contextmanager
def _without_native_chatter() -> Iterator[None]:
    """Keep what native code prints while the task starts (it heeds no log level) off the terminal.

    Errors are not lost: the task raises them.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class Landmarker:
    """A context manager around the task. faces: the most faces that one call returns.

    detection, presence: 0 to 1, how sure its detector and its landmark network have to be.
    """

    def __init__(self, faces: int = 1, detection: float = 0.5, presence: float = 0.5) -> None:
        self._faces, self._detection, self._presence = faces, detection, presence
        self._task = None

    def __enter__(self) -> Landmarker:
        # Imported here: it takes a second, and declaring the operators needs none of it.
        from mediapipe.tasks.python import BaseOptions, vision

        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=_model_bytes()),
            running_mode=vision.RunningMode.IMAGE,
            num_faces=self._faces,
            min_face_detection_confidence=self._detection,
            min_face_presence_confidence=self._presence,
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )
        with _without_native_chatter():
            self._task = vision.FaceLandmarker.create_from_options(options)
            self.detect(np.zeros((64, 64, 3), np.uint8))
        return self

    def __exit__(self, *_error) -> None:
        self._task.close()
        self._task = None

    def detect(self, picture: np.ndarray) -> list[Detection]:
        """All faces in `picture`, uint8 sRGB (H, W, 3)."""
        import mediapipe

        height, width = picture.shape[:2]
        image = mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(picture))
        result = self._task.detect(image)
        found = []
        for i, landmarks in enumerate(result.face_landmarks):
            points = np.array([(p.x, p.y, p.z) for p in landmarks]) * (width, height, width)
            shapes = np.zeros(52, np.float32)
            for category in result.face_blendshapes[i]:
                shapes[category.index] = category.score
            pose = np.array(result.facial_transformation_matrixes[i], float)
            found.append(Detection(points, shapes, pose))
        return found

    def detect_in(self, preview: np.ndarray, crop: Crop, pixel_aspect: float = 1.0) -> list[Detection]:
        """All faces in one crop of the preview, their points in square px of the preview."""
        (picture,) = cut_crops(preview, [crop], pixel_aspect)
        return [
            Detection(crop.to_square(found.points), found.blendshapes, found.pose)
            for found in self.detect(picture)
        ]
