"""Fit a network to a shot: its own frames, light and mouth. The checkpoint stays beside the shot.

    dub tune SHOT.json iptalker --steps 200 --holdout 151-194

Learns from the plate's frames that the shot looks at, never from those held out, and stops early where more
steps no longer help. Writes checkpoints/iptalker-vNNN.safetensors with its numbers (.json) and a sheet of
before and after (.png), and points the shot at it: run `dub prepare` and `dub render` next. Interrupted, it
goes on where it was when it is run again. Wants torch (`pip install 'dubnodes[networks]'`).

On several GPUs, or cores: DUB_DEVICE=cuda torchrun --nproc-per-node 4 --no-python dub tune SHOT.json iptalker
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..spec.errors import EXIT_CANCELLED, EXIT_DONE, ModelError
from ..spec.tune_defaults import BATCH, RATE, SEED, STEPS
from .common import add_shot

if TYPE_CHECKING:
    from ..engine.cancel import Cancellation
    from ..engine.session import Session
    from ..engine.tuned_weights import Tuning
    from ..tuning.processes import Processes

GRACE_SECONDS = 60.0
"""From the signal to the end: a step is finished and kept first."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_shot(parser)
    add = parser.add_argument
    add("what", choices=("iptalker",), metavar="iptalker", help="which network")
    add("--steps", type=int, default=STEPS, metavar="N", help=f"at most so many (default: {STEPS})")
    add("--holdout", default="", metavar="R", help="plate frames to judge by; nothing is learnt from them")
    add("--also", nargs="+", type=Path, default=[], metavar="CLIP", help="other takes of the same actor")
    add("--rate", type=float, default=RATE, metavar="X", help=f"Adam's learning rate (default: {RATE:g})")
    add("--batch", type=int, default=BATCH, metavar="N",
        help=f"frames a step, of all processes (default: {BATCH})")
    add("--seed", type=int, default=SEED, metavar="N", help=f"of what is drawn (default: {SEED})")
    add("--from-base", action="store_true", help="begin at the shipped base, not the shot's own")
    add("--out", type=Path, metavar="FILE", help="write the checkpoint there, and leave the shot as it is;"
        " nothing is done where it is there already, from the same shot and options")
    add("--wait", type=float, default=0.0, metavar="SECONDS",
        help="wait so long for another process that tunes to the same (default: give up, exit 75)")


def run(arguments: argparse.Namespace) -> int:
    from ..engine import Session
    from ..engine.cancel import cancelled_by_signals
    from ..engine.tuned_weights import FOLDER, answers, connected, tunable_nodes
    from ..networks.requirements import require

    tuning = _tuning(arguments)
    out = arguments.out and arguments.out.absolute()
    if out is not None and out.suffix != ".safetensors":
        raise ModelError(f"--out {out}: expected a name that ends in .safetensors")
    require("torch", "dub tune")
    session = Session(arguments.shot)
    nodes, question = tunable_nodes(session), tuning.question(session)
    with cancelled_by_signals(GRACE_SECONDS) as cancel, _processes() as processes:
        lock = session.shot.folder / FOLDER / f".tuning-{question[:16]}.lock"
        with _alone(lock, arguments.wait, cancel, processes):
            if out is not None and processes.any(processes.leads and answers(out, question)):
                _print(processes, f"{out}: is there already, from the same shot and options")
                return EXIT_DONE
            path = _tune(session, tuning, question, out, processes, cancel)
    if path is None:
        _say("stopped; run the same command again to go on")
        return EXIT_CANCELLED
    _print(processes, f"{path}\n{path.with_suffix('.json').read_text()}{path.with_suffix('.png')}")
    if out is None and processes.leads:
        from ..spec.shot import write_shot

        write_shot(connected(session.shot, nodes, path), session.shot.path)
        print(f"next: dub prepare {arguments.shot} && dub render {arguments.shot}")
    return EXIT_DONE


