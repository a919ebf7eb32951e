"""How well the drive's network hears a mouth: the numbers of its card and of docs/sound.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from ..faces.mouth_modes import MODE_CURVES
from ..networks.mouth_from_speech.context import at
from ..networks.mouth_from_speech.model import predict, predict_steps
from ..networks.mouth_from_speech.refit import refit
from ..networks.mouth_from_speech.spread import LEVELS
from ..networks.mouth_from_speech.sync import correlation, offset_of, scan
from ..networks.mouth_from_speech.targets import OPENING, WIDTH, MouthCurves
from ..networks.mouth_from_speech.weights import DriveNetwork
from ..values import Speech
from .drive_data import DriveTake
from .drive_training import HeldOut

SOUNDS = frozenset((".aif", ".aiff", ".flac", ".m4a", ".mp3", ".ogg", ".wav"))
_APART_S = 1.0


@dataclass(frozen=True)
class ClipNumbers:
    """One clip. seconds: with the mouth in sight. offset_ms: of its sound, above 0 late. confidence: of
    the offset. r: by curve, true against predicted, offset corrected. whole_r: of the opening over the whole
    clip, where `r` leaves the held-out blocks' means out; else the same. lag_ms: where r is best, less
    the offset. chance: 95th percentile of the opening's r with the sound of other moments and clips.
    refit: opening and width on the second half, before and after a refit to the first.
    """

    name: str
    seconds: float
    offset_ms: float
    confidence: float
    r: dict[str, float]
    whole_r: float
    lag_ms: float
    chance: float
    refit: dict[str, tuple[float, float]] = field(default_factory=dict)

    def to_json(self) -> dict:
        return asdict(self)


def held_out_numbers(held_out: Sequence[HeldOut]) -> list[ClipNumbers]:
    """Numbers of seen speakers, from the blocks that were not learnt from.

    r is that within the blocks, each block's mean left out of both: every block has another network, and
    what these take for the middle of a mouth differs. whole_r keeps the means, and is lower.
    """
    sounds = [one.predicted for one in held_out]
    numbers = []
    for own, one in enumerate(held_out):
        heard, curves = one.heard, one.heard.take.curves
        others = [sound for number, sound in enumerate(sounds) if number != own]
        found = scan(heard.steps_s, one.predicted, heard.take.speech, curves)
        moments = curves.seconds + heard.offset_s
        nearest = np.searchsorted(heard.steps_s, moments).clip(0, len(one.block) - 1)
        said = at(one.predicted, heard.steps_s, moments)
        seen = replace(curves, values=_within(curves.values, one.block[nearest]))
        numbers.append(ClipNumbers(
            heard.take.name, heard.take.length, 1000 * heard.offset_s, found.confidence,
            likeness(_within(said, one.block[nearest]), seen), likeness(said, curves)["opening"],
            1000 * (found.offset_s - heard.offset_s),
            _chance(heard.steps_s, one.predicted, others, curves, moments),
        ))
    return numbers


def _within(values: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Values (N, C) less the mean of the block (N,) that each lies in."""
    left = values.copy()
    for number in np.unique(block):
        left[block == number] -= values[block == number].mean(axis=0)
    return left


def unseen_numbers(takes: Sequence[DriveTake], network: DriveNetwork) -> list[ClipNumbers]:
    """Numbers of clips that the network never saw; the offset is the one that `sync` finds."""
    predictions = [predict_steps(take.speech, network) for take in takes]
    numbers = []
    for own, take in enumerate(takes):
        others = [curves for number, (_, curves) in enumerate(predictions) if number != own]
        found = offset_of(take.speech, take.track, network)
        steps_s, predicted = predictions[own]
        moments = take.curves.seconds + found.offset_s
        halves = [half_offset(take, steps_s, predicted, late) for late in (False, True)]
        r = likeness(at(predicted, steps_s, moments), take.curves)
        numbers.append(ClipNumbers(
            take.name, take.length, 1000 * found.offset_s, found.confidence, r, r["opening"],
            1000 * (halves[1] - halves[0]),
            _chance(steps_s, predicted, others, take.curves, moments),
            _refitted(take, network, found.offset_s),
        ))
    return numbers


def half_offset(take: DriveTake, steps_s: np.ndarray, predicted: np.ndarray, late: bool) -> float:
    """The offset, s, found in the first or the second half of a clip alone."""
    chosen = (take.curves.seconds >= np.median(take.curves.seconds)) == late
    return scan(steps_s, predicted, take.speech, chosen_part(take.curves, chosen)).offset_s


def chosen_part(curves: MouthCurves, chosen: np.ndarray) -> MouthCurves:
    """The chosen frames (N,) of a clip's curves."""
    rows = curves.rows.copy()
    rows[rows] = chosen
    return MouthCurves(rows, curves.seconds[chosen], curves.values[chosen], curves.closed_opening)


def likeness(predicted: np.ndarray, curves: MouthCurves) -> dict[str, float]:
    """Pearson's r of each curve, by name."""
    return {
        name: correlation(predicted[:, number], curves.values[:, number])
        for number, name in enumerate(MODE_CURVES)
    }


