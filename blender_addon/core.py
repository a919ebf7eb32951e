"""The core behind the extension: where its Python is, and the one worker that this session keeps. No bpy."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .shared_core.client import Worker
from .shared_core.spec.catalogue import load_catalogue
from .shared_core.spec.errors import BadInput, DubError

INSTALLED_BY = Path(__file__).with_name("core.json")
"""Written by `dub install blender`: the Python that it ran in."""
ENVIRONMENT = "DUBNODES_PYTHON"
_held: dict[str, Worker] = {}
_lines: list[Line] = []


@dataclass(frozen=True)
class Line:
    """One finding of `check`."""

    good: bool
    text: str


def find_python(chosen: str = "") -> str:
    """The core's Python: the one that was chosen, else $DUBNODES_PYTHON, else the installer's, else dub's.

    Raises BadInput where the chosen one is not there, or none is found.
    """
    told = os.environ.get(ENVIRONMENT, "")
    for given, what in ((chosen, "the preference Core's Python"), (told, f"${ENVIRONMENT}")):
        if given:
            if not shutil.which(given):
                raise BadInput(f"{what} is {given!r}, and no program is there; correct it")
            return given
    for found in (_of_the_installer(), _beside_dub()):
        if found and shutil.which(found):
            return found
    raise BadInput(
        "the core's Python was not found: install Dubnodes (make demo), then run `dub install blender`,"
        " or name its Python in the preferences of the extension"
    )


def _of_the_installer() -> str:
    try:
        return str(json.loads(INSTALLED_BY.read_text(encoding="utf-8"))["python"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _beside_dub() -> str:
    """The Python beside the `dub` command on PATH."""
    command = shutil.which("dub")
    if not command:
        return ""
    folder = Path(os.path.realpath(command)).parent
    return next((str(path) for path in (folder / "python", folder / "python.exe") if path.exists()), "")


def worker(chosen: str = "") -> Worker:
    """The session's worker, started where there is none; BadInput or WorkerError where it cannot be."""
    python = find_python(chosen)
    held = _held.get(python)
    if held is None or not held.alive:
        close()
        held = _held[python] = Worker(python)
    return held


def close() -> None:
    """End the worker, if there is one."""
    while _held:
        _held.popitem()[1].close(2.0)


def check(chosen: str, cache_folder: str) -> list[Line]:
    """Start the core, compare its operators with the extension's, write into the cache; what was found."""
    _lines[:] = []
    try:
        running = worker(chosen)
        _lines.append(Line(True, f"core {running.greeting['version']} at {find_python(chosen)}"))
        described = running.submit("describe").wait(timeout=120.0)["operators"]
        theirs = {item["name"]: item["version"] for item in described}
        ours = {name: operator.version for name, operator in load_catalogue().items()}
        _lines.append(_compared(ours, theirs))
    except DubError as error:
        _lines.append(Line(False, str(error).splitlines()[0]))
    _lines.append(_writable(cache_folder))
    return _lines


def last_check() -> list[Line]:
    return _lines


def _compared(ours: dict[str, int], theirs: dict[str, int]) -> Line:
    if ours == theirs:
        return Line(True, f"{len(ours)} operators, of the extension's own versions")
    other = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    return Line(False, f"core and extension differ in {', '.join(other)}: install both of one version")


def _writable(folder: str) -> Line:
    if not folder or folder.startswith("//"):
        return Line(True, "the cache lies beside each .blend; save it once")
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Line(False, f"cache {folder} cannot be written: {error.strerror}; choose another folder")
    return Line(True, f"cache {folder}")
