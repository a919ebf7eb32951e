"""How good a frame's mouth is to borrow from."""

from __future__ import annotations

import cv2
import numpy as np

from .topology import LIPS_OUTER, MOUTH_CORNERS

PATCH = (96, 64)
MOUTH_SHARE = 0.62
# Contrast-normalised variance of the Laplacian that counts as half sharp: soft, small or
# motion-blurred mouths of the development footage lie below, crisp 100 px mouths above.
HALF_SHARP = 0.10


def mouth_sharpness(picture: np.ndarray, points: np.ndarray) -> float:
    """Sharpness of the mouth at a standard size, from 0.

    picture: uint8 (H, W, 3), square pixels. points: (478, 2), its px. The mouth is brought to a fixed width,
    so that a small one counts as soft, which it is once it is enlarged; the variance of its
    Laplacian is divided by the picture's own, so that contrast and light drop out.
    """
    left, right = (points[corner, :2] for corner in MOUTH_CORNERS)
    outer = points[list(LIPS_OUTER), :2]
    centre = outer.mean(axis=0)
    across = right - left
    width = max(float(np.linalg.norm(across)), 1.0)
    # A mouth seen from the side is narrow: its height then says how large it is.
    width = max(width, 0.6 * float(np.ptp(outer[:, 1])))
    along = across / max(float(np.linalg.norm(across)), 1e-6)
    scale = width / (PATCH[0] * MOUTH_SHARE)
    matrix = np.array([[along[0], -along[1], 0.0], [along[1], along[0], 0.0]]) * scale
    matrix[:, 2] = centre - matrix[:, :2] @ np.array([PATCH[0] / 2, PATCH[1] / 2])
    matrix[:, 2] += matrix[:, :2].sum(axis=1) * 0.5 - 0.5
    patch = cv2.warpAffine(picture, matrix, PATCH, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                           borderMode=cv2.BORDER_REPLICATE)
    grey = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).astype(np.float32)
    laplacian = cv2.Laplacian(cv2.GaussianBlur(grey, (3, 3), 0.7), cv2.CV_32F)
    return float(laplacian.var() / (grey.var() + 25.0))


def quality_of(sharpness: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Quality 0 to 1 of each frame: its sharpness, saturating, times the tracker's confidence."""
    return (sharpness / (sharpness + HALF_SHARP) * confidence).astype(np.float32)