def _chance(
    steps_s: np.ndarray, predicted: np.ndarray, others: Sequence[np.ndarray], curves: MouthCurves,
    moments: np.ndarray,
) -> float:
    """95th percentile of the opening's r with wrong sound: other clips', and its own turned round."""
    step = steps_s[1] - steps_s[0]
    far = round(min(_APART_S, 0.25 * len(steps_s) * step) / step)
    wrong = [np.roll(predicted, turn, axis=0) for turn in range(far, len(steps_s) - far + 1, 7)]
    wrong += [other for other in (np.resize(sound, predicted.shape) for sound in others)]
    truth = curves.values[:, OPENING]
    found = [correlation(at(sound[:, [OPENING]], steps_s, moments)[:, 0], truth) for sound in wrong]
    return float(np.quantile(found, 0.95))


def _refitted(take: DriveTake, network: DriveNetwork, offset_s: float) -> dict[str, tuple[float, float]]:
    """r on the second half before and after a refit to the first, for opening and width."""
    seconds = take.curves.seconds
    middle = float(np.median(seconds))
    fitted = refit(take.speech, take.track, offset_s=offset_s, until_s=middle, network=network).network
    later = chosen_part(take.curves, seconds >= middle)
    before, after = (
        likeness(predict(take.speech, later.seconds + offset_s, one), later) for one in (network, fitted)
    )
    return {MODE_CURVES[curve]: (before[MODE_CURVES[curve]], after[MODE_CURVES[curve]])
            for curve in (OPENING, WIDTH)}


@dataclass(frozen=True)
class VoiceNumbers:
    """A voice without picture. spread: of the opening's prediction, against the pool's. shut: share of
    the sound in which the opening lies in the lowest fifth of the pool's. changes: how often a second
    the opening crosses its mean (English speech: 3 to 6).
    """

    name: str
    seconds: float
    spread: float
    shut: float
    changes: float


def voice_numbers(name: str, speech: Speech, network: DriveNetwork) -> VoiceNumbers:
    """What can be said of a voice where no truth is known."""
    steps_s, curves = predict_steps(speech, network)
    opening, levels = curves[:, OPENING], network["spread.levels"][:, OPENING]
    low = np.interp(0.2, LEVELS, levels)
    crossings = np.count_nonzero(np.diff(opening > opening.mean())) / 2.0
    seconds = len(steps_s) * network.step_s
    return VoiceNumbers(name, seconds, float(opening.std() / levels.std()), float((opening < low).mean()),
                        crossings / seconds)


def voices_in(folder: Path, network: DriveNetwork) -> list[VoiceNumbers]:
    """`voice_numbers` of every sound file of `folder`, sorted by name."""
    from ..media import read_sound
    from ..networks.speech.features import speech_of

    files = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in SOUNDS]
    return [voice_numbers(p.stem, speech_of(read_sound(p, 16000), network.kind), network) for p in files]


def table(numbers: Sequence[ClipNumbers]) -> str:
    """The numbers as a Markdown table, with their mean."""
    head = ["clip", "s", "offset ms", "sure", *MODE_CURVES, "opening whole", "lag ms", "wrong sound"]
    rows = [[
        one.name, f"{one.seconds:.1f}", f"{one.offset_ms:+.0f}", f"{one.confidence:.2f}",
        *(f"{one.r[name]:.2f}" for name in MODE_CURVES), f"{one.whole_r:.2f}",
        f"{one.lag_ms:+.0f}", f"{one.chance:.2f}",
        *(f"{before:.2f} -> {after:.2f}" for before, after in one.refit.values()),
    ] for one in numbers]
    if any(one.refit for one in numbers):
        head += [f"refit {name}" for name in ("opening", "width")]
    mean = [f"{np.mean([one.r[name] for one in numbers]):.2f}" for name in MODE_CURVES]
    whole = f"{np.mean([one.whole_r for one in numbers]):.2f}"
    rows.append(["mean", "", "", "", *mean, whole, "", f"{np.mean([one.chance for one in numbers]):.2f}"])
    rows[-1] += _mean_refit(numbers)
    rows[-1] += [""] * (len(head) - len(rows[-1]))
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _mean_refit(numbers: Sequence[ClipNumbers]) -> list[str]:
    refitted = [one.refit for one in numbers if one.refit]
    return [
        f"{np.mean([one[name][1] - one[name][0] for one in refitted]):+.3f}"
        for name in (refitted[0] if refitted else ())
    ]


def summary(numbers: Sequence[ClipNumbers]) -> dict[str, float]:
    """The header's held-out numbers: mean r by curve, and the worst opening."""
    found = {name: round(float(np.mean([one.r[name] for one in numbers])), 3) for name in MODE_CURVES}
    worst = min(one.r["opening"] for one in numbers)
    whole = np.mean([one.whole_r for one in numbers])
    return {**found, "worst_opening": round(worst, 3), "opening_whole": round(float(whole), 3)}
