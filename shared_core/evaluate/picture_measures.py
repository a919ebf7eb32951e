"""All that pixels tell of a dub, in one pass over its frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from ..faces import topology
from ..values import Window
from . import jitter, lpips, references, regions, seam, sharpness, truth
from .alignment import MEDIAPIPE, Person, landmarks_of
from .lip_measures import Measures, Mouths
from .material import Material, rows_at

MOUTH_SPAN, SKIN_SPAN, PATCH = 1.7, 3.4, 64
# Open lips reach beyond the neutral ones, which the skin's patch has to leave out.
LIPS_MARGIN = 1.5
SKIN_BLUR = 1.5
TRUTH = ("psnr_lower_face", "ssim_lower_face", "lpips_lower_face")


@dataclass(frozen=True, eq=False)
class Seen:
    """What one pass over the frames leaves; rows as material.frames, NaN where not measured.

    matte_peak: the final matte's highest value. seam, dub_energy, plate_energy: (N,). mouth, skin:
    {"plate", "dub"} -> (N, 64, 64) upright patches. truth: name -> (N,).
    """

    matte_peak: np.ndarray
    seam: np.ndarray
    dub_energy: np.ndarray
    plate_energy: np.ndarray
    mouth: dict[str, np.ndarray] = field(default_factory=dict)
    skin: dict[str, np.ndarray] = field(default_factory=dict)
    truth: dict[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def empty(cls, count: int) -> Seen:
        curves = (np.full(count, np.nan) for _ in range(3))
        patches = [{who: np.full((count, PATCH, PATCH), np.nan, np.float32) for who in ("plate", "dub")}
                   for _ in range(2)]
        return cls(np.zeros(count), *curves, *patches, {name: np.full(count, np.nan) for name in TRUTH})


def look(
    material: Material, actor: Person, weights: dict[str, Any] | None = None,
    advance: Callable[[int], None] = lambda done: None,
    beside: Callable[[int], None] = lambda frame: None,
) -> Seen:
    """Measure every frame's pixels once, on the face's crop. weights: LPIPS's, None leaves it out.

    beside(frame): called for each frame while its pictures are at hand.
    """
    seen = Seen.empty(len(material.frames))
    plate_points = rows_at(material.plate_track, landmarks_of(material.plate_track), material.frames)
    dub_points = rows_at(material.dub_track, landmarks_of(material.dub_track), material.frames)
    for row, frame in enumerate(material.frames.tolist()):
        plate, dub, matte = material.plate(frame), material.dub(frame), material.matte(frame)
        seen.matte_peak[row] = matte.max(initial=0.0)
        if np.isfinite(plate_points[row]).all():
            crop = _Crop(plate, dub, matte, plate_points[row] - material.origin)
            _look_at_face(seen, row, crop, dub_points[row] - material.origin, actor)
            if material.truth is not None and seen.matte_peak[row] > 0:
                _against_truth(seen, row, crop, material.truth(frame), weights)
        beside(frame)
        advance(row + 1)
    return seen


class _Crop:
    """The face's part of one frame: `points` are the plate's landmarks in the full picture's pixels."""

    def __init__(self, plate: np.ndarray, dub: np.ndarray, matte: np.ndarray, points: np.ndarray) -> None:
        self.points = points
        window = regions.face_window(points, Window(0, 0, plate.shape[1], plate.shape[0]))
        self.slices = np.s_[window.y : window.bottom, window.x : window.right]
        self.origin, self.shape = (window.x, window.y), (window.height, window.width)
        self.plate, self.dub, self.matte = plate[self.slices], dub[self.slices], matte[self.slices]


def _look_at_face(seen: Seen, row: int, crop: _Crop, dub_points: np.ndarray, actor: Person) -> None:
    if min(crop.shape) < 16:
        return
    gray = {"plate": regions.luma(crop.plate), "dub": regions.luma(crop.dub)}
    face_px = regions.face_height(crop.points)
    own_lips = regions.lips_matte(crop.points, crop.shape, crop.origin)
    seen.plate_energy[row] = sharpness.band_energy(gray["plate"], own_lips, face_px)
    centre = mouth_centre(actor)
    place = (crop.points - crop.origin, actor.template, centre)
    for who, picture in gray.items():
        seen.mouth[who][row] = regions.upright_patch(picture, *place, MOUTH_SPAN, PATCH)
        skin = regions.upright_patch(picture, *place, SKIN_SPAN, PATCH)
        seen.skin[who][row] = cv2.GaussianBlur(skin, (0, 0), SKIN_BLUR)
    if seen.matte_peak[row] > 0:
        seen.seam[row] = seam.seam(gray["dub"], gray["plate"], crop.matte, regions.mouth_width(crop.points))
        if np.isfinite(dub_points).all():
            lips = regions.lips_matte(dub_points, crop.shape, crop.origin)
            seen.dub_energy[row] = sharpness.band_energy(gray["dub"], lips, face_px)


