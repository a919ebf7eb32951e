"""Run the shot-scope operators: over the whole shot, once, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..spec.errors import DubError
from ..values.sidecar import Sidecar
from . import lock
from .cancel import Cancellation
from .heap import keep_heap_flat
from .plan import Step
from .progress import Progress, Silent
from .session import Session


@dataclass
class PrepareReport:
    """made, kept: node name -> version name. warnings: plain sentences for the artist."""

    made: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def prepare_session(
    session: Session,
    progress: Progress | None = None,
    cancel: Cancellation | None = None,
    wait_seconds: float = 0.0,
) -> PrepareReport:
    """Make the sidecars that are missing or stale, and point `current` at the right versions.

    Takes the shot's lock only where there is something to make. Raises what operators raise, with
    the node's name; Busy where another process prepares this shot and `wait_seconds` pass.
    """
    progress, cancel = progress or Silent(), cancel or Cancellation()
    report = PrepareReport()
    for note in session.notes():
        progress.say(note)
    if all(session.stored(step.name) for step in session.plan.shot_steps):
        _prepare_all(session, report, progress, cancel)
        return report
    with lock.held(session.store.folder / "prepare.lock", wait_seconds, cancel):
        session.store.sweep()
        _prepare_all(session, report, progress, cancel)
    return report


def _prepare_all(
    session: Session, report: PrepareReport, progress: Progress, cancel: Cancellation
) -> None:
    keep_heap_flat()  # a render before this one may have asked for the other way
    values: dict[str, Sidecar] = {}
    for step in session.plan.shot_steps:
        cancel.check()
        found = session.stored(step.name)
        if found is not None:
            version, values[step.name] = found
            session.store.use(version)
            report.kept[step.name] = version.name
        else:
            values[step.name] = _run(session, step, values, progress, cancel)
            about = {"operator": step.operator.name, "version": step.operator.version}
            key = session.wanted_keys[step.name]
            version = session.store.save(step.name, key, values[step.name], about)
            report.made[step.name] = version.name
        for warning in getattr(values[step.name], "warnings", ()):
            report.warnings.append(f"{step.name}: {warning}")
            progress.say(f"warning: {step.name}: {warning}")


def _run(
    session: Session, step: Step, values: dict[str, Sidecar], progress: Progress, cancel: Cancellation
) -> Sidecar:
    """Call the operator; progress counts the frames that it looks at."""
    inputs, total = {}, 0
    for socket, reference in step.node.inputs.items():
        kind = step.operator.socket(socket).type
        if kind == "Clip":
            clip = session.media.analysis(reference[1:], progress.advance, cancel)
            inputs[socket], total = clip, max(total, len(clip.frames))
        else:
            inputs[socket] = _shot_wide(session, reference, kind, values)
    progress.begin(f"{step.name} ({step.operator.label})", total)
    try:
        value = step.operator.body(**inputs, **step.knobs)
    except DubError as error:
        raise type(error)(f"node {step.name!r}: {error}") from error
    if type(value).__name__ != step.operator.outputs[0].type or not isinstance(value, Sidecar):
        raise TypeError(f"{step.operator.name} gave {type(value).__name__}; it declares otherwise")
    progress.advance(total)
    progress.end()
    return value


def _shot_wide(session: Session, reference: str, kind: str, values: dict[str, Sidecar]) -> Any:
    if not reference.startswith("@"):
        return values[reference.partition(".")[0]]
    return session.media.whole_file(reference[1:], kind)
