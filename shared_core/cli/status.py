"""Say which frames of a shot are whole, stale, damaged, failed or missing, and why.

All of it is read from disk: the frames' headers, the sidecars, and the word that a failed render leaves.
Nothing is rendered and nothing is changed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ..spec.errors import BadInput, Transient
from .common import add_shot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_shot(parser)
    parser.add_argument("--frames", metavar="R", help="only these frames (default: the shot's own)")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="write a strip of thumbnails as well")
    parser.add_argument(
        "--strict", action="store_true",
        help="end with 75 where frames are missing, with 2 where one failed, is stale or damaged",
    )


def run(arguments: argparse.Namespace) -> int:
    from ..engine import Session
    from ..engine.files import write_whole
    from ..farm.status import shot_status, table
    from ..farm.status_sheet import status_sheet
    from ..spec.frames import FrameRange

    frames = None if arguments.frames is None else FrameRange.parse(arguments.frames, "--frames")
    if arguments.sheet and arguments.sheet.suffix.lower() != ".png":
        raise BadInput(f"--sheet {arguments.sheet}: expected a file that ends in .png")
    session = Session(arguments.shot)
    status = shot_status(session, frames)
    if arguments.sheet:
        write_whole(arguments.sheet, status_sheet(session, status))
    if arguments.json:
        print(json.dumps(status.to_json(), indent=1, ensure_ascii=False))
    else:
        print("\n".join(table(status)))
    if arguments.strict:
        _insist(status)
    return 0


def _insist(status) -> None:
    """Raise where a frame is not whole: what only is not there may still come, the rest will not."""
    from ..farm.status import MISSING, WHOLE

    rest = [(state, frames) for state, frames, _ in status.groups() if state != WHOLE]
    if not rest:
        return
    kind = Transient if {state for state, _ in rest} == {MISSING} else BadInput
    told = "; ".join(f"{state}: {frames}" for state, frames in rest)
    raise kind(f"{status.shot_file}: not complete: {told}. Run `dub render {status.shot_file}` for them")
