"""The dubber's mouth, in the actor's face."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from ..faces.canonical import MouthSpace
from ..faces.head_turn import FacingAhead, may_slide
from ..faces.mouth_modes import PUCKER, measure
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
    drawn_shut,
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
from . import _drive_knobs as knobs


@operator("Drive from Video", scope="shot", version=4)
def drive_from_video(
    actor: Track,
    driver: Track,
    driver_clip: Clip | None = None,
    sound: Sound | None = None,
    curves: Curves | None = None,
    *,
    start: knobs.Start = knobs.START,
    shift: knobs.Shift = knobs.SHIFT_S,
    opening_gain: knobs.OpeningGain = knobs.OPENING_GAIN,
    opening_offset: knobs.OpeningOffset = knobs.OPENING_OFFSET,
    width_gain: knobs.WidthGain = knobs.WIDTH_GAIN,
    slide: Annotated[float, Knob(
        "Slide", "How far the mouth may leave the place that the turn of the actor's head gives it, to "
        "lie where the dubber's does; on a head that looks far aside it may not.",
        hard=(0, 100), soft=(0, 20), unit="% of mouth width",
        keyable=True)] = 8.0,
    asymmetry: Annotated[float, Knob(
        "Asymmetry", "How much of the dubber's difference between left and right is kept; lower it for "
        "a dubber who looks aside.", hard=(0, 1), soft=(0, 1), keyable=True)] = 1.0,
    own_tilt: knobs.OwnTilt = knobs.OWN_TILT,
    own_manner: Annotated[float, Knob(
        "Own Manner", "How far the lips keep the shapes that the actor makes at such an opening and "
        "width; at 0 they copy the dubber's.", hard=(0, 1))] = 0.25,
    smooth: knobs.Smooth = knobs.SMOOTH,
    ease: knobs.Ease = knobs.EASE,
    closure_snap: Annotated[float, Knob(
        "Closure Snap", "How firmly the lips meet where the dubber's do.", hard=(0, 1))] = 1.0,
    range_limit: knobs.RangeLimit = knobs.RANGE_LIMIT,
    silence_strength: knobs.SilenceStrength = 0.0,
    silence_level: knobs.SilenceLevel = knobs.SILENCE_LEVEL_DB,
    silence_pause: knobs.SilencePause = knobs.SILENCE_PAUSE_S,
    silence_attack: knobs.SilenceAttack = knobs.SILENCE_ATTACK_S,
    silence_release: knobs.SilenceRelease = knobs.SILENCE_RELEASE_S,
) -> Drive:
    """Retarget a dubber's mouth from video to the actor.

    The dubber's landmarks lose their pose, become offsets from the dubber's closed mouth in widths
    of the mouth, and are laid onto the actor's closed mouth and pose at the plate's frames, read at
    each frame's time. Where the dubber's lips meet, the actor's do. `curves` edits the result: where
    an edited curve holds a value, the mouth follows it. Frames that the performance does not cover
    carry no target, and the plate passes through there.

    The lips go there; skin and jaw go along as far as this actor's do when the mouth changes so.

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
    ahead = FacingAhead.of(actor, space)
    gains = np.stack([knob(width_gain), knob(opening_gain)], axis=-1)
    mouth = space.neutral + offsets * gains[:, None, :]

    pucker = rows_at(driver.blendshapes[:, PUCKER].astype(np.float64), rows, weights)
    closure = rows_at(closure_of(driver, performer), rows, weights)
    wanted = np.insert(measure(mouth, space, pucker), CLOSURE, closure, axis=1)
    wanted[:, OPENING] += knob(opening_offset)
    wanted = within_range(wanted, ahead.curves, range_limit)
    gate = silence_gate(
        sound, played_seconds(actor, start, shift), threshold_db=silence_level,
        pause_s=silence_pause, attack_s=silence_attack, release_s=silence_release,
    )
    wanted = edited(wanted, frames, curves, only=CLOSURE)
    snapped = closure_snap * wanted[:, CLOSURE]
    wanted = drawn_shut(wanted, space.closed_opening, snapped, gate * knob(silence_strength))
    wanted = edited(wanted, frames, curves)

    modes = ahead.modes(space)
    mouth = modes.towards(mouth, space, pucker, wanted[:, MODES])
    mouth = modes.in_own_manner(mouth, space, pucker, own_manner)
    further = -turned
    further[actor.present] += ahead.turned
    way = knob(slide) / 100.0 * may_slide(actor, ahead)
    mouth = mouth + turned + held_back(further, way)
    lean = tilt(performer.neutral + offsets + turned) - tilt(performer.neutral)
    mouth = levelled(mouth, own_tilt_of(actor, space) + lean, knob(own_tilt))
    mouth = modes.reach(mouth, np.maximum(wanted[:, OPENING], 0.0))
    teeth = teeth_shown(driver, driver_clip, performer)
    landmarks = onto_actor(actor, space, ahead, mouth, eased(covered, ease), wanted[:, MODES])
    return Drive(
        frames=frames,
        landmarks=landmarks.astype(np.float32),
        present=actor.present & covered,
        curves=wanted.astype(np.float32),
        teeth=rows_at(teeth, rows, weights).astype(np.float32),
        moments=played_seconds(actor, start, shift),
    )
