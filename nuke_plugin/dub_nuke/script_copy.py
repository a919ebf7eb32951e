"""A copy of the script for a farm: a node in it shows frames that are not there yet."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path
from typing import Iterator, List, Sequence

import nuke

from shared_core.spec.errors import BadInput, DiskError

from . import bake, names
from .dub_nodes import read_node
from .request import Request
from .undo import untraced

_ROOT_NAME = re.compile(r"\[\s*(?:value|knob)\s+root\.name\s*\]")


def save(node: nuke.Node, write: nuke.Node, request: Request, frames: Sequence[int]) -> Path:
    """Save comp.dub-1a2b3c4d.nk beside the script, in which `node` shows `frames` of the bake of `request`.

    Beside it, as expressions look for files from the script's folder; where the path of `write` holds
    the script's name, it keeps the present one. The name is the content's digest, so that no copy that a
    farm was given is written over. The script itself stays as it is. Raises DiskError.
    """
    script, read = Path(str(nuke.root().name())), read_node(node)
    if read is None:
        raise BadInput(f"{node.name()}: shows no bake; choose the node that makes the picture")
    knobs = [node[names.RECORD], node[names.BAKED], write["file"]]
    knobs += [read[one] for one in ("file", "first", "last", "origfirst", "origlast", "on_error")]
    with untraced(), _put_back(knobs):
        bake.point(node, read, request)
        bake.set_range(read, frames)
        own_path = str(write["file"].value() or "")
        write["file"].setValue(_ROOT_NAME.sub(lambda _: f"{{{script.as_posix()}}}", own_path))
        return _saved_beside(script)


def _saved_beside(script: Path) -> Path:
    suffix = script.suffix or ".nk"
    temporary = script.with_name(f"{script.stem}.dub-{os.getpid()}-unfinished{suffix}")
    try:
        nuke.scriptSave(str(temporary).replace("\\", "/"))
        digest = hashlib.sha256(temporary.read_bytes()).hexdigest()
        copy = script.with_name(f"{script.stem}.dub-{digest[:8]}{suffix}")
        os.replace(str(temporary), str(copy))
    except (OSError, RuntimeError) as error:
        raise DiskError(
            f"{script.parent}: a copy of the script cannot be saved there ({error}); free or unlock it"
        ) from None
    return copy


@contextlib.contextmanager
def _put_back(knobs: List[nuke.Knob]) -> Iterator[None]:
    """Give the knobs their values back when the block ends."""
    before = [(knob, str(knob.toScript())) for knob in knobs]
    try:
        yield
    finally:
        for knob, script in before:
            knob.fromScript(script)
