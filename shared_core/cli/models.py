"""`dub models`: list, fetch and add the weights and footage of the manifest."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from shared_core import models
from shared_core.spec.errors import EXIT_DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|fetch|add")
    actions.add_parser("list", help="every model: what it is, whether it is here, its licence")
    fetch = actions.add_parser("fetch", help="get models into the cache, checked by sha256")
    fetch.add_argument("names", nargs="*", metavar="NAME", help="which; all of them without a name")
    add = actions.add_parser("add", help="take your own copy of a model")
    add.add_argument("name", metavar="NAME")
    add.add_argument("file", metavar="FILE", type=Path)


def run(arguments: argparse.Namespace) -> int:
    if arguments.action == "list":
        _list()
    elif arguments.action == "fetch":
        for name in _fetchable(arguments.names):
            print(fetch_with_bar(name))
    else:
        print(models.add(arguments.name, arguments.file))
    return EXIT_DONE


def fetch_with_bar(name: str) -> Path:
    """The checked file of model `name`, with a bar of bytes and remaining time while it comes."""
    from tqdm import tqdm

    # No bar in a log file: only a terminal can redraw a line.
    with tqdm(desc=name, unit="B", unit_scale=True, leave=False, disable=not sys.stderr.isatty()) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        return models.path(name, progress=progress, say=lambda text: tqdm.write(text, file=sys.stderr))


def _fetchable(names: list[str]) -> list[str]:
    return [models.entry(name).name for name in names] or [
        entry.name for entry in models.entries().values() if entry.sources
    ]


def _list() -> None:
    rows = [("NAME", "STATE", "MB", "LICENCE", "WHAT")]
    for entry in models.entries().values():
        size = f"{entry.bytes / 1e6:.1f}"
        rows.append((entry.name, models.state(entry.name), size, entry.licence, entry.title))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        columns = [text.ljust(width) for text, width in zip(row[:4], widths, strict=True)]
        print("  ".join([*columns, row[4]]))
    print("\nTerms:")
    for entry in models.entries().values():
        print(f"  {entry.name}: {entry.terms}")
