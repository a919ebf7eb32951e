"""The dubber's mouth, in the actor's face."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

import numpy as np

from ..faces.canonical import MouthSpace
from ..faces.mouth_look import mouth_look
from ..faces.head_turn import turn_offsets
from ..faces.mouth_modes import MODE_CURVES, PUCKER, MouthModes, measure
from ..faces.mouth_pull import pull_weights, smoothstep
from ..faces.resample import rows_at
from ..faces.silence import silence_gate
from ..faces.smoothing import segments
from ..faces.smoothing import smooth as smooth_runs
from ..faces.topology import LIPS_INNER, LIPS_OUTER, mirror
from ..spec.errors import BadInput, FaceError
from ..spec.keys import sample
from ..spec.knob import Knob
from ..spec.operator import operator
from ..values import Clip, Curves, Drive, Sound, Track
from ..values.drive import CURVES

_OPENING, _CLOSURE = CURVES.index("opening"), CURVES.index("closure")
_MODES = [CURVES.index(name) for name in MODE_CURVES]


@operator("Drive from Video", scope="shot", version=1)
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
        "lie where the dubber's does.", hard=(0, 100), soft=(0, 20), unit="% of mouth width",
        keyable=True)] = 8.0,
    asymmetry: Annotated[float, Knob(
        "Asymmetry", "How much of the dubber's difference between left and right is kept; lower it for "
        "a dubber who looks aside.", hard=(0, 1), soft=(0, 1), keyable=True)] = 1.0,
    own_manner: Annotated[float, Knob(
        "Own Manner", "How far the lips keep the shapes that the actor makes at such an opening and "
        "width; at 0 they copy the dubber's.", hard=(0, 1))] = 0.25,
    smooth: Annotated[int, Knob(
        "Smooth", "Savitzky-Golay window over the performance; 0 and 1 leave it as it is.",
        hard=(0, 99), soft=(0, 15), unit="frames")] = 0,
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
    rows, weights, covered = _driver_rows(actor, driver, start, shift)
    if not covered.any():
        raise BadInput(
            f"the performance covers none of the plate's frames {actor.frames[0]} to {actor.frames[-1]}: "
            f"its first frame plays at {start}, shifted by {shift:g} s; move Start or Time Shift"
        )
    offsets, turned = _offsets(driver, performer, smooth)
    frames = actor.frames
    scale = np.stack([sample(width_gain, frames), sample(opening_gain, frames)], axis=-1)
    played = rows_at(offsets, rows, weights) + _held_back(
        _offsets(actor, space, 0)[1] - rows_at(turned, rows, weights), np.array(sample(slide, frames)) / 100.0
    )
    played = _less_crooked(played, np.array(sample(asymmetry, frames))) * scale[:, None, :]
    closure = rows_at(_closure(offsets, performer), rows, weights)
    pucker = rows_at(driver.blendshapes[:, PUCKER].astype(np.float64), rows, weights)

    modes = _actor_modes(actor, space)
    mouth = space.neutral + played
    wanted = np.insert(measure(mouth, space, pucker), _CLOSURE, closure, axis=1)
    wanted[:, _OPENING] += sample(opening_offset, frames)
    wanted = _limit(wanted, actor, space, range_limit)
    gate = _gate(sound, actor, start, shift, silence_level, silence_pause, silence_attack, silence_release)
    shut = 1.0 - (1.0 - closure_snap * closure) * (1.0 - gate * np.array(sample(silence_strength, frames)))
    wanted[:, _OPENING] += shut * (space.closed_opening - wanted[:, _OPENING])
    if curves is not None:
        wanted = _edited(curves, frames, wanted)
    mouth = mouth + modes.move(_change(mouth, space, pucker, wanted))
    mouth = _in_own_manner(mouth, space, modes, pucker, own_manner)
    mouth = modes.reach(mouth, np.maximum(wanted[:, _OPENING], 0.0))

    teeth = _teeth(driver, driver_clip, performer)
    return Drive(
        frames=frames,
        landmarks=_onto_actor(actor, space, mouth).astype(np.float32),
        present=actor.present & covered,
        curves=wanted.astype(np.float32),
        teeth=rows_at(teeth, rows, weights).astype(np.float32),
    )


def _driver_rows(actor: Track, driver: Track, start: int, shift: float):
    """For each plate frame, the two rows of `driver` around its moment, their weights, and coverage.

    Covered means that both rows show the face, or the nearer one does at an exact hit.
    """
    plate_fps, driver_fps = Fraction(actor.fps), Fraction(driver.fps)
    seconds = (actor.frames - start) / float(plate_fps) - shift
    place = seconds * float(driver_fps) + driver.frames[0]
    position = np.interp(place, driver.frames, np.arange(len(driver.frames)))
    inside = (place >= driver.frames[0] - 0.5) & (place <= driver.frames[-1] + 0.5)
    low = np.clip(np.floor(position).astype(int), 0, len(driver.frames) - 1)
    high = np.minimum(low + 1, len(driver.frames) - 1)
    share = position - low
    rows, weights = np.stack([low, high], axis=1), np.stack([1.0 - share, share], axis=1)
    seen = np.where(weights > 1e-6, driver.present[rows], True).all(axis=1)
    return rows, weights, inside & seen


def _offsets(track: Track, space: MouthSpace, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Canonical landmarks less the closed neutral, and what the head's turn explains of it.

    Both (N, 478, 2), 0 where unseen; smoothed over `window` frames.
    """
    offsets, turned = np.zeros((2, len(track.frames), 478, 2))
    seen = track.present
    canonical = space.canonical(track.landmarks[seen])
    offsets[seen], turned[seen] = canonical - space.neutral, turn_offsets(track, space, canonical)
    if window < 3:
        return offsets, turned
    runs = segments(seen, track.frames, track.cuts)
    return smooth_runs(offsets, runs, window | 1), smooth_runs(turned, runs, window | 1)