def _tuning(arguments: argparse.Namespace) -> Tuning:
    from ..engine.tuned_weights import Tuning
    from ..spec.frames import FrameRange

    given = FrameRange.parse(arguments.holdout, "--holdout") if arguments.holdout else ()
    tuning = Tuning(
        arguments.steps, arguments.rate, arguments.batch, arguments.seed, tuple(given),
        tuple(path.absolute() for path in arguments.also), arguments.from_base)
    tuning.check()
    return tuning


def _processes() -> contextlib.AbstractContextManager[Processes]:
    from ..networks.iptalker.runner import DEVICE
    from ..tuning.processes import Processes

    return Processes.of_environment(os.environ.get(DEVICE, "cpu"))


@contextlib.contextmanager
def _alone(lock: Path, wait: float, cancel: Cancellation, processes: Processes) -> Iterator[None]:
    """Hold the tuning's lock, in the process that leads; the others wait for it."""
    from ..engine.lock import held

    with held(lock, wait, cancel, "tuning to") if processes.leads else contextlib.nullcontext():
        yield


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _print(processes: Processes, text: str) -> None:
    if processes.leads:
        print(text)


def _tune(
    session: Session, tuning: Tuning, question: str, out: Path | None, processes: Processes,
    cancel: Cancellation,
) -> Path | None:
    """The checkpoint that was written, in every process; None where the work was stopped."""
    from ..engine.tuned_weights import FOLDER, MEDIA
    from ..networks.iptalker.runner import base_facts, network_for
    from ..tuning.iptalker_losses import Judges, Losses
    from ..tuning.perceptual_loss import LIGHT_LAYERS, perceptual_loss
    from ..tuning.shot_tuning import TuneOptions, state_of, tune, write_before_and_after, write_tuned

    own = MEDIA in session.shot.media and not tuning.from_base
    checkpoint = session.media.checkpoint(MEDIA) if own else None
    network, facts = network_for(checkpoint), base_facts(checkpoint)
    say = _say if processes.leads else lambda text: None
    packs, holdout = _packs(session, tuning, network.config.height, say), np.array(tuning.holdout, int)
    options = TuneOptions(tuning.steps, tuning.rate, tuning.batch, seed=tuning.seed)
    folder = session.shot.folder / FOLDER
    judges = Judges(Losses(), perceptual_loss(LIGHT_LAYERS))
    state = folder / state_of(network, packs, holdout, options)
    tuned = tune(
        network, packs, holdout, options, state, judges, say, lambda: cancel.cancelled, processes)
    if tuned is None:
        return None
    path = out or _free(folder)
    if processes.leads:
        write_before_and_after(path.with_suffix(".png"), network, tuned, packs, holdout, options)
        write_tuned(path, tuned, facts, session.shot.name, session.shot.consent, question)
    return path


def _packs(session: Session, tuning: Tuning, height: int, say) -> list:
    """The shot's own frames first, then the other takes."""
    from ..engine.cancel import Cancellation
    from ..engine.tuned_weights import plate_track
    from ..tuning.face_pack import make_pack, pack_of

    say("cutting the plate's faces")
    track = session.sidecar(plate_track(session.shot))
    clip = session.media.analysis("plate", lambda frame: None, Cancellation())
    own = make_pack(session.shot.name, clip, track, _own_sound(session, say), height, "plate")
    return [own, *(pack_of(path, height) for path in tuning.also)]


def _own_sound(session: Session, say):
    """The plate's own sound and how late it is, s; None where there is none, or its offset is in doubt."""
    from ..engine.tuned_weights import own_speech

    drive, speech = own_speech(session.shot)
    report = session.sidecar(drive).report if speech else {}
    if not report.get("own_offset_known"):
        say("tuning by the mouth's curves alone: the plate has no sound of its own that fits its picture")
        return None
    return session.sidecar(speech), float(report["own_offset_s"])


def _free(folder: Path) -> Path:
    number = 1
    while (path := folder / f"iptalker-v{number:03d}.safetensors").exists():
        number += 1
    return path
