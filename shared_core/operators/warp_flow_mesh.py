"""The generated lower face: the plate's own skin and a lender's lips, both bent to the drive."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import cv2
import numpy as np

from ..faces.canonical import fit_similarity
from ..faces.skin_levels import LEVEL_POINTS
from ..faces.skin_motion import bent, centres_of, skin_motion, vectors_within
from ..faces.topology import LIPS_OUTER, LOWER_FACE, UPPER_FACE
from ..geometry import raster
from ..geometry.face_field import FaceField
from ..geometry.sampling import fill_non_finite, sample
from ..spec.knob import Knob
from ..spec.operator import Frame, operator
from ..values import Clip, Drive, Flow, Image, Reference, References, Track, Window
from . import _skin_knobs as knobs


class Warp(NamedTuple):
    """face: the generated pixels. flow: the plate's own motion. reference_flow: into the heaviest
    lender's frame. Each flow's confidence says how much of the pixel comes that way.
    """

    face: Image
    flow: Flow
    reference_flow: Flow


@operator("Warp Flow (Mesh)", scope="frame", version=2)
def warp_flow_mesh(
    plate: Image,
    track: Track,
    drive: Drive,
    references: References,
    clip: Clip,
    frame: Frame,
    takes: Clip | None = None,
    flow: Flow | None = None,
    reference_flow: Flow | None = None,
    *,
    borrow: Annotated[str, Knob(
        "Borrow", "What comes from the lender: lips and mouth (skin and light stay the plate's), "
        "or the whole lower face (follows wide mouths better).", choices=("mouth", "lower_face"))] = "mouth",
    lip_margin: Annotated[float, Knob(
        "Lip Margin", "How far the borrowed part reaches beyond the lips.",
        hard=(0, 100), soft=(0, 40), unit="% of mouth width", keyable=True)] = 18.0,
    lip_feather: Annotated[float, Knob(
        "Lip Feather", "Softness of the borrowed part's edge (Gaussian sigma).",
        hard=(0.1, 100), soft=(1, 20), unit="% of mouth width", keyable=True)] = 6.0,
    smooth: knobs.Smooth = knobs.SMOOTH,
    reach: knobs.Reach = knobs.REACH,
) -> Warp:
    """Bend the plate's lower face to the drive and lay a lender's mouth into it.

    Both motions are backward flows from a mesh of fixed topology. A connected `flow` or
    `reference_flow` replaces the one made here, so that a motion edited by hand is what gets
    rendered. Where the face, the drive or a lender is missing, the result is empty and the plate
    passes through.
    """
    face, target, lenders = track.at(frame), drive.at(frame), references.at(frame)
    if not (face.present and target.present and lenders):
        return _nothing()
    own, wanted, unit, field, vectors = skin_motion(face, target, flow, smooth, reach)
    skin = bent(plate, field.window, vectors)

    share = _borrowed(wanted, field.window, unit, borrow, lip_margin / 100.0, lip_feather / 100.0)
    share *= _on_face(wanted, field.window, unit)
    part = _extent(share, field.window)
    rows, columns = part.slices_in(field.window)
    if reference_flow is not None:
        lenders = lenders[:1]
    lent, lent_flow = None, None
    for lender in lenders:
        to_lender = _lender_flow(lender, own, wanted, field, part, unit)
        if reference_flow is not None:
            to_lender = vectors_within(reference_flow, part)
        lent_flow = to_lender if lent_flow is None else lent_flow
        source = clip if lender.clip == 0 else takes
        pixels = _lend(source, lender, part, to_lender) * _light(lender, wanted, part, unit)
        weight = 1.0 if reference_flow is not None else lender.weight
        lent = pixels * weight if lent is None else lent + pixels * weight
    amount = share[rows, columns]
    pixels = skin.copy()
    pixels[rows, columns] += amount[..., None] * (lent - pixels[rows, columns])
    return Warp(
        Image(pixels, field.window),
        Flow(vectors, 1.0 - share, field.window),
        Flow(lent_flow, np.ascontiguousarray(amount), part),
    )


def _nothing() -> Warp:
    nowhere = Window(0, 0, 0, 0)
    still = Flow(np.zeros((0, 0, 2), np.float32), np.zeros((0, 0), np.float32), nowhere)
    return Warp(Image(np.zeros((0, 0, 3), np.float32), nowhere), still, still)


def _borrowed(wanted, window: Window, unit: float, borrow: str, margin: float, feather: float) -> np.ndarray:
    """How much of each pixel the lender gives: float32 (height, width), 0 at the window's edge."""
    if borrow == "mouth":
        shape = raster.grow(raster.fill_polygon(wanted[list(LIPS_OUTER)]), margin * unit)
    else:
        shape = raster.grow(raster.fill_hull(wanted[list(LOWER_FACE)]), -1.5 * feather * unit)
    soft = raster.on_window(raster.feather(shape, feather * unit), window)
    soft[soft < 1e-3] = 0.0
    return soft


