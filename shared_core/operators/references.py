"""The actor's own frames that lend lips, teeth and tongue."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from ..faces.canonical import opening
from ..faces.lender_choice import Lenders, Weights, cheapest_path, switch_costs, unary_costs
from ..faces.lender_pool import Take, centred, gather, look_through, turns
from ..faces.mouth_modes import LIPS
from ..faces.skin_levels import LEVEL_POINTS, light_gain
from ..spec.errors import KnobError
from ..spec.frames import FrameRange
from ..spec.knob import Knob
from ..spec.operator import operator
from ..values import Clip, Drive, References, Track


@operator("References", scope="shot", version=2)
def references(
    plate: Clip,
    track: Track,
    drive: Drive,
    takes: Clip | None = None,
    takes_track: Track | None = None,
    *,
    forbid: Annotated[int, Knob(
        "Forbid", "Lenders keep at least this far from the frame that is made; for self-reenactment.",
        hard=(0, 1_000_000), soft=(0, 50), unit="frames")] = 0,
    ban: Annotated[str, Knob(
        "Ban", "Plate frames that never lend, as a frame range.", kind="frames")] = "",
    pin: Annotated[str, Knob(
        "Pin", "Forced choices: frames=lender, separated by spaces, as in 1010-1015=1042 1020=1007.")] = "",
    pool_size: Annotated[int, Knob(
        "Pool Size", "Most frames to choose from; spread over all mouth shapes.",
        hard=(1, 5000), soft=(40, 1000), unit="frames")] = 500,
    dissolve: Annotated[int, Knob(
        "Dissolve", "Length of the dissolve where one lender takes over from another.",
        hard=(0, 100), soft=(0, 12), unit="frames")] = 4,
    pose_weight: Annotated[float, Knob(
        "Pose Weight", "How much a different turn of the head counts against a lender.",
        hard=(0, 10), soft=(0, 1))] = 0.10,
    teeth_weight: Annotated[float, Knob(
        "Teeth Weight", "How much showing more or less teeth than the dubber counts against a lender.",
        hard=(0, 10), soft=(0, 0.5))] = 0.06,
    continuity: Annotated[float, Knob(
        "Continuity", "How reluctantly one lender gives way to another.",
        hard=(0, 10), soft=(0, 0.2))] = 0.02,
) -> References:
    """Choose, for every frame, the actor's own frame whose mouth comes nearest to the wanted one.

    A dynamic programme weighs the lips' shape, the head's turn, teeth, sharpness and continuity.
    Lenders come from the plate and, where connected, from another clip of the same actor. The
    light of each lender against the frame is measured around the mouth and smoothed over the shot.

    Raises FaceError where no frame can lend, and KnobError for a pin or ban that cannot be met.
    """
    pool = [look_through(plate, track)]
    if takes is not None and takes_track is not None:
        pool.append(look_through(takes, takes_track))
    pins = _pins(pin)
    lenders, owner = gather(pool, pool_size, ban, keep=pins.values())
    wanted = np.flatnonzero(drive.present & track.present)
    choice = _choose(pool[0], lenders, track, drive, wanted, pins, forbid, dissolve // 2,
                     Weights(pose=pose_weight, teeth=teeth_weight, switch=continuity))
    pairs, weights = _dissolve(choice, lenders, _restarts(track, wanted), dissolve)
    return _as_references(pool, lenders, owner, track, wanted, pairs, weights)


def _pins(text: str) -> dict[int, int]:
    """`1010-1015=1042 1020=1007` as {frame: lender}."""
    pins = {}
    for item in text.split():
        frames, _, lender = item.partition("=")
        try:
            number = int(lender)
        except ValueError:
            raise KnobError(f"pin {item!r}: expected frames=lender, as in 1010-1015=1042") from None
        pins |= dict.fromkeys(FrameRange.parse(frames), number)
    return pins


def _choose(take: Take, lenders: Lenders, track: Track, drive: Drive, wanted: np.ndarray,
            pins: dict[int, int], forbid: int, reach: int, weights: Weights) -> np.ndarray:
    """The index of a lender for each row in `wanted`.

    reach: how many frames beside its own a lender may be dissolved into; `forbid` holds there too.
    """
    if not len(wanted):
        return np.zeros(0, int)
    pose = take.space.pose(track.landmarks[wanted])
    aspect = (track.pixel_aspect, 1.0)
    mouths = pose.remove(drive.landmarks[wanted] * aspect)
    unary = unary_costs(lenders, centred(mouths[:, LIPS]), opening(mouths), turns(track.pose[wanted]),
                        drive.teeth[wanted], weights)
    frames = track.frames[wanted]
    if forbid:
        near = np.abs(lenders.frame[None, :] - frames[:, None]) < forbid + reach
        unary[near & (lenders.clip == 0)[None, :]] = np.inf
    for row, frame in enumerate(frames):
        if int(frame) in pins:
            unary[row, ~((lenders.frame == pins[int(frame)]) & (lenders.clip == 0))] = np.inf
        if not np.isfinite(unary[row]).any():
            raise KnobError(
                f"references at frame {frame}: no lender is left (pin {pins.get(int(frame), 'none')}, "
                f"forbid {forbid}, {len(lenders.frame)} in the pool); loosen Forbid, Pin or Ban"
            )
    return cheapest_path(unary, switch_costs(lenders, weights), _restarts(track, wanted))


def _restarts(track: Track, wanted: np.ndarray) -> np.ndarray:
    """Bool (N,): which of the `wanted` rows does not follow on from the one before, for a gap or a cut."""
    frames = track.frames[wanted]
    return np.r_[True, np.diff(frames) > 1][: len(frames)] | np.isin(frames, track.cuts)


def _dissolve(choice: np.ndarray, lenders: Lenders, restarts: np.ndarray, length: int):
    """Two lenders (N, 2) and their weights (N, 2): at each switch the old one fades into the new one.

    Of two switches that lie closer than `length`, each dissolve gets half of the way between. Nothing
    is dissolved across a gap or a cut.
    """
    pairs = np.stack([choice, choice], axis=1)
    weights = np.tile(np.float32([1.0, 0.0]), (len(choice), 1))
    apart = np.abs(np.diff(lenders.frame[choice])) > 1
    apart |= np.diff(lenders.clip[choice]) != 0
    switches = np.flatnonzero(apart & ~restarts[1:]) + 1
    edges = np.unique(np.r_[0, switches, np.flatnonzero(restarts), len(choice)])
    for switch in switches:
        place = int(np.searchsorted(edges, switch))
        before, after = switch - edges[place - 1], edges[place + 1] - switch
        half = min(length // 2, before // 2 or 1, after // 2 or 1)
        for offset in range(-half, half):
            new = (offset + half + 0.5) / (2 * half)
            other = choice[switch] if offset < 0 else choice[switch - 1]
            pairs[switch + offset, 1] = other
            weights[switch + offset] = (1 - new, new) if offset < 0 else (new, 1 - new)
    return pairs, weights


def _as_references(pool, lenders, owner, track, wanted, pairs, weights) -> References:
    count = len(track.frames)
    clip, source = np.zeros((count, 2), np.int8), np.zeros((count, 2), np.int64)
    weight = np.zeros((count, 2), np.float32)
    landmarks = np.zeros((count, 2, 478, 2), np.float32)
    gain = np.ones((count, 2, len(LEVEL_POINTS), 3), np.float32)
    clip[wanted], source[wanted], weight[wanted] = lenders.clip[pairs], lenders.frame[pairs], weights
    for row, pair in zip(wanted, pairs, strict=True):
        for slot, lender in enumerate(pair):
            take = pool[int(lenders.clip[lender])]
            landmarks[row, slot] = take.track.raw[owner[lender]]
            gain[row, slot] = light_gain(pool[0].levels[row], take.levels[owner[lender]])
    report = _report(pool, lenders)
    return References(track.frames, clip, source, weight, landmarks, gain, report, _warnings(report))


def _report(pool: list[Take], lenders: Lenders) -> dict:
    gaps = np.concatenate([
        opening(take.space.canonical(take.track.raw[take.rows])) - take.space.closed_opening
        for take in pool if len(take.rows)
    ])
    return {
        "frames": int(len(lenders.frame)),
        "open": int((gaps > 0.08).sum()),
        "wide_open": int((gaps > 0.2).sum()),
        "teeth": int((np.nan_to_num(lenders.teeth) > 0.25).sum()),
        "sharp": int((lenders.penalty == 0).sum()),
        "widest_opening": round(float(gaps.max()), 3),
    }


def _warnings(report: dict) -> tuple[str, ...]:
    found = []
    if report["frames"] < 40:
        found.append(
            f"Only {report['frames']} frames of the actor can lend a mouth; 40 or more look better. "
            "Connect other takes of the actor."
        )
    if report["open"] < 10:
        found.append(
            f"The actor's mouth is open in only {report['open']} frames: wide mouths will be stretched. "
            "Connect takes in which the actor speaks."
        )
    if report["teeth"] == 0:
        found.append("The actor never shows teeth: open mouths will be dark. Connect other takes.")
    return tuple(found)
