"""`dub evaluate`: measure a rendered shot and write its report."""

from __future__ import annotations

import argparse
import contextlib
import json

from shared_core.cli.common import add_progress, add_shot, progress_of
from shared_core.engine.progress import Silent
from shared_core.spec.errors import EXIT_DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_shot(parser)
    parser.add_argument("--truth", default="", metavar="P", help="the right picture: movie or sequence")
    parser.add_argument("--frames", default="", metavar="R", help="only these frames, as 1001-1100")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--no-fetch", action="store_true", help="use judges only if their weights are here")
    parser.add_argument(
        "--no-judges", action="store_true", help="leave out the independent model, LPIPS and lip-sync")
    add_progress(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the numbers, and write report.html beside the shot file."""
    from shared_core.evaluate.opened_shot import OpenedShot
    from shared_core.evaluate.view import evaluate_shot

    # A farm's progress lines go to standard output, which --json keeps for its one object.
    quiet = arguments.json and arguments.progress != "bar"
    progress = Silent() if quiet else progress_of(arguments)
    with contextlib.closing(OpenedShot(arguments.shot, arguments.frames, arguments.truth)) as opened:
        evaluation, report = evaluate_shot(
            opened, fetch=not arguments.no_fetch, judges=not arguments.no_judges, progress=progress
        )
    if arguments.json:
        print(json.dumps(evaluation.to_json(), indent=2, allow_nan=False))
    else:
        print(_table(evaluation))
        print(f"\n{report}")
    return EXIT_DONE


def _table(evaluation) -> str:
    from shared_core.evaluate.bars import BARS
    from shared_core.evaluate.report import number_text

    lines = []
    for name, value in evaluation.values.items():
        bar = BARS.get(name)
        if bar is not None:
            text = number_text(value, bar.unit)
            lines.append(f"{name:30} {text:>12}  {bar.verdict(value):12}  {bar.expected()}".rstrip())
    passed = len(evaluation.passed)
    lines.append(f"{len(evaluation.material.frames)} frames, {passed} of them show the untouched plate")
    return "\n".join([*lines, *(f"note: {note}" for note in evaluation.notes)])
