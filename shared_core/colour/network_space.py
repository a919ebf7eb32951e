"""The reversible space that networks and previews see: sRGB's curve with a soft shoulder.

Convention: `linear` is linear-light Rec.709 (sRGB primaries, D65), unbounded; `encoded` lies in
(-1, 1), 0 for black. The sign of a value is kept through the curve, and the shoulder is a rational
function, so that both ways are written out and 60.0 comes back where a clip would leave 1.0.

    curve     s = sRGB(|x * exposure|), its power law going on above 1
    shoulder  y = s                            for s <= KNEE
              y = KNEE + (1 - KNEE) t / (1 + t),  t = (s - KNEE) / (1 - KNEE)     above

Reference: IEC 61966-2-1 (sRGB) for the curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KNEE = 0.9
MIDDLE_GREY = 0.18
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


def srgb_curve(linear: np.ndarray) -> np.ndarray:
    """sRGB's encoding of `linear` (>= 0, any shape), its power law extended above 1."""
    power = 1.055 * np.power(np.maximum(linear, 0.0031308), 1.0 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, power)


def inverse_srgb_curve(encoded: np.ndarray) -> np.ndarray:
    """The inverse of `srgb_curve` (>= 0, any shape)."""
    power = np.power((np.maximum(encoded, 0.04045) + 0.055) / 1.055, 2.4)
    return np.where(encoded <= 0.04045, encoded / 12.92, power)


def _shoulder(value: np.ndarray) -> np.ndarray:
    over = np.maximum(value - KNEE, 0.0) / (1.0 - KNEE)
    return np.where(value <= KNEE, value, KNEE + (1.0 - KNEE) * (1.0 - 1.0 / (1.0 + over)))


def _inverse_shoulder(value: np.ndarray) -> np.ndarray:
    share = np.maximum(value - KNEE, 0.0) / (1.0 - KNEE)
    # A network may answer 1 or more, where the shoulder has no inverse: hold it just below.
    share = np.minimum(share, 1.0 - 1e-4)
    return np.where(value <= KNEE, value, KNEE + (1.0 - KNEE) * share / (1.0 - share))


@dataclass(frozen=True)
class NetworkSpace:
    """The curve at one exposure. exposure: factor on linear light before the curve, above 0.

    Raises ValueError where the exposure is not a finite number above 0.
    """

    exposure: float = 1.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.exposure) and self.exposure > 0):
            raise ValueError(f"exposure is {self.exposure}; expected a finite factor above 0")

    def encode(self, linear: np.ndarray) -> np.ndarray:
        """Encode linear Rec.709 (float32, any shape) to (-1, 1), float32; NaN stays NaN."""
        linear = np.asarray(linear, np.float32)
        with np.errstate(invalid="ignore"):  # NaN goes in and comes out without a word
            exposed = np.abs(linear).astype(np.float64) * self.exposure
            return np.copysign(_shoulder(srgb_curve(exposed)), linear).astype(np.float32)

    def decode(self, encoded: np.ndarray) -> np.ndarray:
        """Decode what `encode` gave (float32, any shape) to linear Rec.709, float32.

        Values of 1 and more, which only a network makes, decode to the shoulder's last 1e-4.
        """
        encoded = np.asarray(encoded, np.float32)
        with np.errstate(invalid="ignore"):
            light = inverse_srgb_curve(_inverse_shoulder(np.abs(encoded).astype(np.float64)))
            return np.copysign(light / self.exposure, encoded).astype(np.float32)


def exposure_for(linear: np.ndarray, weight: np.ndarray | None = None) -> float:
    """The exposure that brings the mean of a face to middle grey: one number for a whole shot.

    linear: float32 (..., 3), linear Rec.709. weight: float32 (...), 0 to 1, or None for all. The
    mean is that of log2 of the luminance, as a light meter's; pixels at or below 0 do not count.
    Returns 1.0 where nothing counts. Take it over the shot: one per frame would flicker.
    """
    luminance = np.asarray(linear, np.float32) @ _LUMINANCE
    counts = np.isfinite(luminance) & (luminance > 1e-6)
    share = counts.astype(np.float64) if weight is None else counts * np.asarray(weight, np.float64)
    if share.sum() <= 0:
        return 1.0
    logarithm = np.log2(np.where(counts, luminance, 1.0).astype(np.float64))
    return float(MIDDLE_GREY / 2.0 ** ((logarithm * share).sum() / share.sum()))
