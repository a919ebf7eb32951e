"""List or prune what a shot keeps on disk: versions of sidecars, and rendered frames.

`prune` deletes the versions of sidecars that are not in use, and what killed processes left behind.
Frames and the versions in use stay, and those of nodes that another shot file of the same folder has.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from .common import add_shot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("list", "prune"))
    add_shot(parser)
    parser.add_argument("--keep", type=int, default=0, metavar="N", help="prune: keep the N newest others")
    parser.add_argument("--dry-run", action="store_true", help="prune: only say what would be deleted")


def run(arguments: argparse.Namespace) -> int:
    from ..engine.plan import live_operators
    from ..engine.sidecars import SIDECARS, SidecarStore
    from ..spec.shot import read_shot

    shot = read_shot(arguments.shot, live_operators())
    store = SidecarStore(shot.folder / SIDECARS)
    if arguments.what == "list":
        _list(shot, store)
    else:
        _prune(shot, store, arguments.keep, arguments.dry_run)
    return 0


def _list(shot, store) -> None:
    total = 0
    for node in store.nodes():
        current = store.current(node)
        for version in store.versions(node):
            total += version.size()
            mark = "in use" if version.name == current else ""
            made = version.manifest.get("made", "")
            print(f"{node:<20} {version.name:<6} {size_text(version.size()):>10}  {made}  {mark}")
    frames = _frame_files(shot)
    size = sum(path.stat().st_size for path in frames)
    pattern = shot.folder / shot.output.path
    print(f"{'frames':<20} {len(frames):<6} {size_text(size):>10}  {pattern}")
    if frames:
        estimate = size / len(frames) * len(shot.frames)
        print(f"{'':<20} {len(shot.frames):<6} {size_text(estimate):>10}  the whole range, at this size")
    free = shutil.disk_usage(shot.folder).free
    print(f"{'all':<20} {'':<6} {size_text(total + size):>10}  {size_text(free)} free on this disk")


def _frame_files(shot) -> list[Path]:
    """The rendered frames, of whatever range."""
    from ..media.paths import SequencePattern

    pattern = SequencePattern.parse(shot.folder / shot.output.path)
    folder = pattern.folder
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if pattern.number(path.name) is not None]


def _prune(shot, store, keep: int, dry_run: bool) -> None:
    from ..engine.files import abandoned

    doomed, shared = [], _nodes_of_neighbours(shot)
    for node in store.nodes():
        if node in shared:
            print(f"kept: the versions of {node!r}, which {shared[node]} has as well")
            continue
        others = [v for v in store.versions(node) if v.name != store.current(node)]
        doomed += [version.folder for version in others[max(0, keep):]]
        doomed += abandoned(store.folder / node)
    doomed += abandoned(shot.frame_path(shot.frames.first).parent)
    freed = 0
    for path in doomed:
        size = sum(f.stat().st_size for f in path.iterdir()) if path.is_dir() else path.stat().st_size
        freed += size
        print(f"{'would delete' if dry_run else 'deleted'} {path} ({size_text(size)})")
        if not dry_run:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    print(f"{size_text(freed)} {'would be' if dry_run else ''} freed".replace("  ", " "))


def _nodes_of_neighbours(shot) -> dict[str, str]:
    """{node: shot file} of the other shots in this shot's folder: their sidecars lie among its own."""
    from ..engine.plan import live_operators
    from ..spec.errors import DubError
    from ..spec.shot import read_shot

    found = {}
    for path in sorted(shot.folder.glob("*.json")):
        if path.name == shot.path.name:
            continue
        try:
            found |= dict.fromkeys(read_shot(path, live_operators()).nodes, path.name)
        except DubError:  # no shot file
            continue
    return found


def size_text(size: float) -> str:
    """`1.2 GB`; powers of 1000, as disks are sold."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
