"""Render frames of a shot. A frame that is whole and up to date is skipped."""

from __future__ import annotations

import argparse

from .common import add_progress, add_shot, add_verify, progress_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_shot(parser)
    parser.add_argument(
        "--frames", metavar="R", help="1001-1100, 1-100x2, 1,5,9-12 or -5--1 (default: the shot's own)"
    )
    parser.add_argument("--overwrite", action="store_true", help="make every frame again")
    parser.add_argument(
        "--prepare", action="store_true", help="run `dub prepare` first, where something is missing"
    )
    add_verify(parser)
    add_progress(parser)


def run(arguments: argparse.Namespace) -> int:
    from ..engine import Session, prepare, render_session
    from ..engine.cancel import cancelled_by_signals
    from ..spec.frames import FrameRange

    progress = progress_of(arguments)
    frames = None if arguments.frames is None else FrameRange.parse(arguments.frames, "--frames")
    with cancelled_by_signals() as cancel:
        session = Session(arguments.shot)
        if arguments.verify:
            session.verify_media(progress, cancel)
        if arguments.prepare:
            prepare(session, progress, cancel)
        report = render_session(session, frames, arguments.overwrite, progress, cancel)
    progress.say(f"{session.shot.folder / session.shot.output.path}: {report}")
    return 0
