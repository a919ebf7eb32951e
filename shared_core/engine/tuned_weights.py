"""A shot and the network that is tuned to it: which nodes run it, where it lies, what exactly was asked."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..models.safetensors_file import read_safetensors
from ..spec.errors import BadInput, ModelError, ShotError
from ..spec.shot_values import Media, Shot
from ..spec.tune_defaults import BATCH, RATE, SEED, STEPS
from .keys import digest
from .override import file_key
from .session import Session
from .weights import sha256_of

FOLDER, MEDIA, SOCKET = "checkpoints", "weights", "weights"
JUDGES = ("vgg19",)
"""Models that tuning needs beside the network's own."""
QUESTION = "question"
"""Among a checkpoint's facts: what its tuning was asked."""


@dataclass(frozen=True)
class Tuning:
    """What `dub tune` is asked. holdout: plate frames that nothing is learnt from. also: other takes.

    from_base: begin at the shipped base, and not at the shot's own checkpoint.
    """

    steps: int = STEPS
    rate: float = RATE
    batch: int = BATCH
    seed: int = SEED
    holdout: tuple[int, ...] = ()
    also: tuple[Path, ...] = ()
    from_base: bool = False

    def check(self) -> None:
        """Raise BadInput for what is out of range."""
        if self.steps < 1 or self.batch < 1 or not 0 < self.rate < 1:
            raise BadInput(
                f"{self.steps} steps, a batch of {self.batch}, rate {self.rate:g}: expected 1 or more, 1 or"
                " more, and a rate between 0 and 1"
            )

    def question(self, session: Session) -> str:
        """A digest of all that the tuned network depends on: options, base, footage, track and sound.

        It needs no sidecar, so it is known before anything is prepared.
        """
        shot, keys = session.shot, session.wanted_keys
        operators = {session.operators[shot.nodes[node].operator] for node in tunable_nodes(session)}
        versions = sorted((operator.name, operator.version) for operator in operators)
        base = sorted({sha256_of(name) for operator in operators for name in operator.weights})
        if MEDIA in shot.media and not self.from_base:
            base = [session.media.key(MEDIA, "Checkpoint")]
        options = {**dataclasses.asdict(self), "also": [file_key(path) for path in self.also]}
        drive, speech = own_speech(shot)
        heard = session.plan.step(drive).knobs if speech else {}
        return digest({
            "options": options, "versions": versions, "base": base,
            "plate": session.media.key("plate", "Clip"),
            "track": keys[plate_track(shot)], "own speech": keys.get(speech, ""),
            "own offset": [heard.get("offsets"), heard.get("own_offset")],
        })


def tunable_nodes(session: Session) -> list[str]:
    """The nodes whose network can be tuned; ShotError where the shot has none."""
    nodes = session.shot.nodes
    found = [name for name, node in nodes.items() if session.operators[node.operator].tunable]
    if not found:
        raise ShotError(
            f"{session.shot.path}: has no node whose network can be tuned; make the shot with"
            " `dub new --recipe iptalker`"
        )
    return found


def plate_track(shot: Shot) -> str:
    """The node that tracks the plate; ShotError where there is not just one."""
    found = [
        name for name, node in shot.nodes.items()
        if node.operator == "track_face" and node.inputs == {"plate": "@plate"}]
    if len(found) != 1:
        raise ShotError(f"{shot.path}: has {len(found)} nodes track_face on the plate; tuning needs one")
    return found[0]


def own_speech(shot: Shot) -> tuple[str, str]:
    """The drive that hears the plate's own sound, and the node of its features; "" where there is none."""
    drives = [name for name, node in shot.nodes.items() if node.operator == "drive_from_audio"]
    speech = shot.nodes[drives[0]].inputs.get("own_speech", "") if drives else ""
    return (drives[0], speech) if speech else ("", "")


def connected(shot: Shot, nodes: Sequence[str], path: Path) -> Shot:
    """The shot with the checkpoint at `path` as its media, and in the socket of each of `nodes`."""
    media = {**shot.media, MEDIA: Media(Path(os.path.relpath(path, shot.folder)).as_posix())}
    changed = dict(shot.nodes)
    for name in nodes:
        inputs = {**changed[name].inputs, SOCKET: f"@{MEDIA}"}
        changed[name] = dataclasses.replace(changed[name], inputs=inputs)
    return dataclasses.replace(shot, media=media, nodes=changed)


def answers(path: Path, question: str) -> bool:
    """Whether the checkpoint at `path` is the answer to `question`; False where there is none.

    Raises ModelError where something else lies there.
    """
    if not os.path.lexists(path):
        return False
    if read_safetensors(path)[1].get(QUESTION) == question:
        return True
    raise ModelError(
        f"{path}: is there already, and of another tuning: delete it, or name another file with --out")
