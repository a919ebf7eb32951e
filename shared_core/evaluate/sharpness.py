"""Are the dubbed lips as sharp as the actor's own?"""

from __future__ import annotations

import cv2
import numpy as np

from .alignment import need_frames

# On a face of 256 px the band lies between these two blurs; finer is grain, coarser is light.
FINE_PX, COARSE_PX, FACE_PX = 1.0, 4.0, 256.0
NEIGHBOURS = 7


def band_energy(gray: np.ndarray, matte: np.ndarray, face_px: float) -> float:
    """Root mean square of the detail in the lips' matte, without the grain's band.

    Difference of two Gaussians, sigma 1 and 4 px on a face of 256 px, scaled with the face; the
    finer never below 1 px, where grain and the sensor's noise live. gray: float (H, W),
    display-coded 0 to 1. matte: (H, W) weight. NaN where the matte is empty.
    """
    scale = face_px / FACE_PX
    fine = max(FINE_PX * scale, 1.0)
    coarse = max(COARSE_PX * scale, 2.0 * fine)
    gray = np.asarray(gray, np.float32)
    band = cv2.GaussianBlur(gray, (0, 0), fine) - cv2.GaussianBlur(gray, (0, 0), coarse)
    weight = float(matte.sum())
    return float(np.sqrt((matte * band**2).sum() / weight)) if weight > 1.0 else float("nan")


def alike(opening: np.ndarray, own_opening: np.ndarray, count: int = NEIGHBOURS) -> np.ndarray:
    """The rows of `own_opening` (M,) nearest to each value of `opening` (N,): int (N, count)."""
    distance = np.abs(opening[:, None] - own_opening[None])
    distance[~np.isfinite(distance)] = np.inf
    return np.argsort(distance, axis=1, kind="stable")[:, :count]


def lip_sharpness_ratio(
    dub_energy: np.ndarray, dub_opening: np.ndarray, plate_energy: np.ndarray, plate_opening: np.ndarray
) -> float:
    """Band energy of the dub's lips over that of the plate's own lips at a like opening.

    For each frame: its `band_energy` over the median one of the 7 plate frames whose opening is
    nearest (teeth and a dark mouth have edges that closed lips have not); then the median over
    frames. Below 1: soft; above: ringing or noise. Arrays (N,) for the dub, (M,) for the plate.
    """
    kept = need_frames(np.stack([dub_energy, dub_opening], axis=1), "lip sharpness, dub")
    own = need_frames(np.stack([plate_energy, plate_opening], axis=1), "lip sharpness, plate")
    energy, own_energy = dub_energy[kept], plate_energy[own]
    nearest = alike(dub_opening[kept], plate_opening[own])
    expected = np.median(own_energy[nearest], axis=1)
    return float(np.median(energy / np.maximum(expected, 1e-6)))


def lip_look(own_distance: np.ndarray, dub_distance: np.ndarray) -> float:
    """How unlike the actor's own mouth the dubbed one looks, in units of the actor's own variety.

    Median LPIPS between the dub's mouth and the plate's mouth of the nearest opening, over the
    median LPIPS between that plate frame and the plate's next nearest, ten frames away or more.
    Patches are upright and of one size, the distance is taken inside the lips. 1: as alike as the
    actor's own frames are. Arrays (N,) of LPIPS values.
    """
    own = own_distance[need_frames(own_distance[:, None], "the look of the plate's lips")]
    dub = dub_distance[need_frames(dub_distance[:, None], "the look of the dub's lips")]
    return float(np.median(dub) / max(float(np.median(own)), 1e-6))
