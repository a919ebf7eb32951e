"""Measure a dubbed shot: everything `dub evaluate` prints."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .. import models
from ..engine.progress import Progress, Silent
from ..spec.errors import BadInput, DubError
from . import lip_look, lip_measures, lpips, official_sync, picture_measures, sharpness, sync_expert
from .bars import BARS
from .lip_measures import Measures, Mouths
from .material import Material, passed_through
from .picture_measures import Seen


@dataclass(frozen=True, eq=False)
class Evaluation:
    """values: name -> number, None where it could not be measured (`notes` says why).

    passed: {frame: reason} of those that show the untouched plate; they count in no lip metric.
    pops: frame numbers. mouths: for curves.
    """

    material: Material
    values: dict[str, float | None]
    notes: tuple[str, ...]
    passed: dict[int, str]
    pops: tuple[int, ...]
    mouths: Mouths
    seen: Seen

    def with_reasons(self, states: dict[int, str]) -> Evaluation:
        """The same, with what the frames' own headers say of why they passed through."""
        passed = {frame: states.get(frame, reason) for frame, reason in self.passed.items()}
        return replace(self, passed=passed)

    def verdicts(self) -> dict[str, str]:
        return {name: BARS[name].verdict(value) for name, value in self.values.items() if name in BARS}

    def to_json(self) -> dict[str, Any]:
        """What `dub evaluate --json` prints: the names of the issue, then verdicts and notes."""
        return {
            "shot": self.material.name,
            "frames": len(self.material.frames),
            "dubbed_frames": len(self.material.frames) - len(self.passed),
            **{name: self.values[name] for name in self.values},
            "verdicts": self.verdicts(),
            "passed_through": {str(frame): reason for frame, reason in self.passed.items()},
            "pop_frames": list(self.pops),
            "notes": list(self.notes),
        }


def measure(
    material: Material, fetch: bool = True, judges: bool = True, progress: Progress | None = None
) -> Evaluation:
    """Measure all that can be measured; what cannot is None, and a note says why.

    fetch: get the judges' weights where they are missing. judges: use the independent landmark model
    and LPIPS at all.
    """
    progress, notes = progress or Silent(), list(material.notes)
    weights = _lpips_weights(fetch, judges, notes)
    whole = lip_measures.by_tracker(material)
    opinion = _second_opinion(material, fetch, judges, notes)
    progress.begin("looking at pixels", len(material.frames))
    beside = (lambda frame: None) if opinion is None else opinion.see
    seen = picture_measures.look(material, whole.actor, weights, progress.advance, beside)
    progress.end()
    passed = passed_through(material, seen.matte_peak)
    untouched = seen.matte_peak <= 0
    mouths = whole.without(untouched)
    measures: Measures = {
        **lip_measures.tracker_measures(mouths, material),
        **_independent(opinion, untouched, notes, progress),
        **_by_expert(material, ~untouched, judges, notes, progress),
        **_by_official(material, ~untouched, judges, notes),
        **lip_measures.jitter_measures(whole, material),
        **picture_measures.picture_measures(seen, mouths, material),
    }
    if weights is not None:
        measures["lip_look"] = lambda: sharpness.lip_look(
            *lip_look.distances(material, mouths, ~untouched, weights)
        )
    else:
        measures.pop("lpips_lower_face", None)
    values = _attempt(measures, notes)
    for name in BARS:
        if name in (picture_measures.TRUTH if material.truth is None else ()) or name in official_sync.NAMES:
            continue
        values.setdefault(name, None)
    return Evaluation(
        material, values, tuple(notes), passed, _pop_frames(seen, mouths, material), mouths, seen
    )


def _attempt(measures: Measures, notes: list[str]) -> dict[str, float | None]:
    values: dict[str, float | None] = {}
    for name, formula in measures.items():
        try:
            value = formula()
        except BadInput as error:
            values[name] = None
            notes.append(f"{name} was not measured: {error}")
            continue
        values[name] = value if math.isfinite(value) else None
        if values[name] is None:
            notes.append(f"{name} was not measured: what it compares with never moves or never closes here")
    return values


def _lpips_weights(fetch: bool, judges: bool, notes: list[str]) -> dict[str, Any] | None:
    if not judges:
        return None
    try:
        return lpips.load(fetch)
    except DubError as error:  # missing and not to be fetched, or no source answers
        notes.append(f"LPIPS was not measured: {error}")
        return None


def _second_opinion(
    material: Material, fetch: bool, judges: bool, notes: list[str]
) -> lip_measures.SecondOpinion | None:
    if not judges:
        notes.append("the independent landmark model, LPIPS and the lip-sync expert were left out on request")
        return None
    if material.driver is None:
        notes.append("the independent landmark model was not asked: a voice has no mouth to look at")
        return None
    try:
        return lip_measures.SecondOpinion(material, fetch)
    except DubError as error:
        notes.append(f"the independent landmark model was not asked: {error}")
        return None


def _independent(
    opinion: lip_measures.SecondOpinion | None, untouched: np.ndarray, notes: list[str], progress: Progress
) -> Measures:
    if opinion is None:
        return {}
    progress.begin("asking the independent model", opinion.left)
    try:
        return lip_measures.independent_measures(opinion.mouths(progress.advance).without(untouched))
    except DubError as error:
        notes.append(f"the independent landmark model was not asked: {error}")
        return {}
    finally:
        progress.end()


def _by_expert(
    material: Material, dubbed: np.ndarray, judges: bool, notes: list[str], progress: Progress
) -> Measures:
    if not judges or material.hearing is None:
        return {}
    try:
        expert = sync_expert.SyncExpert(material.hearing)
    except DubError as error:
        notes.append(f"the lip-sync expert was not asked: {error}")
        return {}
    notes += filter(None, [expert.note])

    def of(who: str) -> float:
        progress.begin(f"asking the lip-sync expert about the {who}", len(material.frames))
        try:
            return expert.auc(who, dubbed, progress.advance)
        finally:
            progress.end()

    return {"sync_auc": lambda: of("dub"), "sync_auc_plate": lambda: of("plate")}


def _by_official(material: Material, dubbed: np.ndarray, judges: bool, notes: list[str]) -> Measures:
    """LSE-C and LSE-D; nothing where the user has not brought the official SyncNet: most have not."""
    if not judges or material.hearing is None or models.state(official_sync.WEIGHTS) == "missing":
        return {}
    try:
        official = official_sync.OfficialSync(material, dubbed)
    except DubError as error:
        notes.append(f"LSE-C and LSE-D were not measured: {error}")
        return {}
    return {
        "lse_c": lambda: official.confidence("dub"), "lse_c_plate": lambda: official.confidence("plate"),
        "lse_d": lambda: official.distance("dub"), "lse_d_plate": lambda: official.distance("plate"),
    }


def _pop_frames(seen: Seen, mouths: Mouths, material: Material) -> tuple[int, ...]:
    try:
        found = picture_measures.pops(seen, mouths, material)
    except BadInput:
        return ()
    return tuple(int(material.frames[row]) for row in found.frames)
