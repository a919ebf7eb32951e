"""A voice, in the actor's face."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from ..faces.accents import accent_offsets
from ..faces.canonical import MouthSpace
from ..faces.head_turn import turn_offsets
from ..faces.mouth_modes import MODE_CURVES, MouthModes
from ..faces.mouth_pull import smoothstep
from ..faces.performance import played_seconds
from ..faces.retarget import (
    CLOSURE,
    MODES,
    OPENING,
    WIDTH,
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
from ..spec.errors import BadInput
from ..spec.keys import sample
from ..spec.knob import Knob
from ..spec.operator import operator
from ..values import Curves, Drive, Phones, Sound, Speech, Track
from ..values.phones import BILABIAL

# Lips meet in the middle of an m, b or p, and are on their way at its edges, s.
_MEETING_S = 0.04


@operator("Drive from Audio", scope="shot", version=1)
def drive_from_audio(
    actor: Track,
    speech: Speech,
    own_speech: Speech | None = None,
    voice_track: Track | None = None,
    phones: Phones | None = None,
    sound: Sound | None = None,
    curves: Curves | None = None,
    *,
    start: Annotated[int, Knob(
        "Start", "The plate's frame at which the voice begins.", soft=(0, 2000), unit="frames")] = 1,
    shift: Annotated[float, Knob(
        "Time Shift", "Plays the voice later (above 0) or earlier.",
        hard=(-3600, 3600), soft=(-0.5, 0.5), unit="s")] = 0.0,
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
    opening_gain: Annotated[float, Knob(
        "Opening Gain", "Scales how far the voice opens mouth and jaw.",
        hard=(0, 4), soft=(0, 2), keyable=True)] = 1.0,
    opening_offset: Annotated[float, Knob(
        "Opening Offset", "Opens the lips further (above 0) or less, in widths of the neutral mouth.",
        hard=(-1, 1), soft=(-0.1, 0.1), unit="mouth widths", keyable=True)] = 0.0,
    width_gain: Annotated[float, Knob(
        "Width Gain", "Scales how far the voice widens and narrows the lips.",
        hard=(0, 4), soft=(0, 2), keyable=True)] = 1.0,
    own_tilt: Annotated[float, Knob(
        "Own Tilt", "How far the mouth keeps the tilt that it has in the plate; at 0 it lies against the "
        "eyes as the actor's closed mouth does.", hard=(0, 1), keyable=True)] = 0.5,
    smooth: Annotated[int, Knob(
        "Smooth", "Savitzky-Golay window over the curves; 0 and 1 leave them as they are.",
        hard=(0, 99), soft=(0, 15), unit="frames")] = 0,
    ease: Annotated[int, Knob(
        "Ease", "Frames over which the plate's own mouth passes into the dub where the voice begins in "
        "mid-shot, and back where it ends.", hard=(0, 100), soft=(0, 12), unit="frames")] = 5,
    closure_snap: Annotated[float, Knob(
        "Closure Snap", "How firmly the lips meet on m, b and p; needs a transcript, as a voice alone does "
        "not say where they are surely enough.", hard=(0, 1))] = 1.0,
    accents: Annotated[str, Knob(
        "Accents", "Changes tied to the sound: curve+amount@second or @word:PHONE, separated by spaces, "
        "as in jaw+0.05@1.25 closure+1@mother:M.")] = "",
    range_limit: Annotated[float, Knob(
        "Range Limit", "Widest mouth as a multiple of the range that the actor shows; 0 sets no limit.",
        hard=(0, 10), soft=(0, 2))] = 1.2,
    silence_strength: Annotated[float, Knob(
        "Silence Gate", "How far the mouth closes in pauses of the voice; real mouths close in a third of "
        "them.", hard=(0, 1), keyable=True)] = 0.5,
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
    wanted = within_range(wanted + accent_offsets(accents, moments, phones), actor, space, range_limit)
    wanted[:, CLOSURE] += 1.0 - smoothstep(wanted[:, OPENING] - closed, 0.012, 0.045)
    if phones is not None:
        wanted[:, CLOSURE] = np.maximum(wanted[:, CLOSURE], closure_snap * _lips_meeting(phones, moments))
    wanted = edited(wanted, frames, curves, only=CLOSURE)
    gate = np.zeros(len(frames))
    if sound is not None:
        gate = silence_gate(
            sound, moments, threshold_db=silence_level, pause_s=silence_pause, attack_s=silence_attack,
            release_s=silence_release,
        )
    wanted[:, CLOSURE] = np.clip(wanted[:, CLOSURE], 0.0, 1.0)
    shut = 1.0 - (1.0 - wanted[:, CLOSURE]) * (1.0 - gate * knob(silence_strength))
    wanted[:, OPENING] += shut * (closed - wanted[:, OPENING])
    wanted = edited(wanted, frames, curves)

    modes = MouthModes.of(actor, space)
    mouth = space.neutral + modes.natural(wanted[:, MODES])
    seen = actor.present
    mouth[seen] += turn_offsets(actor, space, space.canonical(actor.landmarks[seen]))
    mouth = levelled(mouth, own_tilt_of(actor, space), knob(own_tilt))
    mouth = modes.reach(mouth, np.maximum(wanted[:, OPENING], 0.0))
    return Drive(
        frames=frames,
        landmarks=onto_actor(actor, space, mouth, eased(covered, ease)).astype(np.float32),
        present=seen & covered,
        curves=wanted.astype(np.float32),
        teeth=np.full(len(frames), np.nan, np.float32),
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
