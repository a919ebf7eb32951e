"""The actor's faces that a network borrows from, chosen once for the shot."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from ..faces.canonical import MouthSpace, opening
from ..faces.face_spread import spread_faces
from ..faces.shot_crops import ShotCrops
from ..spec.errors import FaceError
from ..spec.frames import FrameRange
from ..spec.knob import Knob
from ..spec.operator import operator
from ..values import Clip, ReferenceFaces, Track

BLINKS = (9, 10)
"""eyeBlinkLeft and eyeBlinkRight in MediaPipe's order of blendshapes."""
_SHUT, _COVERED = 0.55, 0.3


@operator("Reference Faces", scope="shot", version=3)
def reference_faces(
    plate: Clip,
    track: Track,
    *,
    count: Annotated[int, Knob(
        "References", "How many faces the network borrows from. Each checkpoint wants its own number; the "
        "shipped one takes 12.", hard=(1, 32), soft=(3, 16))] = 12,
    pick: Annotated[str, Knob(
        "Pick", "Plate frames to borrow from, in place of the choice made here: as many as References "
        "says.", kind="frames")] = "",
    ban: Annotated[str, Knob("Ban", "Plate frames that never lend.", kind="frames")] = "",
) -> ReferenceFaces:
    """Choose faces of the actor that all frames borrow from, spread over the mouth's shapes and head's turns.

    Left out are faces with something over the mouth, with closed eyes, in doubt, blurred, or turned away
    further than most. They are cut from the plate at a constant radius, each shot at one exposure.

    Raises FaceError where too few frames can lend, or a picked one shows no face or a covered one.
    """
    usable, doubts = _usable(track)
    banned = FrameRange.parse(ban) if ban else ()
    usable &= ~np.isin(track.frames, list(banned))
    space = MouthSpace.fit(track)
    openings = np.zeros(len(track.frames))
    openings[track.present] = opening(space.canonical(track.landmarks[track.present]))
    crops = ShotCrops.of(plate, track)
    if pick:
        rows, warnings = _picked(track, pick, count, doubts)
    else:
        rows, warnings = _chosen(crops, usable, count), ()
    rows = rows[np.argsort(openings[rows], kind="stable")]
    return ReferenceFaces(
        frames=np.arange(len(rows)), source=track.frames[rows],
        pictures=np.stack([crops.encoded(row) for row in rows]).astype(np.float16),
        landmarks=np.stack([crops.landmarks(row) for row in rows]),
        opening=openings[rows].astype(np.float32),
        rec709=tuple(map(float, plate.rec709.ravel())), exposure=crops.exposure,
        report={"frames": " ".join(map(str, track.frames[rows])), "could_lend": int(usable.sum())},
        warnings=warnings,
    )


def _usable(track: Track) -> tuple[np.ndarray, np.ndarray]:
    """Rows that may lend, bool (N,), and why others may not, texts (N,)."""
    doubts = np.full(len(track.frames), "", dtype=object)
    blink = track.blendshapes[:, list(BLINKS)].mean(axis=1)
    seen = track.present
    turned = np.full(len(track.frames), np.inf)
    if seen.any():
        facing = track.pose[:, :3, 2]
        middle = np.median(facing[seen], axis=0)
        turned[seen] = np.linalg.norm(facing[seen] - middle, axis=1)
    far = np.quantile(turned[seen], 0.9) if seen.any() else 0.0
    blurred = track.quality < (np.quantile(track.quality[seen], 0.25) if seen.any() else 0.0)
    for why, where in (
        ("is turned away", turned > far), ("is blurred", blurred), ("has its eyes shut", blink > _SHUT),
        ("has something over its mouth", track.occlusion > _COVERED), ("shows no face", ~seen),
    ):
        doubts[where] = why
    return doubts == "", doubts


def _chosen(crops: ShotCrops, usable: np.ndarray, count: int) -> np.ndarray:
    """Rows of `count` faces that stand for all usable ones."""
    rows = np.flatnonzero(usable)
    if len(rows) < count:
        raise FaceError(
            f"{len(rows)} frames can lend a face; expected {count} or more with a free mouth, open eyes and a"
            " sure track: give more of the plate to look at, pick frames by hand, or loosen Ban"
        )
    return rows[spread_faces(np.stack([crops.landmarks(row) for row in rows]), count)[0]]


def _picked(
    track: Track, pick: str, count: int, doubts: np.ndarray,
) -> tuple[np.ndarray, tuple[str, ...]]:
    frames = list(FrameRange.parse(pick))
    if len(frames) != count:
        raise FaceError(f"Pick names {len(frames)} frames; expected {count}, as References says")
    rows, warnings = [], []
    for frame in frames:
        row = track.row(frame)
        why = "is not in the track" if row is None else doubts[row]
        if why in ("is not in the track", "shows no face", "has something over its mouth"):
            raise FaceError(f"Pick: frame {frame} {why}; pick a frame with the whole mouth in sight")
        if why:
            warnings.append(f"picked frame {frame} {why}: every frame may take that over")
        rows.append(row)
    return np.array(rows), tuple(warnings)
