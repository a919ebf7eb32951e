"""What each number should be, and what it means to somebody who looks at the shot."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass

from . import jitter, lips, lpips, references, seam, sharpness, timing, truth
from .official_sync import OfficialSync
from .sync_expert import SyncExpert


@dataclass(frozen=True)
class Bar:
    """A number of `dub evaluate`: label, unit, what it means, and where it should lie.

    low, high: its limits, None where there is none. A bar with neither is reported without verdict.
    formula: the function whose docstring states it.
    """

    label: str
    meaning: str
    formula: Callable[..., object]
    low: float | None = None
    high: float | None = None
    unit: str = ""

    def verdict(self, value: float | None) -> str:
        """"good", "look" (outside its limits), "not measured", or "" where there is no limit."""
        if value is None or not math.isfinite(value):
            return "not measured"
        if self.low is None and self.high is None:
            return ""
        inside = (self.low is None or value >= self.low) and (self.high is None or value <= self.high)
        return "good" if inside else "look"

    def expected(self) -> str:
        """The limits as a reader sees them."""
        if self.low is None and self.high == 0:
            return "none"
        unit = f" {self.unit}" if self.unit else ""
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}{unit}"
        if self.low is not None:
            return f"{self.low:g}{unit} or more"
        return f"{self.high:g}{unit} or less" if self.high is not None else ""

    def explanation(self) -> str:
        return inspect.cleandoc(self.formula.__doc__ or "")


BARS: dict[str, Bar] = {
    "lip_error_ratio": Bar(
        "Lip error, against the untouched plate",
        "How far the lips still are from the dubber's; 1 is no better than not dubbing at all. "
        "Up to 0.5 where the head is turned. Self-graded: the tracker that set the target measures it.",
        lips.lip_error_ratio, high=0.40),
    "lip_error_ratio_independent": Bar(
        "Lip error, by an independent model",
        "The same by a landmark model that took no part in making the dub; it is noisier, so higher.",
        lips.lip_error_ratio, high=1.0),
    "lip_error": Bar(
        "Lip error", "Mean distance of the lips' points from where the dubber's would be.",
        lips.lip_error, unit="% of mouth width"),
    "lip_error_plate": Bar(
        "Lip error of the untouched plate", "The same before dubbing.", lips.lip_error,
        unit="% of mouth width"),
    "opening_r": Bar(
        "Opening follows the driver", "1: the mouth opens and closes exactly when the dubber's does.",
        lips.opening_r, low=0.92),
    "opening_r_independent": Bar(
        "Opening, by an independent model", "The same by the model that took no part.",
        lips.opening_r, low=0.6),
    "opening_gain": Bar(
        "Opening gain", "Below 1 the actor mumbles, above 1 they shout.",
        lips.opening_gain, low=0.85, high=1.1),
    "width_r": Bar(
        "Width follows the driver", "1: the lips spread and purse as the dubber's do.", lips.width_r),
    "lag_frames": Bar(
        "Late by", "Above 0 the lips come after the dubber's, below 0 before.",
        timing.lag_frames, low=-0.5, high=0.5, unit="frames"),
    "sync_auc": Bar(
        "Fits the voice, by the lip-sync expert",
        "1: the mouth fits its own moment of the voice better than any other; 0.5: no better than chance.",
        SyncExpert.auc),
    "sync_auc_plate": Bar(
        "Fits the voice, the untouched plate", "The same before dubbing.", SyncExpert.auc),
    "lse_c": Bar(
        "LSE-C", "The official SyncNet's confidence: higher is better. Compare it with the plate's own take.",
        OfficialSync.confidence),
    "lse_c_plate": Bar("LSE-C of the untouched plate", "The same before dubbing.", OfficialSync.confidence),
    "lse_d": Bar(
        "LSE-D", "The official SyncNet's distance: lower is better. Compare it with the plate's own take.",
        OfficialSync.distance),
    "lse_d_plate": Bar("LSE-D of the untouched plate", "The same before dubbing.", OfficialSync.distance),
    "closed_opening": Bar(
        "Open where it should be closed",
        "How far the lips stand apart on the dubber's m, b, p and pauses, in mouth widths.",
        lips.closed_opening, high=0.03, unit="mouth widths"),
    "lmd": Bar(
        "Landmark distance (LMD)",
        "The papers' measure of lip-sync; compare it with the plate's, not across papers.",
        lips.lmd, unit="px"),
    "lmd_plate": Bar(
        "LMD of the untouched plate", "The landmark distance before dubbing.", lips.lmd, unit="px"),
    "jitter_outside_ratio": Bar(
        "Jitter outside the mouth", "1: face and jaw are as steady as in the plate.",
        jitter.jitter_outside_ratio, high=1.1),
    "jitter_lips_ratio": Bar(
        "Jitter of the lips", "1: the lips are as steady as the dubber's.",
        jitter.jitter_lips_ratio, high=1.2),
    "flicker": Bar(
        "Flicker of the skin", "1: the skin around the mouth changes as smoothly as in the plate.",
        jitter.flicker),
    "lip_sharpness_ratio": Bar(
        "Sharpness of the lips", "1: as sharp as the actor's own lips at a like opening; below, soft.",
        sharpness.lip_sharpness_ratio, low=0.9, high=1.15),
    "lip_look": Bar(
        "Look of the lips (LPIPS)", "1: as like the actor's own mouth as two of their own frames are alike.",
        sharpness.lip_look),
    "seam": Bar(
        "Seam at the matte's edge", "0: no edge; above 0.25 somebody who looks for it finds it.",
        seam.seam, high=0.25),
    "reference_pops": Bar(
        "Pops", "Frames in which the mouth jumps when another reference takes over.",
        references.reference_pops, high=0.0, unit="frames"),
    "psnr_lower_face": Bar(
        "PSNR, lower face", "Likeness to the truth; above 29 dB differences are small.",
        truth.psnr_lower_face, low=29.0, unit="dB"),
    "ssim_lower_face": Bar(
        "SSIM, lower face", "1: the same structure as the truth.", truth.ssim_lower_face, low=0.90),
    "lpips_lower_face": Bar(
        "LPIPS, lower face", "0: looks the same as the truth to a network.", lpips.lpips_lower_face),
}
