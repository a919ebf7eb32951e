"""Run the shot-scope operators of a shot, and keep their results beside the shot file.

Only what is missing, or belongs to other knobs or media, is made.
"""

from __future__ import annotations

import argparse

from .common import add_progress, add_shot, add_verify, progress_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_shot(parser)
    parser.add_argument(
        "--wait", type=float, default=0.0, metavar="SECONDS",
        help="wait so long for another process that prepares this shot (default: give up, exit 75)",
    )
    add_verify(parser)
    add_progress(parser)


def run(arguments: argparse.Namespace) -> int:
    from ..engine import Session, prepare
    from ..engine.cancel import cancelled_by_signals

    progress = progress_of(arguments)
    with cancelled_by_signals() as cancel:
        session = Session(arguments.shot)
        if arguments.verify:
            session.verify_media(progress, cancel)
        report = prepare(session, progress, cancel, arguments.wait)
    made = ", ".join(f"{node} {version}" for node, version in report.made.items()) or "nothing to make"
    progress.say(f"prepared: {made}" + (f"; {len(report.kept)} kept" if report.kept else ""))
    return 0
