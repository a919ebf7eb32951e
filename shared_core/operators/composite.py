"""The generated face, laid into the plate."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np

from ..faces.scale import mouth_width_px
from ..geometry import raster
from ..spec.knob import Knob
from ..spec.operator import Frame, operator
from ..values import Image, Mask, Track, Window


class Composite(NamedTuple):
    """image: the dubbed pixels over the face's window. dub: the generated pixels alone,
    premultiplied by `matte`, with it as alpha. matte: what was laid over, 0 where the plate stands.
    """

    image: Image
    dub: Image
    matte: Mask


@operator("Composite", scope="frame", version=1)
def composite(
    plate: Image,
    face: Image,
    matte: Mask,
    track: Track,
    frame: Frame,
    *,
    amount: Annotated[float, Knob(
        "Amount", "0 shows the plate, 1 the dub.", hard=(0, 1), keyable=True)] = 1.0,
    feather: Annotated[float, Knob(
        "Feather", "Softness of the paste's edge (Gaussian sigma).",
        hard=(0, 200), soft=(0, 50), unit="% of mouth width", keyable=True)] = 9.0,
    occlusion_fade: Annotated[float, Knob(
        "Occlusion Fade", "How far the dub gives way where a hand or a microphone covers the mouth.",
        hard=(0, 1), keyable=True)] = 1.0,
) -> Composite:
    """Lay the generated face into the plate; outside the matte the plate's bits are untouched.

    The matte is feathered, scaled by the amount, faded by the track's occlusion, and rounded to half
    floats, as it is written. Inside it, `out = plate + matte * (face - plate)`; where it is 0 the
    plate is taken, not computed. Without a face, an empty result lets the plate through. After
    IPTalker, fig. 5.
    """
    share = amount * (1.0 - occlusion_fade * track.at(frame).occlusion)
    window = face.window.intersection(plate.window)
    if window.empty or share <= 0.0:
        return _nothing()
    sigma = feather / 100.0 * mouth_width_px(track.at(frame).landmarks)
    soft = raster.trimmed(raster.feather(matte, sigma))
    window = window.intersection(soft.window)
    if window.empty:
        return _nothing()
    alpha = (share * soft.crop(window).alpha).astype(np.float16).astype(np.float32)
    below, above = plate.crop(window).pixels, face.crop(window).pixels
    weight = alpha[..., None]
    covered = weight > 0
    with np.errstate(invalid="ignore"):
        mixed = np.where(weight == 1, above, below + weight * (above - below))
        laid = np.where(covered, above * weight, 0)
    # A plate of infinities or NaN has no difference to scale; there the face stands alone.
    mixed = np.where(covered & ~np.isfinite(mixed), above, mixed)
    dub = np.concatenate([laid, weight], axis=-1, dtype=np.float32)
    return Composite(
        Image(np.where(covered, mixed, below), window),
        Image(dub, window, ("R", "G", "B", "A")),
        Mask(alpha, window),
    )


def _nothing() -> Composite:
    nowhere = Window(0, 0, 0, 0)
    return Composite(
        Image(np.zeros((0, 0, 3), np.float32), nowhere),
        Image(np.zeros((0, 0, 4), np.float32), nowhere, ("R", "G", "B", "A")),
        Mask.empty(),
    )
