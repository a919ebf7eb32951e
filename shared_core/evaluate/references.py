"""Does the mouth pop where one reference frame takes over from another?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..values import References
from .alignment import need_frames

# A pop is this many robust deviations above what motion explains, and this much above its neighbours.
DEVIATIONS = 5.0
SPIKE = 1.5
LEAST_DEVIATION = 1.0 / 255.0
NEAR_SWITCH = 1
LEAST_BASELINE = 10


@dataclass(frozen=True, eq=False)
class Pops:
    """frames: rows in which a pop was seen. change, expected: (N,), see `reference_pops`; NaN in row 0."""

    frames: tuple[int, ...]
    change: np.ndarray
    expected: np.ndarray

    @property
    def count(self) -> int:
        return len(self.frames)


def switches(references: References, frames: np.ndarray) -> np.ndarray:
    """Which of `frames` show another lender than the frame before: bool (N,).

    The heaviest lender counts; one that runs on by a frame (its own clip playing) is no switch.
    During a dissolve the change of the heaviest one marks its middle.
    """
    lenders = [references.at(int(frame)) for frame in frames]
    changed = np.zeros(len(frames), bool)
    for row in range(1, len(frames)):
        before, after = lenders[row - 1], lenders[row]
        if before and after:
            step = after[0].frame - before[0].frame
            changed[row] = after[0].clip != before[0].clip or not 0 <= step <= 1
    return changed


def mouth_change(patches: np.ndarray, matte: np.ndarray) -> np.ndarray:
    """Mean absolute change of the mouth from the frame before, display-coded: (N,), NaN in row 0.

    patches: float (N, H, W), upright and pose-free, NaN frames where missing. matte: (H, W) weight.
    """
    change = np.full(len(patches), np.nan)
    step = np.abs(np.diff(patches, axis=0))
    change[1:] = (step * matte).sum(axis=(1, 2)) / max(float(matte.sum()), 1e-9)
    return change


def lip_motion(aligned_lips: np.ndarray) -> np.ndarray:
    """Mean distance that the lip points moved since the frame before, mouth widths: (N,), NaN in row 0."""
    motion = np.full(len(aligned_lips), np.nan)
    motion[1:] = np.linalg.norm(np.diff(aligned_lips, axis=0), axis=-1).mean(axis=-1)
    return motion


def reference_pops(
    change: np.ndarray,
    motion: np.ndarray,
    switched: np.ndarray | None = None,
    plate_change: np.ndarray | None = None,
    plate_motion: np.ndarray | None = None,
) -> Pops:
    """Count the frames in which the mouth's picture changes more than its motion explains.

    Expected change = a + b * motion, a robust line (Theil-Sen) through the plate's own mouth and
    the dub's frames away from any switch. A pop lies at most one frame from a switch (anywhere
    where `switched` is None), exceeds the line by 5 robust deviations (1.48 * MAD, one 8-bit step
    at least) and stands out 1.5 times above the frames around it, so that a fast syllable is none.

    change, motion: (N,) by `mouth_change` and `lip_motion` of the dub; the plate's likewise.
    Raises BadInput where fewer than 10 frames tell what motion explains.
    """
    change, motion = np.asarray(change, float), np.asarray(motion, float)
    suspect = np.ones(len(change), bool) if switched is None else _widened(switched, NEAR_SWITCH)
    calm_change, calm_motion = _baseline(change, motion, suspect, plate_change, plate_motion)
    slope, start = _theil_sen(calm_motion, calm_change)
    residual = calm_change - start - slope * calm_motion
    deviation = max(1.4826 * float(np.median(np.abs(residual - np.median(residual)))), LEAST_DEVIATION)
    expected = start + slope * motion
    with np.errstate(invalid="ignore"):
        high = change - expected > DEVIATIONS * deviation
        popped = suspect & high & (change > SPIKE * _around(change))
    return Pops(tuple(np.flatnonzero(popped).tolist()), change, expected)


def _baseline(change, motion, suspect, plate_change, plate_motion) -> tuple[np.ndarray, np.ndarray]:
    calm = ~suspect if not suspect.all() else np.ones(len(change), bool)
    pairs = [np.stack([change[calm], motion[calm]], axis=1)]
    if plate_change is not None and plate_motion is not None:
        pairs.append(np.stack([plate_change, plate_motion], axis=1))
    pairs = np.concatenate(pairs)
    kept = pairs[need_frames(pairs, "reference pops", least=LEAST_BASELINE)]
    return kept[:, 0], kept[:, 1]


def _theil_sen(x: np.ndarray, y: np.ndarray, most: int = 400) -> tuple[float, float]:
    """Slope (never below 0: motion cannot calm a picture) and start of the line through the medians."""
    step = max(1, len(x) // most)
    x_few, y_few = x[::step], y[::step]
    i, j = np.triu_indices(len(x_few), 1)
    run = x_few[j] - x_few[i]
    far = np.abs(run) > 1e-6
    slope = max(0.0, float(np.median((y_few[j] - y_few[i])[far] / run[far]))) if far.any() else 0.0
    return slope, float(np.median(y - slope * x))


def _widened(flags: np.ndarray, by: int) -> np.ndarray:
    return np.convolve(np.pad(np.asarray(flags, float), by), np.ones(2 * by + 1), mode="valid") > 0.5


def _around(change: np.ndarray, reach: int = 3) -> np.ndarray:
    """Median of the three values before and after each, without itself; 0 where there are none."""
    result = np.zeros(len(change))
    for row in range(len(change)):
        near = np.r_[change[max(0, row - reach) : row], change[row + 1 : row + 1 + reach]]
        near = near[np.isfinite(near)]
        result[row] = np.median(near) if len(near) else 0.0
    return result
