"""Install the extension into Blender 4.2 or later.

Builds the extension, with the Python that Dubnodes runs in written into it, and hands it to Blender's
own installer, which puts it among the user's extensions and switches it on. Without Blender on this
machine, `--zip FILE` writes the extension: Edit > Preferences > Get Extensions > Install from Disk.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..spec.errors import EXIT_DONE, BadInput, DiskError

EXTENSION = "dubnodes"
REPOSITORY = "user_default"
OLDEST = (4, 2)
ADDON = Path(__file__).resolve().parents[2] / "blender_addon"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--blender", default="blender", metavar="PROGRAM", help="Blender's program (default: on PATH)")
    add("--zip", type=Path, metavar="FILE", help="only write the extension to FILE")
    add("--uninstall", action="store_true", help="take the extension out of Blender again")


def run(arguments: argparse.Namespace) -> int:
    if arguments.zip is not None:
        _write_zip(arguments.zip)
        return EXIT_DONE
    program = find_blender(arguments.blender)
    if arguments.uninstall:
        _tell_blender(program, "Uninstalled", "remove", f"{REPOSITORY}.{EXTENSION}")
        print(f"{EXTENSION} is out of {program}; preferences and baked frames stay")
        return EXIT_DONE
    with tempfile.TemporaryDirectory(prefix="dubnodes-") as folder:
        built = _builder().build(Path(folder), sys.executable)
        _tell_blender(program, "installed", "install-file", "--repo", REPOSITORY, "--enable", str(built))
    print(f"{EXTENSION} is in {program}; its core is run by {sys.executable}")
    print("In the compositor: Add > Dubnodes, and the sidebar (N) has a Dubnodes tab.")
    return EXIT_DONE


def find_blender(given: str) -> str:
    """The program, where it is Blender of a version that has extensions; BadInput otherwise."""
    program = shutil.which(given)
    if program is None:
        raise BadInput(
            f"--blender {given!r}: no such program; name Blender's, or write the extension with --zip FILE"
            " and install that by hand (Edit > Preferences > Get Extensions > Install from Disk)"
        )
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"^Blender (\d+)\.(\d+)", said, re.MULTILINE)
    if found is None:
        raise BadInput(f"--blender {program}: does not call itself Blender: {said.strip()[:80]!r}")
    version = int(found.group(1)), int(found.group(2))
    if version < OLDEST:
        raise BadInput(f"--blender {program}: is {version[0]}.{version[1]}; expected 4.2 or later")
    return program


def _tell_blender(program: str, expected: str, *arguments: str) -> None:
    """Run one of Blender's extension commands; BadInput with what it said where it fails.

    expected: a word that it says when all went well: its exit code is 0 also when nothing was done.
    """
    done = subprocess.run(
        [program, "--command", "extension", *arguments],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )
    if done.returncode or expected.lower() not in done.stdout.lower():
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise BadInput(f"{program}: could not {arguments[0]} the extension:\n{said}")


def _write_zip(target: Path) -> None:
    if target.suffix.lower() != ".zip":
        raise BadInput(f"--zip {target}: an extension's file ends in .zip")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="dubnodes-") as folder:
            shutil.move(_builder().build(Path(folder), sys.executable), target)
    except OSError as error:
        raise DiskError(f"{target}: cannot be written: {error.strerror}; name another file") from None
    print(f"{target}: install it in Blender: Edit > Preferences > Get Extensions > Install from Disk")


def _builder():
    """The module that lays the extension out; it stands beside the extension's own files."""
    path = ADDON / "build_extension.py"
    if not path.is_file():
        raise BadInput(f"{path} is not there: this installation of Dubnodes came without its extension")
    spec = importlib.util.spec_from_file_location("dubnodes_build_extension", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