def _against_truth(
    seen: Seen, row: int, crop: _Crop, whole_truth: np.ndarray, weights: dict[str, Any] | None
) -> None:
    matte = regions.lower_face_matte(crop.points, crop.shape, crop.origin)
    picture = whole_truth[crop.slices]
    seen.truth["psnr_lower_face"][row] = truth.psnr_lower_face(crop.dub, picture, matte)
    seen.truth["ssim_lower_face"][row] = truth.ssim_lower_face(crop.dub, picture, matte)
    if weights is not None:
        seen.truth["lpips_lower_face"][row] = lpips.lpips_lower_face(crop.dub, picture, matte, weights)


def mouth_centre(actor: Person) -> np.ndarray:
    """The middle of the closed lips, canonical."""
    return actor.neutral[list(actor.landmarks.lips)].mean(axis=0)


def mouth_matte(actor: Person) -> np.ndarray:
    """The lips and some room to open, on the mouth's patch: float32 (64, 64)."""
    return _grown_lips(actor, MOUTH_SPAN, 1.15)


def skin_matte(actor: Person) -> np.ndarray:
    """The lower face without the lips, on the skin's patch: float32 (64, 64)."""
    points = regions.to_patch(actor.neutral, mouth_centre(actor), SKIN_SPAN, PATCH)
    face = regions.lower_face_matte(points, (PATCH, PATCH), (0, 0))
    return face * (1.0 - _grown_lips(actor, SKIN_SPAN, LIPS_MARGIN))


def _grown_lips(actor: Person, span: float, factor: float) -> np.ndarray:
    outer = regions.to_patch(actor.neutral[list(topology.LIPS_OUTER)], mouth_centre(actor), span, PATCH)
    middle = outer.mean(axis=0)
    # Lips open downwards further than they widen.
    grown = middle + (outer - middle) * (factor, 1.6 * factor)
    return regions.polygon(grown, (PATCH, PATCH), (0, 0))


def picture_measures(seen: Seen, mouths: Mouths, material: Material) -> Measures:
    """The pixels' share of `dub evaluate`'s names; each is measured when called."""
    dub_opening, plate_opening = mouths.opening("dub"), mouths.opening("plate")
    measures: Measures = {
        "lip_sharpness_ratio": lambda: sharpness.lip_sharpness_ratio(
            seen.dub_energy, dub_opening, seen.plate_energy, plate_opening
        ),
        "seam": lambda: median_of(seen.seam, "seam"),
        "reference_pops": lambda: float(pops(seen, mouths, material).count),
        "flicker": lambda: jitter.flicker(seen.skin["dub"], seen.skin["plate"], skin_matte(mouths.actor)),
    }
    if material.truth is not None:
        for name in TRUTH:
            measures[name] = lambda name=name: mean_of(seen.truth[name], name)
    return measures


def pops(seen: Seen, mouths: Mouths, material: Material) -> references.Pops:
    """Where the dub's mouth pops; without a sidecar of references every frame is suspect."""
    matte, loop = mouth_matte(mouths.actor), list(MEDIAPIPE.lips)
    switched = None
    if material.references is not None:
        switched = references.switches(material.references, material.frames)
    change = {who: references.mouth_change(seen.mouth[who], matte) for who in ("dub", "plate")}
    motion = {who: references.lip_motion(getattr(mouths, who)[:, loop]) for who in ("dub", "plate")}
    return references.reference_pops(change["dub"], motion["dub"], switched, change["plate"], motion["plate"])


def _finite(values: np.ndarray, what: str) -> np.ndarray:
    from .alignment import need_frames

    return values[need_frames(values[:, None], what)]


def median_of(values: np.ndarray, what: str) -> float:
    """Median over the frames that were measured; BadInput where none was."""
    return float(np.median(_finite(values, what)))


def mean_of(values: np.ndarray, what: str) -> float:
    """Mean over the frames that were measured; BadInput where none was."""
    return float(_finite(values, what).mean())
