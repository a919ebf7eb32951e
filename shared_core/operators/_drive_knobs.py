"""Knobs that both drives have: label, help, ranges, unit and default stand here, once.

No operator, as its underscore says.
"""

from __future__ import annotations

from typing import Annotated

from ..spec.knob import Knob

Start = Annotated[int, Knob(
    "Start", "The plate's frame at which the performance begins.", soft=(0, 2000), unit="frames")]
START = 1

Shift = Annotated[float, Knob(
    "Time Shift", "Plays the performance later (above 0) or earlier.",
    hard=(-3600, 3600), soft=(-0.5, 0.5), unit="s")]
SHIFT_S = 0.0

OpeningGain = Annotated[float, Knob(
    "Opening Gain", "Scales how far the performance opens mouth and jaw.",
    hard=(0, 4), soft=(0, 2), keyable=True)]
OPENING_GAIN = 1.0

OpeningOffset = Annotated[float, Knob(
    "Opening Offset", "Opens the lips further (above 0) or less, in widths of the neutral mouth.",
    hard=(-1, 1), soft=(-0.1, 0.1), unit="mouth widths", keyable=True)]
OPENING_OFFSET = 0.0

WidthGain = Annotated[float, Knob(
    "Width Gain", "Scales how far the performance widens and puckers the lips.",
    hard=(0, 4), soft=(0, 2), keyable=True)]
WIDTH_GAIN = 1.0

OwnTilt = Annotated[float, Knob(
    "Own Tilt", "How far the mouth keeps the tilt that it has in the plate; at 0 it lies against the "
    "eyes as the actor's closed mouth does.", hard=(0, 1), keyable=True)]
OWN_TILT = 0.5

Smooth = Annotated[int, Knob(
    "Smooth", "Savitzky-Golay window over the performance; 0 and 1 leave it as it is.",
    hard=(0, 99), soft=(0, 15), unit="frames")]
SMOOTH = 0

Ease = Annotated[int, Knob(
    "Ease", "Frames over which the plate's own mouth passes into the dub where the performance begins in "
    "mid-shot, and back where it ends.", hard=(0, 100), soft=(0, 12), unit="frames")]
EASE = 5

RangeLimit = Annotated[float, Knob(
    "Range Limit", "Widest mouth as a multiple of the range that the actor shows; 0 sets no limit.",
    hard=(0, 10), soft=(0, 2))]
RANGE_LIMIT = 1.2

# Its default is the drive's own: a dubber on video closes the mouth himself, a voice does not say.
SilenceStrength = Annotated[float, Knob(
    "Silence Gate", "How far the mouth closes in pauses of the performance's sound.",
    hard=(0, 1), keyable=True)]

SilenceLevel = Annotated[float, Knob(
    "Silence Level", "Quieter than this against the loud parts counts as a pause.",
    hard=(-120, 0), soft=(-60, -10), unit="dB")]
SILENCE_LEVEL_DB = -30.0

SilencePause = Annotated[float, Knob(
    "Shortest Pause", "Shorter pauses leave the mouth alone.", hard=(0, 60), soft=(0, 2), unit="s")]
SILENCE_PAUSE_S = 0.6

SilenceAttack = Annotated[float, Knob(
    "Gate Attack", "Time the mouth takes to close.", hard=(0, 10), soft=(0, 1), unit="s")]
SILENCE_ATTACK_S = 0.2

SilenceRelease = Annotated[float, Knob(
    "Gate Release", "Time the mouth takes to open again.", hard=(0, 10), soft=(0, 1), unit="s")]
SILENCE_RELEASE_S = 0.12
