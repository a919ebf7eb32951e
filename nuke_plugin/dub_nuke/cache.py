"""Where bakes lie, what is said of them, and how large one will be.

    CACHE/<script>/<node>/shot.json              the shot, as `dub` reads it
    CACHE/<script>/<node>/sidecars/              tracks and drives, kept over bakes
    CACHE/<script>/<node>/frames/v003-1a2b3c4d/  the frames of one state of the node; never overwritten
    CACHE/<script>/<node>/inputs/plate-5e6f7a8b/ pictures of the comp, as the core read them

The eight letters are the digest of all that the frames depend on: Nuke does not see that a file
changed under the same path.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterable, List, Optional

import nuke

from shared_core.spec.errors import BadInput, DiskError
from shared_core.spec.paths import frame_path

from . import names, settings
from .dub_nodes import text_of
from .frame_header import STATE, texts
from .wiring import identifier

RECORD = "bake.json"
OWNER = "script.txt"
"""In a script's folder: the name of the script."""
_READ_BY_NUKE = re.compile(r"#|%0?[0-9]*[dvV]")
TYPICAL_SECONDS = 1.0
"""What a 1920x1080 frame takes, for the first estimate; docs/scale.md measured 1.1 CPU seconds."""


def saved_script(why: str) -> Path:
    """The script's file; BadInput, saying why it is needed, where there is none yet."""
    script = str(nuke.root().name())
    if script in ("", "Root"):
        raise BadInput(f"the script has no file yet; save it first: {why}")
    return Path(script)


def folder_of(node: nuke.Node) -> Path:
    """The cache folder of one node. BadInput for an unsaved script or a path that Nuke cannot read back."""
    script = saved_script("bakes lie in a folder of its name")
    chosen = text_of(node, names.CACHE) or settings.cache_folder()
    base = Path(os.path.expanduser(chosen)) if chosen else script.parent / "dubnodes"
    if not base.is_absolute():
        base = script.parent / base
    if _READ_BY_NUKE.search(str(base)):
        raise BadInput(
            f"Cache {str(base)!r}: Nuke reads # and %d in a path as frame numbers; choose another folder"
            " in Cache"
        )
    # A folder for each group around the node: Group1.Dub1 is not Group1_Dub1.
    around = _around(node)
    return _script_folder(base, script.stem, node).joinpath(*map(identifier, around))


def _around(node: nuke.Node) -> List[str]:
    """The node's name, after those of the groups around it."""
    return str(node.fullName()).replace("root.", "").split(".")


def _script_folder(base: Path, stem: str, node: nuke.Node) -> Path:
    """A folder that no script of another name has, though a folder's name has not all of its letters.

    Bakes from before a digest stood in such names stay where they lie, with the first of their scripts
    that bakes there again: OWNER says which.
    """
    kept = identifier(stem)
    plain = base / kept
    owner = _owner(plain)
    baked_there = plain in Path(text_of(node, names.RECORD)).parents
    if owner == stem or (not owner and (kept == stem or baked_there)):
        return plain
    digest = hashlib.sha256(stem.encode("utf-8", "surrogateescape")).hexdigest()
    return base / f"{kept[:53]}_{digest[:6]}"


