"""Export the mouth's curves of a shot, or read edited ones back.

    dub curves SHOT.json --export curves.csv      one line a frame; .json as well
    dub curves SHOT.json --import curves.csv      what you changed overrides the drive

A value that you leave as it was exported stays the drive's own and follows its knobs; an emptied
cell takes an earlier edit back. Edits lie in curves/ beside the shot file, one version an import,
and earlier versions stay. Run `dub prepare` and `dub render` afterwards.
"""

from __future__ import annotations

import argparse
import dataclasses
import shlex
from pathlib import Path

from ..spec.errors import BadInput, MediaError, ShotError
from .common import add_shot

MEDIA_NAME = "curves"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_shot(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--export", type=Path, metavar="F", help="write the curves to F (.csv or .json)")
    what.add_argument("--import", dest="source", type=Path, metavar="F", help="read edited curves from F")
    parser.add_argument("--node", help="the node that makes the drive, where a shot has several")


def run(arguments: argparse.Namespace) -> int:
    from ..engine import Session

    session = Session(arguments.shot)
    node = arguments.node or _drive_node(session)
    drive = session.sidecar(node)
    if not hasattr(drive, "curves"):
        raise BadInput(f"--node {node}: makes {type(drive).__name__}, which has no curves")
    if arguments.export:
        return _export(drive, arguments.export)
    return _import(session, node, drive, arguments.source)


def _drive_node(session) -> str:
    nodes = [step.name for step in session.plan.shot_steps if step.operator.outputs[0].type == "Drive"]
    if len(nodes) != 1:
        raise BadInput(f"the shot has {len(nodes)} drives ({', '.join(nodes)}); choose one with --node")
    return nodes[0]


def _export(drive, path: Path) -> int:
    from ..engine.curves_file import SUFFIXES, to_text
    from ..engine.files import write_whole
    from ..values import Curves

    if path.suffix.lower() not in SUFFIXES:
        raise MediaError(f"--export {path}: expected a name that ends in .csv or .json")
    kept = _keep_former(path)
    write_whole(path, to_text(Curves(drive.frames, drive.curves), path.suffix.lower()).encode())
    print(f"{path}: {len(drive.frames)} frames{kept}")
    return 0


def _keep_former(path: Path) -> str:
    """Put a table that is there aside, as it may hold edits; MediaError for a file of another kind."""
    from ..engine.curves_file import read_curves
    from ..engine.files import write_whole

    if not path.exists():
        return ""
    try:
        read_curves(path)
    except MediaError as error:
        raise MediaError(f"--export {path}: is there already, and no table of curves ({error}); name another"
                         " file") from None
    former = path.with_name(f"{path.name}~")
    write_whole(former, path.read_bytes())
    return f"; the table that was there is kept as {former.name}"


def _import(session, node: str, drive, source: Path) -> int:
    from ..engine.curves_file import combine, read_curves, to_text
    from ..engine.files import write_whole
    from ..spec.shot import Media, write_shot

    shot = session.shot
    if session.plan.step(node).operator.socket(MEDIA_NAME) is None:
        raise ShotError(f"node {node!r} has no socket {MEDIA_NAME!r} that could take edited curves")
    connected = shot.nodes[node].inputs.get(MEDIA_NAME, "")
    name = connected[1:] or _free_name(shot)
    edited = combine(read_curves(source), drive, session.media.curves(name) if connected else None)
    if edited.beyond():
        raise MediaError(f"{source}: {edited.beyond()}")
    path = _next_version(shot.folder / "curves", node)
    write_whole(path, to_text(edited, ".csv").encode())
    media = {**shot.media, name: Media(path.relative_to(shot.folder).as_posix())}
    inputs = {**shot.nodes[node].inputs, MEDIA_NAME: f"@{name}"}
    nodes = {**shot.nodes, node: dataclasses.replace(shot.nodes[node], inputs=inputs)}
    write_shot(dataclasses.replace(shot, media=media, nodes=nodes), shot.path, session.operators)
    changed = edited.edited_frames()
    print(f"{path}: {len(changed)} frames are edited; next: dub prepare {shlex.quote(str(shot.path))}")
    return 0


def _free_name(shot) -> str:
    name, number = MEDIA_NAME, 2
    while name in shot.media:
        name, number = f"{MEDIA_NAME}{number}", number + 1
    return name


def _next_version(folder: Path, node: str) -> Path:
    number = 1
    while (path := folder / f"{node}_v{number:03d}.csv").exists():
        number += 1
    return path