def _on_face(wanted: np.ndarray, window: Window, unit: float) -> np.ndarray:
    """1 on the face, 0 beyond its outline: on a turned head the lips' surroundings end there."""
    inner = raster.grow(raster.fill_hull(wanted[:468]), -0.06 * unit)
    return raster.on_window(raster.feather(inner, 0.03 * unit), window)


def _extent(share: np.ndarray, window: Window) -> Window:
    """The part of `window` in which `share` is above 0; one pixel at least."""
    rows, columns = np.flatnonzero(share.any(axis=1)), np.flatnonzero(share.any(axis=0))
    if not len(rows):
        return Window(window.x, window.y, 1, 1)
    return Window(
        window.x + int(columns[0]), window.y + int(rows[0]),
        int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1,
    )


def _lender_flow(lender: Reference, own, wanted, field: FaceField, part: Window, unit: float) -> np.ndarray:
    """Flow (height, width, 2) over `part` into the lender's frame: the head's motion by a
    similarity, and what is left at the landmarks by the mesh.
    """
    upper = list(UPPER_FACE)
    lent = lender.landmarks.astype(np.float64)
    head = fit_similarity(own[upper], lent[upper][None])
    residual = lent - head.place(wanted[None])[0]
    x, y = centres_of(part)
    centres = np.stack([x, y], axis=-1)
    moved = head.place(centres.reshape(1, -1, 2).astype(np.float64)).reshape(centres.shape)
    bent = field.spread(residual, 0.012 * unit)[part.slices_in(field.window)]
    return (moved - centres + bent).astype(np.float32)


def _lend(clip: Clip, lender: Reference, part: Window, vectors: np.ndarray) -> np.ndarray:
    x, y = centres_of(part)
    x, y = x + vectors[..., 0], y + vectors[..., 1]
    needed = Window.around(x.min() - 3, y.min() - 3, x.max() + 3, y.max() + 3)
    image = clip.image(lender.frame, needed)
    return sample(fill_non_finite(np.ascontiguousarray(image.pixels)), x - needed.x, y - needed.y)


def _light(lender: Reference, wanted: np.ndarray, part: Window, unit: float) -> np.ndarray:
    """The lender's gain over `part`: float32 (height, width, 3), between its places by Gaussian weights."""
    rows, columns = np.linspace(part.y, part.bottom, 12), np.linspace(part.x, part.right, 16)
    places = wanted[list(LEVEL_POINTS)]
    away = (columns[None, :, None] - places[:, 0]) ** 2 + (rows[:, None, None] - places[:, 1]) ** 2
    weights = np.exp(-away / (2 * (0.45 * unit) ** 2)) + 1e-6
    weights /= weights.sum(axis=-1, keepdims=True)
    coarse = np.exp(weights @ np.log(lender.gain.astype(np.float64))).astype(np.float32)
    return cv2.resize(coarse, (part.width, part.height), interpolation=cv2.INTER_LINEAR)
