"""The dubber's mouth, in the actor's face."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from ..faces.canonical import MouthSpace
from ..faces.head_turn import may_slide
from ..faces.mouth_modes import PUCKER, MouthModes, measure
from ..faces.performance import (
    closure_of,
    offsets_from_neutral,
    played_seconds,
    rows_at,
    rows_played,
    teeth_shown,
)
from ..faces.retarget import (
    CLOSURE,
    MODES,
    OPENING,
    eased,
    edited,
    held_back,
    less_crooked,
    levelled,
    onto_actor,
    own_tilt_of,
    tilt,
    within_range,
)
from ..faces.silence import silence_gate
from ..spec.errors import BadInput
from ..spec.keys import sample
from ..spec.knob import Knob
from ..spec.operator import operator
from ..values import Clip, Curves, Drive, Sound, Track


@operator("Drive from Video", scope="shot", version=2)
def drive_from_video(
    actor: Track,
    driver: Track,
    driver_clip: Clip | None = None,
    sound: Sound | None = None,
    curves: Curves | None = None,
    *,
    start: Annotated[int, Knob(
        "Start", "The plate's frame at which the driver's first frame plays.",
        soft=(0, 2000), unit="frames")] = 1,
    shift: Annotated[float, Knob(
        "Time Shift", "Plays the performance later (above 0) or earlier.",
        hard=(-3600, 3600), soft=(-0.5, 0.5), unit="s")] = 0.0,
    opening_gain: Annotated[float, Knob(
        "Opening Gain", "Scales how far the performance opens mouth and jaw.",
        hard=(0, 4), soft=(0, 2), keyable=True)] = 1.0,
    opening_offset: Annotated[float, Knob(
        "Opening Offset", "Opens the lips further (above 0) or less, in widths of the neutral mouth.",
        hard=(-1, 1), soft=(-0.1, 0.1), unit="mouth widths", keyable=True)] = 0.0,
    width_gain: Annotated[float, Knob(
        "Width Gain", "Scales how far the performance widens and puckers the lips.",
        hard=(0, 4), soft=(0, 2), keyable=True)] = 1.0,
    slide: Annotated[float, Knob(
        "Slide", "How far the mouth may leave the place that the turn of the actor's head gives it, to "
        "lie where the dubber's does; on a head that looks far aside it may not.",
        hard=(0, 100), soft=(0, 20), unit="% of mouth width",
        keyable=True)] = 8.0,
    asymmetry: Annotated[float, Knob(
        "Asymmetry", "How much of the dubber's difference between left and right is kept; lower it for "
        "a dubber who looks aside.", hard=(0, 1), soft=(0, 1), keyable=True)] = 1.0,
    own_tilt: Annotated[float, Knob(
        "Own Tilt", "How far the mouth keeps the tilt that it has in the plate; at 0 it lies against the "
        "eyes as the actor's closed mouth does.", hard=(0, 1), keyable=True)] = 0.5,
    own_manner: Annotated[float, Knob(
        "Own Manner", "How far the lips keep the shapes that the actor makes at such an opening and "
        "width; at 0 they copy the dubber's.", hard=(0, 1))] = 0.25,
    smooth: Annotated[int, Knob(
        "Smooth", "Savitzky-Golay window over the performance; 0 and 1 leave it as it is.",
        hard=(0, 99), soft=(0, 15), unit="frames")] = 0,
    ease: Annotated[int, Knob(
        "Ease", "Frames over which the plate's own mouth passes into the dub where the performance begins in "
        "mid-shot, and back where it ends.", hard=(0, 100), soft=(0, 12), unit="frames")] = 5,
    closure_snap: Annotated[float, Knob(
        "Closure Snap", "How firmly the lips meet where the dubber's do.", hard=(0, 1))] = 1.0,
    range_limit: Annotated[float, Knob(
        "Range Limit", "Widest mouth as a multiple of the range that the actor shows; 0 sets no limit.",
        hard=(0, 10), soft=(0, 2))] = 1.2,
    silence_strength: Annotated[float, Knob(
        "Silence Gate", "How far the mouth closes in pauses of the driver's sound.",
        hard=(0, 1), keyable=True)] = 0.0,
    silence_level: Annotated[float, Knob(
        "Silence Level", "Quieter than this against the loud parts counts as a pause.",
        hard=(-120, 0), soft=(-60, -10), unit="dB")] = -30.0,
    silence_pause: Annotated[float, Knob(
        "Shortest Pause", "Shorter pauses leave the mouth alone.",
        hard=(0, 60), soft=(0, 2), unit="s")] = 0.6,
    silence_attack: Annotated[float, Knob(
        "Gate Attack", "Time the mouth takes to close.", hard=(0, 10), soft=(0, 1), unit="s")] = 0.2,
    silence_release: Annotated[float, Knob(
        "Gate Release", "Time the mouth takes to open again.", hard=(0, 10), soft=(0, 1), unit="s")] = 0.12,
) -> Drive:
    """Retarget a dubber's mouth from video to the actor.

    The dubber's landmarks lose their pose, become offsets from the dubber's closed mouth in widths
    of the mouth, and are laid onto the actor's closed mouth and pose at the plate's frames, read at
    each frame's time. Where the dubber's lips meet, the actor's do. `curves` edits the result: where
    an edited curve holds a value, the mouth follows it. Frames that the performance does not cover
    carry no target, and the plate passes through there.

    Raises FaceError where either track shows no face, and BadInput where they share no moment.
    """
    space, performer = MouthSpace.fit(actor), MouthSpace.fit(driver)
    frames = actor.frames
    rows, weights, covered = rows_played(actor, driver, start, shift)
    if not covered.any():
        raise BadInput(
            f"the performance covers none of the plate's frames {frames[0]} to {frames[-1]}: "
            f"its first frame plays at {start}, shifted by {shift:g} s; move Start or Time Shift"
        )

    def knob(value) -> np.ndarray:
        return np.array(sample(value, frames), float)

    offsets, turned = (
        less_crooked(rows_at(part, rows, weights), knob(asymmetry))
        for part in offsets_from_neutral(driver, performer, smooth)
    )
    further = offsets_from_neutral(actor, space, 0)[1] - turned
    gains = np.stack([knob(width_gain), knob(opening_gain)], axis=-1)
    way = knob(slide) / 100.0 * may_slide(actor, space)
    mouth = space.neutral + offsets * gains[:, None, :] + held_back(further, way)

    pucker = rows_at(driver.blendshapes[:, PUCKER].astype(np.float64), rows, weights)
    closure = rows_at(closure_of(driver, performer), rows, weights)
    wanted = np.insert(measure(mouth, space, pucker), CLOSURE, closure, axis=1)
    wanted[:, OPENING] += knob(opening_offset)
    wanted = within_range(wanted, actor, space, range_limit)
    gate = np.zeros(len(frames))
    if sound is not None:
        gate = silence_gate(
            sound, played_seconds(actor, start, shift), threshold_db=silence_level,
            pause_s=silence_pause, attack_s=silence_attack, release_s=silence_release,
        )
    wanted = edited(wanted, frames, curves, only=CLOSURE)
    shut = 1.0 - (1.0 - closure_snap * wanted[:, CLOSURE]) * (1.0 - gate * knob(silence_strength))
    wanted[:, OPENING] += shut * (space.closed_opening - wanted[:, OPENING])
    wanted = edited(wanted, frames, curves)

    modes = MouthModes.of(actor, space)
    mouth = modes.towards(mouth, space, pucker, wanted[:, MODES])
    mouth = modes.in_own_manner(mouth, space, pucker, own_manner)
    lean = tilt(performer.neutral + offsets) - tilt(performer.neutral)
    mouth = levelled(mouth, own_tilt_of(actor, space) + lean, knob(own_tilt))
    mouth = modes.reach(mouth, np.maximum(wanted[:, OPENING], 0.0))
    teeth = teeth_shown(driver, driver_clip, performer)
    return Drive(
        frames=frames,
        landmarks=onto_actor(actor, space, mouth, eased(covered, ease)).astype(np.float32),
        present=actor.present & covered,
        curves=wanted.astype(np.float32),
        teeth=rows_at(teeth, rows, weights).astype(np.float32),
    )