def _owner(folder: Path) -> str:
    """The script that a folder belongs to; "" where none has said so."""
    try:
        return (folder / OWNER).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def require_writable(node: nuke.Node, folder: Path) -> None:
    """Make the folder of `node`, and say whose it is; DiskError where nothing can be written there."""
    owner = folder.parents[len(_around(node)) - 1] / OWNER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=str(folder)):
            pass
        if not owner.exists():
            owner.write_text(saved_script("").stem, encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise DiskError(
            f"Cache {folder}: cannot be written ({error.strerror}); free the disk or choose another"
            " folder in Cache"
        ) from None


def versions(parent: Path) -> List[Path]:
    """The version folders in `parent`, oldest first."""
    if not parent.is_dir():
        return []
    return sorted(one for one in parent.iterdir() if re.match(r"v[0-9]{3,}-[0-9a-f]{8}\Z", one.name))


def version_folder(parent: Path, identity: str) -> Path:
    """The folder of that state of the node: the one that is there, or the next number."""
    found = versions(parent)
    same = [one for one in found if one.name.endswith(f"-{identity[:8]}")]
    if same:
        return same[-1]
    number = int(found[-1].name[1:].partition("-")[0]) + 1 if found else 1
    return parent / f"v{number:03d}-{identity[:8]}"


@dataclass
class Record:
    """What is known of a bake. frames: those that it was asked for; states: what became of each.

    wires: what the node was connected to; see dub_nodes.wires. passes: the layers of its frames.
    sources: see fingerprint.of_sources. Both are empty in a record from before they were kept.
    """

    identity: str
    pattern: str
    frames: List[int]
    states: Dict[int, str]
    seconds_a_frame: float = 0.0
    wires: List[str] = field(default_factory=list)
    passes: List[str] = field(default_factory=list)
    sources: Dict[str, str] = field(default_factory=dict)

    def save(self, folder: Path) -> Path:
        path = folder / RECORD
        temporary = path.with_name(f".{RECORD}.{os.getpid()}.tmp")
        data = {**vars(self), "states": {str(frame): state for frame, state in self.states.items()}}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(data), encoding="utf-8")
            os.replace(str(temporary), str(path))
        except OSError as error:
            raise DiskError(f"{path}: cannot be written ({error.strerror}); free the disk") from None
        return path

    def missing(self, frames: Optional[List[int]] = None) -> List[int]:
        """Those of `frames` (its own without) whose file is not there."""
        pattern = Path(self.pattern)
        wanted = self.frames if frames is None else frames
        return [frame for frame in wanted if not frame_path(pattern, frame).is_file()]

    def wanting(self, frames: Optional[Iterable[int]] = None) -> List[int]:
        """Those of `frames` (its own without) that are not there, or that nothing is known of."""
        wanted = self.frames if frames is None else list(frames)
        gone = set(self.missing(wanted))
        return [frame for frame in wanted if frame in gone or frame not in self.states]

    def take_over(self) -> List[int]:
        """Learn from their headers what became of frames that a farm made meanwhile; return those."""
        pattern, new = Path(self.pattern), []
        for frame in self.frames:
            state = "" if frame in self.states else texts(frame_path(pattern, frame)).get(STATE, "")
            if state:
                self.states[frame] = state
                new.append(frame)
        return new


def load_record(path: str) -> Optional[Record]:
    """The record at `path`; None where there is none, or none that can be read."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        states = {int(frame): str(state) for frame, state in data.pop("states").items()}
        return Record(states=states, **data)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def estimate(node: nuke.Node, count: int, folder: Path) -> str:
    """How much and how long `count` frames will be: from the node's last bake, else from the format."""
    records = [load_record(str(one / RECORD)) for one in reversed(versions(folder / "frames"))]
    known = next((one for one in records if one is not None and one.seconds_a_frame), None)
    width, height = int(node.format().width()), int(node.format().height())
    size = width * height * (4 * 2 + 4 * 2 * 3 + 3 * 4 * 3) * 0.4
    seconds = TYPICAL_SECONDS * width * height / (1920 * 1080)
    if known is not None:
        sizes = [path.stat().st_size for path in Path(known.pattern).parent.glob("*.exr")][:20]
        size = sum(sizes) / len(sizes) if sizes else size
        seconds = known.seconds_a_frame
    free = shutil.disk_usage(str(_there(folder))).free
    text = f"about {_bytes(size * count)} and {clock(seconds * count)}; {_bytes(free)} are free"
    return f"{text}. That does not fit: free the disk first" if size * count > free else text


def _there(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def _bytes(number: float) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"


def clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
