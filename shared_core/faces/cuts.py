"""Scene cuts, from one preview to the next."""

from __future__ import annotations

import cv2
import numpy as np

BINS = 16
# L1 distance of the colour histograms, 0 to 2. Pans and gestures of the development footage stay
# below .5; a cut to another set lies above 1.
HISTOGRAM_LIMIT = 0.8
# Where the picture's layout changes this much (mean difference of thumbnails, 0 to 1) a jump of
# the face by half its size counts as a cut as well, even if the colours stay.
LAYOUT_LIMIT = 0.06


class CutDetector:
    """Compares each preview with the one before."""

    def __init__(self) -> None:
        self._histogram: np.ndarray | None = None
        self._thumbnail: np.ndarray | None = None
        self.layout_change = 0.0

    def is_cut(self, preview: np.ndarray) -> bool:
        """Whether `preview` (uint8, H x W x 3) begins a new scene; the first one never does."""
        step = max(1, min(preview.shape[:2]) // 96)
        thumbnail = cv2.resize(
            np.ascontiguousarray(preview[::step, ::step]), (48, 32), interpolation=cv2.INTER_AREA
        )
        histogram = np.concatenate([
            np.bincount(thumbnail[..., channel].ravel() // (256 // BINS), minlength=BINS)
            for channel in range(3)
        ]) / (thumbnail.shape[0] * thumbnail.shape[1] * 3)
        before, self._histogram = self._histogram, histogram
        thumbnail_before, self._thumbnail = self._thumbnail, thumbnail.astype(np.int16)
        if before is None:
            return False
        self.layout_change = float(np.abs(self._thumbnail - thumbnail_before).mean()) / 255
        return float(np.abs(histogram - before).sum()) > HISTOGRAM_LIMIT
