"""A job that tunes the network to the shot first: what it renders is a shot file of its own.

That file lies beside the shot and names the checkpoint that the step Tune will write. The checkpoint's name
comes from what the tuning is asked: the same question again finds it there.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..spec.shot import Shot, write_shot

if TYPE_CHECKING:
    from ..engine.session import Session


@dataclass(frozen=True)
class TuneStep:
    """shot: the one that is tuned to, as the artist has it. steps: at most so many. out: the checkpoint."""

    shot: Shot
    steps: int
    out: Path


def tune_step(session: Session, steps: int) -> tuple[TuneStep, Shot]:
    """What has to be tuned, and the shot that is rendered with it, written beside the session's.

    Raises ShotError where the shot has no network that can be tuned, DiskError.
    """
    from .. import models
    from ..engine.tuned_weights import FOLDER, JUDGES, Tuning, connected, tunable_nodes

    shot, nodes = session.shot, tunable_nodes(session)
    for name in JUDGES:
        models.path(name)  # fetched here, as nodes fetch nothing
    out = shot.folder / FOLDER / f"iptalker-{Tuning(steps).question(session)[:16]}.safetensors"
    return TuneStep(shot, steps, out), beside(connected(shot, nodes, out), "tuned.")


def beside(shot: Shot, word: str = "") -> Shot:
    """The changed `shot` in a file of its own, beside the one it was read from; written once."""
    path = shot.path.with_name(f"{shot.path.stem}.{word}{shot.digest()[:8]}.json")
    return dataclasses.replace(shot, path=path) if path.exists() else write_shot(shot, path)
