"""How late a clip's sound is against its picture, seen at the mouth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...spec.errors import BadInput
from ...values import Speech, Track
from ...values.clip import INAUDIBLE_DB
from .context import at
from .model import predict_steps
from .targets import JAW, LEAST_S, OPENING, WIDTH, MouthCurves, mouth_curves
from .weights import DriveNetwork, read_network

FARTHEST_S, LAG_STEP_S = 0.6, 0.01
_WEIGHTS = {OPENING: 0.6, WIDTH: 0.2, JAW: 0.2}
_FAR_S, _FARTHEST_WRONG_S = 1.0, 10.0
SURE = 0.6
"""Confidence from which an offset is used: short clips with another take's sound come close below it."""
_BEYOND_DOUBT = 0.3
"""So far above the best correlation with wrong moments an offset has a confidence of 1."""
_LONG_S = 5.0
"""Sound and mouth that share less fit here and there by chance: their confidence falls with the length."""


@dataclass(frozen=True)
class Sync:
    """A clip's sound against its mouth.

    offset_s: above 0 the sound is late: the mouth of the picture at t is heard at t + offset_s.
    confidence: 0 (this sound may belong to another take) to 1; below SURE an artist should look.
    r_at_best: correlation of heard and seen mouth there. lags_s, r_profile: (L,), the whole scan.
    """

    offset_s: float
    confidence: float
    r_at_best: float
    lags_s: tuple[float, ...]
    r_profile: tuple[float, ...]


def offset_of(speech: Speech, track: Track, network: DriveNetwork | None = None) -> Sync:
    """Find the offset at which the mouth that is heard fits best the mouth that is seen.

    Scans FARTHEST_S to both sides; the peak is placed between lags by a parabola. Confidence is what
    the peak's correlation stands above the best of the same sound at wrong moments (turned round by
    more than a second, or laid elsewhere), over .3; less where they share under 5 s. Raises BadInput
    where they share less than LEAST_S, or where the sound is silent.
    """
    if speech.loudness.max() < INAUDIBLE_DB:
        raise BadInput("the sound is silent: nothing in it can be held against the mouth")
    network = read_network() if network is None else network
    steps_s, heard = predict_steps(speech, network)
    return scan(steps_s, heard, speech, mouth_curves(track))


def scan(steps_s: np.ndarray, heard: np.ndarray, speech: Speech, seen: MouthCurves) -> Sync:
    """The same from predictions at the steps (T, 4) and the curves measured in the picture."""
    lags = LAG_STEP_S * np.arange(-round(FARTHEST_S / LAG_STEP_S), round(FARTHEST_S / LAG_STEP_S) + 1)
    profile = np.array([_likeness(steps_s, heard, speech, seen, lag) for lag in lags])
    if np.isnan(profile).all():
        raise BadInput(
            f"sound ({steps_s[0]:.1f} to {steps_s[-1]:.1f} s) and mouth ({seen.seconds[0]:.1f} to"
            f" {seen.seconds[-1]:.1f} s) share less than {LEAST_S:g} s; expected the clip's own sound"
        )
    profile = np.where(np.isnan(profile), -1.0, profile)
    best = int(np.argmax(profile))
    offset = float(lags[best]) + LAG_STEP_S * _vertex(profile, best)
    chance = _by_chance(steps_s, heard, speech, seen, offset)
    length = min(1.0, _shared_seconds(speech, seen, offset) / _LONG_S)
    confidence = length * float(np.clip((profile[best] - chance) / _BEYOND_DOUBT, 0.0, 1.0))
    return Sync(offset, confidence, float(profile[best]), tuple(lags.tolist()), tuple(profile.tolist()))


def _likeness(
    steps_s: np.ndarray, heard: np.ndarray, speech: Speech, seen: MouthCurves, lag: float
) -> float:
    """Weighted mean of the curves' correlations at a lag; NaN where too little overlaps."""
    if _shared_seconds(speech, seen, lag) < LEAST_S:
        return float("nan")
    moments = seen.seconds + lag
    inside = speech.covers(moments)
    predicted, measured = at(heard, steps_s, moments[inside]), seen.values[inside]
    return sum(
        weight * correlation(predicted[:, curve], measured[:, curve]) for curve, weight in _WEIGHTS.items()
    )


def _shared_seconds(speech: Speech, seen: MouthCurves, lag: float) -> float:
    """How long sound and mouth last together, s."""
    return float(speech.covers(seen.seconds + lag).sum() * np.median(np.diff(seen.seconds)))


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's r of two series (N,); 0 where one of them stands still."""
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / scale) if scale > 1e-12 else 0.0


def _vertex(profile: np.ndarray, best: int) -> float:
    """Where the parabola through the best lag and its neighbours peaks, in lag steps from it."""
    if not 0 < best < len(profile) - 1:
        return 0.0
    before, peak, after = profile[best - 1 : best + 2]
    bend = before - 2.0 * peak + after
    return float(0.5 * (before - after) / bend) if bend < 0 else 0.0


def _by_chance(
    steps_s: np.ndarray, heard: np.ndarray, speech: Speech, seen: MouthCurves, offset: float
) -> float:
    """The best correlation with the same sound at wrong moments: turned round, or elsewhere in the clip."""
    step = steps_s[1] - steps_s[0]
    far = round(min(_FAR_S, 0.25 * len(steps_s) * step) / step)
    turns = range(far, len(steps_s) - far + 1, 5)
    found = [_likeness(steps_s, np.roll(heard, turn, axis=0), speech, seen, offset) for turn in turns]
    whole = 0.9 * _shared_seconds(speech, seen, offset)
    elsewhere = np.arange(_FAR_S, _FARTHEST_WRONG_S, 0.1)
    for lag in offset + np.concatenate([-elsewhere, elsewhere]):
        if _shared_seconds(speech, seen, lag) >= whole:
            found.append(_likeness(steps_s, heard, speech, seen, lag))
    return float(np.nanmax(found))