def _held_back(turn: np.ndarray, slide: np.ndarray) -> np.ndarray:
    """What to add to a performance so that its mouth slides at most `slide` (N,), mouth widths.

    turn: (N, 478, 2), how much further the actor's head turn moves each landmark than the
    dubber's. All of it keeps the mouth in its place on the head, none of it lets it slide.
    """
    lips = list(LIPS_OUTER + LIPS_INNER)
    way = np.linalg.norm(turn[:, lips].mean(axis=1), axis=-1) + 1e-9
    limit = np.maximum(slide, 1e-9)
    return (1.0 - limit * np.tanh(way / limit) / way)[:, None, None] * turn


def _less_crooked(offsets: np.ndarray, asymmetry: np.ndarray) -> np.ndarray:
    """Offsets (N, 478, 2) with `asymmetry` (N,) of the difference between left and right kept."""
    level = 0.5 * (offsets + offsets[:, mirror()] * (-1.0, 1.0))
    return level + asymmetry[:, None, None] * (offsets - level)


def _closure(offsets: np.ndarray, performer: MouthSpace) -> np.ndarray:
    """1 where the dubber's lips meet, 0 where they are clearly apart, (N,)."""
    gap = measure(performer.neutral + offsets, performer, np.zeros(len(offsets)))[:, _OPENING]
    return 1.0 - smoothstep(gap - performer.closed_opening, 0.012, 0.045)


def _actor_modes(actor: Track, space: MouthSpace) -> MouthModes:
    seen = actor.present
    canonical = space.canonical(actor.landmarks[seen])
    curves = measure(canonical, space, actor.blendshapes[seen, PUCKER])
    return MouthModes.fit(canonical - space.neutral, curves)


def _limit(wanted: np.ndarray, actor: Track, space: MouthSpace, range_limit: float) -> np.ndarray:
    """Bend opening and width softly back into `range_limit` times the range that the actor shows.

    wanted: (N, 5). Beyond that range no lender has the lips, and a stretched mouth shows.
    """
    if range_limit == 0:
        return wanted
    seen = actor.present
    shown = measure(space.canonical(actor.landmarks[seen]), space, np.zeros(int(seen.sum())))
    limited = wanted.copy()
    for name, has_floor in (("opening", False), ("width", True)):
        low, high = np.quantile(shown[:, MODE_CURVES.index(name)], (0.01, 0.99))
        middle, half = 0.5 * (low + high), 0.5 * (high - low) * range_limit
        values = wanted[:, CURVES.index(name)]
        limited[:, CURVES.index(name)] = _bend(values, middle - half if has_floor else -np.inf, middle + half)
    return limited


def _bend(values: np.ndarray, low: float, high: float, knee: float = 0.03) -> np.ndarray:
    """Values as they are between `low` and `high`; beyond, they approach `knee` outside of it."""
    above, below = np.maximum(values - high, 0.0), np.maximum(low - values, 0.0)
    return np.clip(values, low, high) + knee * (np.tanh(above / knee) - np.tanh(below / knee))


def _gate(sound, actor, start, shift, level, pause, attack, release) -> np.ndarray:
    if sound is None:
        return np.zeros(len(actor.frames))
    seconds = (actor.frames - start) / float(Fraction(actor.fps)) - shift
    return silence_gate(
        sound, seconds, threshold_db=level, pause_s=pause, attack_s=attack, release_s=release
    )


def _edited(curves: Curves, frames: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """`wanted` (N, 5) with the values that the artist set."""
    edited = wanted.copy()
    for row, frame in enumerate(frames):
        for name, value in curves.at(int(frame)).items():
            edited[row, CURVES.index(name)] = value
    return edited


def _in_own_manner(mouth, space: MouthSpace, modes: MouthModes, pucker: np.ndarray, share: float) -> np.ndarray:
    """Bend the shape of the lips towards the actor's own at these curves; their place stays."""
    lips = list(LIPS_OUTER + LIPS_INNER)
    own = space.neutral + modes.natural(measure(mouth, space, pucker))
    shift = (mouth[:, lips] - own[:, lips]).mean(axis=1, keepdims=True)
    return mouth + share * (own + shift - mouth)


def _change(mouth, space, pucker, wanted) -> np.ndarray:
    """What edited curves ask for beyond what the mouth does, (N, 4); the opening is reached later."""
    change = wanted[:, _MODES] - measure(mouth, space, pucker)
    change[:, 0] = 0.0
    return change


def _teeth(driver: Track, clip: Clip | None, performer: MouthSpace) -> np.ndarray:
    """Share of teeth in the driver's mouth, (N,); NaN where shut, unseen, or without the clip."""
    teeth = np.full(len(driver.frames), np.nan)
    if clip is None:
        return teeth
    for row in np.flatnonzero(driver.present):
        frame = int(driver.frames[row])
        teeth[row] = mouth_look(clip.preview(frame), driver.landmarks[row], performer).teeth
    return teeth


def _onto_actor(actor: Track, space: MouthSpace, mouth: np.ndarray) -> np.ndarray:
    """Blend the wanted mouth (N, 478, 2) into the actor's own face, in plate pixels; 0 where unseen."""
    landmarks = np.zeros((len(actor.frames), 478, 2))
    seen = actor.present
    if not seen.any():
        raise FaceError("the actor's track shows no face; track another face or other footage")
    pose = space.pose(actor.landmarks[seen])
    own = space.canonical(actor.landmarks[seen])
    pull = pull_weights(space)[:, None]
    landmarks[seen] = space.to_plate(own + pull * (mouth[seen] - own), pose)
    return landmarks
