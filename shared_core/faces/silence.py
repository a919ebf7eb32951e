"""Where a voice pauses."""

from __future__ import annotations

import numpy as np

from ..values import Sound
from ..values.clip import INAUDIBLE_DB

_STEP_S = 0.01
_LOUDNESS_WINDOW_S = 0.05
_GLUE_S = 0.12


def silence_gate(
    sound: Sound | None, seconds: np.ndarray, *, threshold_db: float, pause_s: float, attack_s: float,
    release_s: float,
) -> np.ndarray:
    """How far each moment lies inside a pause: 0 in speech, 1 in silence; float (N,).

    seconds: (N,), the clip's time. threshold_db: below the loud parts' level (95th percentile).
    pause_s: shorter pauses do not count (real mouths close in a third of the longer ones only).
    attack_s, release_s: how long the gate takes to close after speech ends, and to open before it
    starts again. Outside the sound there is silence; where there is none at all, nothing counts as a pause.
    """
    if sound is None:
        return np.zeros(len(seconds))
    # Imported here: rendering a frame needs none of it, and would wait.
    from scipy.ndimage import binary_closing

    level = _loudness_db(sound)
    quiet = level < max(np.quantile(level, 0.95) + threshold_db, INAUDIBLE_DB)
    glue = int(_GLUE_S / _STEP_S)
    # Padded: closing eats what touches the border.
    quiet = ~binary_closing(np.pad(~quiet, glue), np.ones(glue))[glue:-glue]
    shut = np.zeros(len(quiet))
    for first, last in runs(quiet):
        if (last - first) * _STEP_S < pause_s:
            continue
        inside = np.arange(first, last)
        closing = 1.0 if first == 0 else np.clip((inside - first) * _STEP_S / max(attack_s, _STEP_S), 0, 1)
        opening = np.clip((last - inside) * _STEP_S / max(release_s, _STEP_S), 0, 1)
        shut[first:last] = np.minimum(closing, 1.0 if last == len(quiet) else opening)
    since = np.asarray(seconds) - sound.start
    gate = np.interp(since, (np.arange(len(shut)) + 0.5) * _STEP_S, shut)
    # The first and last half step belong to the sound: a clip that begins in a word begins open.
    return np.where((since < 0) | (since > sound.duration), 1.0, gate)


def _loudness_db(sound: Sound) -> np.ndarray:
    """Level in dB in steps of 10 ms, averaged over 50 ms."""
    from scipy.ndimage import uniform_filter1d

    step = max(1, round(sound.rate * _STEP_S))
    count = max(1, len(sound.samples) // step)
    padded = np.zeros(count * step)
    padded[: len(sound.samples)] = sound.samples[: count * step]
    power = (padded.reshape(count, step) ** 2).mean(axis=1)
    return 10.0 * np.log10(uniform_filter1d(power, round(_LOUDNESS_WINDOW_S / _STEP_S)) + 1e-12)


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """First index and one past the last of every stretch of True."""
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
