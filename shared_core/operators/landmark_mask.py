"""landmark_mask: the mattes that hang on a face's landmarks."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import numpy as np

from shared_core.faces.face_shapes import face_extent, jaw_band, lower_face_points, neck_points, steadied
from shared_core.faces.scale import mouth_width_px
from shared_core.faces.topology import LIPS_INNER, LIPS_OUTER
from shared_core.geometry import raster
from shared_core.spec.keys import Keys, value_at
from shared_core.spec.knob import Knob
from shared_core.spec.operator import Frame, operator
from shared_core.values import Drive, Mask, Track

UPPER_EDGES = ("nose base", "below eyes")


class Mattes(NamedTuple):
    """What `landmark_mask` gives. drive_face: the lower face where the drive alone has it."""

    lower_face: Mask
    lips: Mask
    inner_mouth: Mask
    jaw: Mask
    full_face: Mask
    drive_face: Mask


@operator("Landmark Mask", scope="frame", version=1)
def landmark_mask(
    track: Track, frame: Frame, drive: Drive = None, matte: Mask = None, *,
    grow: Annotated[float, Knob(
        "Grow", "Moves the edge of every matte outwards; negative moves it inwards.",
        hard=(-500, 500), soft=(-40, 40), unit="px", keyable=True)] = 0.0,
    grow_percent: Annotated[float, Knob(
        "Grow (Face)", "The same, in percent of the face's longer side; adds to Grow.",
        hard=(-50, 50), soft=(-5, 10), unit="%", keyable=True)] = 0.0,
    feather: Annotated[float, Knob(
        "Feather", "Gaussian sigma of the mattes' edges. Composite feathers its own paste beside this.",
        hard=(0, 500), soft=(0, 64), unit="px", keyable=True)] = 0.0,
    feather_percent: Annotated[float, Knob(
        "Feather (Face)", "The same, in percent of the face's longer side; adds to Feather.",
        hard=(0, 50), soft=(0, 10), unit="%", keyable=True)] = 0.0,
    smoothing: Annotated[int, Knob(
        "Smoothing", "Frames to each side over which the outline is steadied. It follows the head "
        "without lag: only the shape is averaged. Reaches neither over cuts nor over gaps.",
        hard=(0, 50), soft=(0, 10), unit="frames", reach=True)] = 0,
    upper_edge: Annotated[str, Knob(
        "Upper Edge", "How far up the lower face reaches: to the nose's base, or to the cheekbones "
        "below the eyes.", choices=UPPER_EDGES)] = "nose base",
    neck: Annotated[float, Knob(
        "Neck", "How far the lower face reaches below the chin where a drive is connected: the neck "
        "moves along with the chin there.", hard=(0, 300), soft=(0, 100), unit="% of mouth width",
        keyable=True)] = 45.0,
    nudges: Annotated[list, Knob(
        "Nudges", "Moves single landmarks, px, keyed per frame; keys hold before the first and "
        "after the last, so key 0 on both sides of a frame to touch it alone.")] = (),
    matte_mode: Annotated[str, Knob(
        "Artist's Matte", "How a connected matte acts. Replace and add change lower and full face; "
        "subtract and multiply change all mattes, lips and jaw included.",
        choices=raster.COMBINE_MODES, keyable=True)] = "replace",
) -> Mattes:
    """Make mattes of the lower face, lips, inner mouth, jaw, full face, and of the drive's own face.

    The lower face is the convex hull of the landmarks below the nose (it fits frontal faces and
    profiles alike); where a drive is connected it also covers where the jaw will be, and lips and
    inner mouth lie where the drive puts them. `drive_face` is the hull of the drive's lower face alone,
    without a neck: what is new where Warp Plate has moved the jaw. Edges are sub-pixel exact. Order of
    work: outline, grow, feather, then the artist's matte, whose own edge stays as it was drawn. A frame
    without the face gives empty mattes. After IPTalker, fig. 4.
    """
    face = track.at(frame)
    if not face.present:
        return Mattes(*[Mask.empty()] * 6)
    plate = _nudged(steadied(track, frame, smoothing), nudges, frame)
    wanted = drive.at(frame) if drive is not None else None
    target = None
    if wanted is not None and wanted.present:
        target = _nudged(wanted.landmarks.astype(np.float64), nudges, frame)
    extent = face_extent(plate)
    grown = grow + grow_percent / 100 * extent
    sigma = feather + feather_percent / 100 * extent
    shapes = _outlines(plate, target, upper_edge, neck / 100.0 * mouth_width_px(plate))
    mattes = Mattes(*[raster.feather(raster.grow(shape, grown), sigma) for shape in shapes])
    return mattes if matte is None else _with_artists(mattes, matte, matte_mode)


def _outlines(plate: np.ndarray, target: np.ndarray | None, upper_edge: str, neck_px: float) -> Mattes:
    """The hard mattes; `target` is None where no drive says where the mouth will be."""
    faces = [plate] if target is None else [plate, target]
    mouth = faces[-1]
    jaw = Mask.empty()
    for points in faces:
        jaw = raster.union(jaw, raster.fill_polygon(jaw_band(points)))
    lower = [lower_face_points(one, upper_edge) for one in faces]
    if target is not None:
        lower += [neck_points(one, neck_px) for one in faces]
    return Mattes(
        lower_face=raster.fill_hull(np.concatenate(lower)),
        lips=raster.fill_polygon(mouth[list(LIPS_OUTER)]),
        inner_mouth=raster.fill_polygon(mouth[list(LIPS_INNER)], folded=False),
        jaw=jaw,
        full_face=raster.fill_hull(np.concatenate([one[:468] for one in faces])),
        drive_face=raster.fill_hull(lower_face_points(mouth, upper_edge)),
    )


def _with_artists(mattes: Mattes, matte: Mask, mode: str) -> Mattes:
    """The artist's matte on those that it concerns; see the knob's help."""
    whole_faces = ("lower_face", "full_face")
    return Mattes(*[
        raster.combine(own, matte, mode) if mode in ("subtract", "multiply") or name in whole_faces else own
        for name, own in mattes._asdict().items()
    ])


def _nudged(points: np.ndarray, nudges: list[dict[str, Any]], frame: int) -> np.ndarray:
    """`points` (478, 2) with each nudge's landmark moved by what it says at `frame`, px."""
    moved = points.copy()
    for nudge in nudges:
        for axis, name in enumerate(("x", "y")):
            value = nudge[name]
            keys = Keys.from_json(value, f"nudges.{name}") if isinstance(value, dict) else value
            moved[nudge["landmark"], axis] += value_at(keys, frame)
    return moved
