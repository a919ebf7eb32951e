"""Install the nodes into a folder of Nuke's plug-in path.

Writes DIR/dubnodes (the plug-in, the core's spec and client, and which Python Dubnodes runs in) and
three marked lines in DIR/init.py, which name it. Nothing else there is touched; running it again
replaces the plug-in and keeps its settings. Restart Nuke afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
from pathlib import Path

from ..spec.errors import EXIT_DONE, BadInput, DiskError

NAME = "dubnodes"
CORE = Path(__file__).resolve().parents[1]
PLUGIN = CORE.parent / "nuke_plugin"
COPIED_ROOMS = ("spec", "client")
LEFT_OUT = ("generate", "README.md", "__pycache__", "settings.json")
_OPENS, _ENDS = "# >>> dubnodes: written by `dub install nuke`", "# <<< dubnodes"
BLOCK = f'{_OPENS}\nimport nuke; nuke.pluginAddPath("./{NAME}")\n{_ENDS}\n'
_BLOCK = re.compile(rf"{re.escape(_OPENS)}\n.*?{re.escape(_ENDS)}\n", re.DOTALL)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--folder", type=Path, default=Path.home() / ".nuke", metavar="DIR",
        help="a folder of Nuke's plug-in path (default: %(default)s)")
    add("--uninstall", action="store_true", help="take the plug-in and its lines away")


def run(arguments: argparse.Namespace) -> int:
    folder = arguments.folder.expanduser().absolute()
    try:
        if arguments.uninstall:
            uninstall(folder)
        else:
            install(folder)
    except OSError as error:
        raise DiskError(
            f"{error.filename or folder}: {error.strerror}; free the disk, or name another --folder"
        ) from None
    return EXIT_DONE


def install(folder: Path) -> None:
    """Copy the plug-in and name it in init.py; say both."""
    if not (PLUGIN / "init.py").is_file():
        raise BadInput(f"{PLUGIN} is not there: this installation of Dubnodes came without its Nuke plug-in")
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"--folder {folder}: is a file; name a folder of Nuke's plug-in path")
    target = folder / NAME
    _require_ours(target)
    folder.mkdir(parents=True, exist_ok=True)
    settings = {**_settings(target), "installed_python": sys.executable}
    staged, old = folder / f".{NAME}.new", folder / f".{NAME}.old"
    for leftover in (staged, old):
        shutil.rmtree(leftover, ignore_errors=True)
    _stage(staged, settings)
    if target.exists():
        os.replace(target, old)
    try:
        os.replace(staged, target)
    except OSError:
        if old.exists():
            os.replace(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)
    print(f"{target}: the plug-in; its core is {CORE}, run by {sys.executable}")
    init = folder / "init.py"
    before = _text(init)
    if _BLOCK.search(before):
        after = _BLOCK.sub(lambda _: BLOCK, before)
    else:
        after = before + ("\n" if before and not before.endswith("\n") else "") + BLOCK
    if after != before:
        _write(init, after)
    print(f"{init}: {'names it' if after != before else 'named it already'}")
    print("Restart Nuke: the node toolbar has a Dub menu. `dub install nuke --uninstall` takes it away.")


def uninstall(folder: Path) -> None:
    """Remove the plug-in and its lines; say what was there. Bakes and scripts stay."""
    target, init = folder / NAME, folder / "init.py"
    _require_ours(target)
    there = target.exists()
    shutil.rmtree(target, ignore_errors=not there)
    print(f"{target}: {'removed' if there else 'was not there'}")
    before = _text(init)
    after = _BLOCK.sub("", before)
    if after == before:
        print(f"{init}: does not name it")
    elif after.strip():
        _write(init, after)
        print(f"{init}: its lines are removed")
    else:
        init.unlink()
        print(f"{init}: removed, since nothing else was in it")


def _stage(folder: Path, settings: dict[str, str]) -> None:
    """The plug-in's folder as Nuke gets it."""
    ignored = shutil.ignore_patterns(*LEFT_OUT)
    shutil.copytree(PLUGIN, folder, ignore=ignored)
    core = folder / "shared_core"
    core.mkdir()
    shutil.copy2(CORE / "__init__.py", core)
    for room in COPIED_ROOMS:
        shutil.copytree(CORE / room, core / room, ignore=ignored)
    text = json.dumps(settings, indent=1, sort_keys=True) + "\n"
    (folder / "settings.json").write_text(text, encoding="utf-8")


def _require_ours(target: Path) -> None:
    if target.exists() and not (target / "dub_nuke").is_dir():
        raise BadInput(f"{target}: is there and is no plug-in of Dubnodes; move it, or name another --folder")


def _settings(target: Path) -> dict[str, str]:
    """The settings of the plug-in that is there; none of a damaged file."""
    try:
        data = json.loads((target / "settings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _text(path: Path) -> str:
    """What the file says; BadInput where it is no text that could be written back as it is."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise BadInput(
            f"{path}: is not UTF-8; add the line  nuke.pluginAddPath('./{NAME}')  by hand"
        ) from None


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(text.encode("utf-8"))
    os.replace(temporary, path)
