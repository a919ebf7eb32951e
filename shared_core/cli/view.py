"""`dub view`: preview movie, contact sheets and curves, beside the shot."""

from __future__ import annotations

import argparse
import contextlib

from shared_core.cli.common import add_progress, add_shot, progress_of
from shared_core.spec.errors import EXIT_DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_shot(parser)
    parser.add_argument("--frames", default="", metavar="R", help="only these frames, as 1001-1100")
    add_progress(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write preview.mp4, sheet.png, sheet_mouth.png, flow.png and curves.png beside the shot file."""
    from shared_core.evaluate.opened_shot import OpenedShot
    from shared_core.evaluate.view import write_view

    with contextlib.closing(OpenedShot(arguments.shot, arguments.frames)) as opened:
        for path in write_view(opened, progress_of(arguments)):
            print(path)
    return EXIT_DONE
