"""Arguments that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..engine.progress import FORMATS, Progress, make_progress


def add_shot(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shot", type=Path, metavar="SHOT.json", help="the shot file")


def add_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--verify", action="store_true",
        help="read all media in full first: finds files that changed behind the same size and time,"
        " and files that only got a new time; without it a file counts by path, size and time",
    )


def add_progress(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--progress", choices=FORMATS, default="bar",
        help="how progress is printed: a bar, or lines that a farm's engine reads",
    )


def progress_of(arguments: argparse.Namespace) -> Progress:
    return make_progress(arguments.progress)
