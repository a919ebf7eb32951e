"""A voice, in the actor's face."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from ..faces.accents import accent_offsets
from ..faces.canonical import MouthSpace
from ..faces.head_turn import FacingAhead
from ..faces.mouth_modes import MODE_CURVES
from ..faces.mouth_pull import smoothstep
from ..faces.performance import closedness, played_seconds
from ..faces.retarget import (
    CLOSURE,
    MODES,
    OPENING,
    WIDTH,
    drawn_shut,
    eased,
    edited,
    levelled,
    onto_actor,
    own_tilt_of,
    within_range,
)
from ..faces.silence import silence_gate
from ..faces.smoothing import segments
from ..faces.smoothing import smooth as smoothed
from ..networks.mouth_from_speech.hearing import Offsets, hear
from ..networks.mouth_from_speech.spread import restore
from ..networks.mouth_from_speech.weights import SHIPPED
from ..spec.errors import BadInput
from ..spec.keys import sample
from ..spec.knob import Knob
from ..spec.operator import operator
from ..values import Curves, Drive, Phones, Sound, Speech, Track
from ..values.phones import BILABIAL
from . import _drive_knobs as knobs

# Lips meet in the middle of an m, b or p, and are on their way at its edges, s.
_MEETING_S = 0.04


@operator("Drive from Audio", scope="shot", version=3, weights=(SHIPPED,))
def drive_from_audio(
    actor: Track,
    speech: Speech,
    own_speech: Speech | None = None,
    voice_track: Track | None = None,
    phones: Phones | None = None,
    sound: Sound | None = None,
    curves: Curves | None = None,
    *,
    start: knobs.Start = knobs.START,
    shift: knobs.Shift = knobs.SHIFT_S,
    offsets: Annotated[str, Knob(
        "Sound Offsets", "Sound and picture of one clip seldom agree to the frame. measured: found where a "
        "picture allows. given: those of the next two knobs.", choices=("measured", "given"))] = "measured",
    own_offset: Annotated[float, Knob(
        "Own Offset", "How late the plate's own sound is against its picture, where offsets are given.",
        hard=(-5, 5), soft=(-0.5, 0.5), unit="s")] = 0.0,
    voice_offset: Annotated[float, Knob(
        "Voice Offset", "How late the voice is against the mouth that spoke it, where offsets are given.",
        hard=(-5, 5), soft=(-0.5, 0.5), unit="s")] = 0.0,
    learn: Annotated[bool, Knob(
        "Learn from the Plate", "Fits the network to the actor's own mouth and sound where the plate has "
        "both.")] = True,
    opening_gain: knobs.OpeningGain = knobs.OPENING_GAIN,
    opening_offset: knobs.OpeningOffset = knobs.OPENING_OFFSET,
    width_gain: knobs.WidthGain = knobs.WIDTH_GAIN,
    own_tilt: knobs.OwnTilt = knobs.OWN_TILT,
    smooth: knobs.Smooth = knobs.SMOOTH,
    ease: knobs.Ease = knobs.EASE,
    closure_snap: Annotated[float, Knob(
        "Closure Snap", "How firmly the lips meet on m, b and p; needs a transcript, as a voice alone does "
        "not say where they are surely enough.", hard=(0, 1))] = 1.0,
    accents: Annotated[str, Knob(
        "Accents", "Changes tied to the sound: curve+amount@second or @word:PHONE, separated by spaces, "
        "as in jaw+0.05@1.25 closure+1@mother:M.")] = "",
    range_limit: knobs.RangeLimit = knobs.RANGE_LIMIT,
    silence_strength: knobs.SilenceStrength = 0.5,
    silence_level: knobs.SilenceLevel = knobs.SILENCE_LEVEL_DB,
    silence_pause: knobs.SilencePause = knobs.SILENCE_PAUSE_S,
    silence_attack: knobs.SilenceAttack = knobs.SILENCE_ATTACK_S,
    silence_release: knobs.SilenceRelease = knobs.SILENCE_RELEASE_S,
) -> Drive:
    """Drive the actor's mouth by a voice.

    A small network hears opening, width, pucker and jaw in the speech features; mean and spread are
    the actor's own, from the plate, since sound does not say how far this person opens the mouth. Where
    `own_speech` is connected, the network learns from the plate first. Lips take the shapes that the
    actor makes at these curves. `voice_track` is the face of the one who spoke, where the voice is a
    movie: it is looked at for the sound's offset alone. `curves` edits the result. Frames that the
    voice does not cover carry no target, and the plate passes through there.

    Raises FaceError where the plate shows too little of a face, BadInput where the voice covers none of
    its frames, KnobError for accents that cannot be read.
    """
    space, frames = MouthSpace.fit(actor), actor.frames
    ahead = FacingAhead.of(actor, space)
    given = Offsets(own_offset, voice_offset) if offsets == "given" else None
    heard = hear(actor, speech, own_speech, voice_track, given, learn)
    said = played_seconds(actor, start, shift)
    moments = said + heard.offsets.voice_s
    # A frame lasts until the next: one whose moment lies half a frame outside the sound still hears it.
    step = float(np.median(np.diff(actor.seconds))) if len(frames) > 1 else 0.0
    covered = speech.covers(moments) | speech.covers(moments - step / 2) | speech.covers(moments + step / 2)
    if not covered.any():
        raise BadInput(
            f"the voice covers none of the plate's frames {frames[0]} to {frames[-1]}: it lasts "
            f"{len(speech.frames) / speech.rate:.1f} s and begins at frame {start}, shifted by {shift:g} s; "
            "move Start or Time Shift"
        )

    def knob(value) -> np.ndarray:
        return np.array(sample(value, frames), float)

    scores = heard.at(moments)
    if smooth >= 3:
        scores = smoothed(scores, segments(np.ones(len(frames), bool), frames, ()), smooth | 1)
    spoken = np.zeros((len(frames), len(MODE_CURVES)))
    spoken[covered] = restore(scores[covered], heard.range, step_s=max(step, 1e-3))
    closed = space.closed_opening
    wanted = np.insert(spoken, CLOSURE, 0.0, axis=1)
    wanted[:, OPENING] = closed + knob(opening_gain) * (wanted[:, OPENING] - closed) + knob(opening_offset)
    wanted[:, WIDTH] *= knob(width_gain)
    wanted = within_range(wanted + accent_offsets(accents, moments, phones), ahead.curves, range_limit)
    wanted[:, CLOSURE] += closedness(wanted[:, OPENING] - closed)
    if phones is not None:
        wanted[:, CLOSURE] = np.maximum(wanted[:, CLOSURE], closure_snap * _lips_meeting(phones, moments))
    wanted = edited(wanted, frames, curves, only=CLOSURE)
    gate = silence_gate(
        sound, moments, threshold_db=silence_level, pause_s=silence_pause, attack_s=silence_attack,
        release_s=silence_release,
    )
    wanted[:, CLOSURE] = np.clip(wanted[:, CLOSURE], 0.0, 1.0)
    wanted = drawn_shut(wanted, closed, wanted[:, CLOSURE], gate * knob(silence_strength))
    wanted = edited(wanted, frames, curves)

    modes = ahead.modes(space)
    mouth = space.neutral + modes.natural(wanted[:, MODES])
    mouth[actor.present] += ahead.turned
    mouth = levelled(mouth, own_tilt_of(actor, space), knob(own_tilt))
    mouth = modes.reach(mouth, np.maximum(wanted[:, OPENING], 0.0))
    landmarks = onto_actor(actor, space, ahead, mouth, eased(covered, ease), wanted[:, MODES])
    return Drive(
        frames=frames,
        landmarks=landmarks.astype(np.float32),
        present=actor.present & covered,
        curves=wanted.astype(np.float32),
        teeth=np.full(len(frames), np.nan, np.float32),
        moments=moments,
        report=heard.report,
        warnings=heard.warnings,
    )


def _lips_meeting(phones: Phones, moments: np.ndarray) -> np.ndarray:
    """1 in the middle of every m, b and p, 0 away from them, (N,). moments: s of the sound."""
    meeting = np.zeros(len(moments))
    for start, end in phones.spans(BILABIAL):
        middle, half = 0.5 * (start + end), 0.5 * (end - start)
        away = np.abs(moments - middle) - max(half - _MEETING_S, 0.0)
        meeting = np.maximum(meeting, 1.0 - smoothstep(away, 0.0, 2 * _MEETING_S))
    return meeting
