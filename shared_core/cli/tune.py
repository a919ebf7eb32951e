"""Fit a network to a shot: its own frames, light and mouth. The checkpoint stays beside the shot.

    dub tune SHOT.json iptalker --steps 200 --holdout 151-194

Learns from the plate's frames that the shot looks at, never from those held out, and stops early where more
steps no longer help. Writes checkpoints/iptalker-vNNN.safetensors with its numbers (.json) and a sheet of
before and after (.png), and points the shot at it: run `dub prepare` and `dub render` next. Interrupted, it
goes on where it was when it is run again. Wants torch (`pip install 'dubnodes[networks]'`).
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..spec.errors import EXIT_CANCELLED, EXIT_DONE, BadInput, ShotError
from .common import add_shot

if TYPE_CHECKING:
    from ..engine.session import Session
    from ..spec.shot_values import Shot

OPERATORS = ("align", "warp_flow_learned", "spade_inpaint")
"""Those that run IPTalker: each is connected to the same checkpoint."""
FOLDER, MEDIA = "checkpoints", "weights"
GRACE_SECONDS = 60.0
"""From the signal to the end: a step is finished and kept first."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_shot(parser)
    add = parser.add_argument
    add("what", choices=("iptalker",), metavar="iptalker", help="which network")
    add("--steps", type=int, default=200, metavar="N", help="at most so many (default: 200)")
    add("--holdout", default="", metavar="R", help="plate frames to judge by; nothing is learnt from them")
    add("--also", nargs="+", type=Path, default=[], metavar="CLIP", help="other takes of the same actor")
    add("--rate", type=float, default=2e-4, metavar="X", help="Adam's learning rate (default: 2e-4)")
    add("--batch", type=int, default=4, metavar="N", help="frames a step (default: 4)")
    add("--seed", type=int, default=1, metavar="N", help="of what is drawn (default: 1)")
    add("--from-base", action="store_true", help="begin at the shipped base, not the shot's own")


def run(arguments: argparse.Namespace) -> int:
    from ..engine import Session
    from ..engine.cancel import cancelled_by_signals
    from ..networks.requirements import require
    from ..spec.frames import FrameRange

    if arguments.steps < 1 or arguments.batch < 1 or not 0 < arguments.rate < 1:
        raise BadInput(
            f"--steps {arguments.steps}, --batch {arguments.batch}, --rate {arguments.rate:g}: expected 1 or"
            " more, 1 or more, and a rate between 0 and 1"
        )
    require("torch", "dub tune")
    given = FrameRange.parse(arguments.holdout, "--holdout") if arguments.holdout else ()
    holdout = np.array(list(given), int)
    session = Session(arguments.shot)
    nodes = [name for name, node in session.shot.nodes.items() if node.operator in OPERATORS]
    if not nodes:
        raise ShotError(
            f"{arguments.shot}: has none of the operators {', '.join(OPERATORS)}; make it with"
            " `dub new --recipe iptalker`"
        )
    with cancelled_by_signals(GRACE_SECONDS) as cancel:
        path = _tune(arguments, session, holdout, lambda: cancel.cancelled)
    if path is None:
        _say("stopped; run the same command again to go on")
        return EXIT_CANCELLED
    _connect(session.shot, nodes, path)
    print(f"{path}\n{path.with_suffix('.json').read_text()}{path.with_suffix('.png')}")
    print(f"next: dub prepare {arguments.shot} && dub render {arguments.shot}")
    return EXIT_DONE


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _tune(arguments: argparse.Namespace, session: Session, holdout: np.ndarray, stop) -> Path | None:
    from ..networks.iptalker.runner import base_facts, network_for
    from ..tuning.iptalker_losses import Judges, Losses
    from ..tuning.perceptual_loss import LIGHT_LAYERS, perceptual_loss
    from ..tuning.shot_tuning import TuneOptions, state_of, tune, write_before_and_after, write_tuned

    own = MEDIA in session.shot.media and not arguments.from_base
    checkpoint = session.media.checkpoint(MEDIA) if own else None
    network, facts = network_for(checkpoint), base_facts(checkpoint)
    packs = _packs(arguments, session, network.config.height)
    options = TuneOptions(arguments.steps, arguments.rate, arguments.batch, seed=arguments.seed)
    folder = session.shot.folder / FOLDER
    folder.mkdir(exist_ok=True)
    judges = Judges(Losses(), perceptual_loss(LIGHT_LAYERS))
    state = folder / state_of(network, packs, holdout, options)
    tuned = tune(network, packs, holdout, options, state, judges, _say, stop)
    if tuned is None:
        return None
    path = _free(folder)
    write_tuned(path, tuned, facts, session.shot.name, session.shot.consent)
    write_before_and_after(path.with_suffix(".png"), network, tuned, packs, holdout, options)
    return path


def _packs(arguments: argparse.Namespace, session: Session, height: int) -> list:
    """The shot's own frames first, then the other takes."""
    from ..engine.cancel import Cancellation
    from ..tuning.face_pack import make_pack, pack_of

    _say("cutting the plate's faces")
    track_node = _one(session.shot, "track_face", {"plate": "@plate"})
    track = session.sidecar(track_node)
    clip = session.media.analysis("plate", lambda frame: None, Cancellation())
    own = make_pack(session.shot.name, clip, track, _own_sound(session), height, "plate")
    return [own, *(pack_of(path, height) for path in arguments.also)]


def _own_sound(session: Session):
    """The plate's own sound and how late it is, s; None where there is none, or its offset is in doubt."""
    nodes = session.shot.nodes
    drive = next((name for name, node in nodes.items() if node.operator == "drive_from_audio"), "")
    speech = nodes[drive].inputs.get("own_speech", "") if drive else ""
    report = session.sidecar(drive).report if speech else {}
    if not report.get("own_offset_known"):
        _say("tuning by the mouth's curves alone: the plate has no sound of its own that fits its picture")
        return None
    return session.sidecar(speech), float(report["own_offset_s"])


def _one(shot: Shot, operator: str, inputs: dict[str, str]) -> str:
    found = [name for name, node in shot.nodes.items() if node.operator == operator and node.inputs == inputs]
    if len(found) != 1:
        raise ShotError(f"{shot.path}: has {len(found)} nodes {operator} on the plate; tuning needs one")
    return found[0]


def _free(folder: Path) -> Path:
    number = 1
    while (path := folder / f"iptalker-v{number:03d}.safetensors").exists():
        number += 1
    return path


def _connect(shot: Shot, nodes: list[str], path: Path) -> None:
    """Point the shot at the checkpoint: one media, one socket of each node."""
    from ..spec.shot import Media, write_shot

    media = {**shot.media, MEDIA: Media(path.relative_to(shot.folder).as_posix())}
    changed = dict(shot.nodes)
    for name in nodes:
        inputs = {**shot.nodes[name].inputs, "weights": f"@{MEDIA}"}
        changed[name] = dataclasses.replace(shot.nodes[name], inputs=inputs)
    write_shot(dataclasses.replace(shot, media=media, nodes=changed), shot.path)
