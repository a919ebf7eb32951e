"""Find the core's `shared_core` and make its `spec` and `client` importable, and nothing else of its Python.

Only the package itself is put in place: the folder around it, a site-packages of another Python,
never reaches Nuke's search path, so that no numpy or other library of it can be loaded here.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Iterator, Optional

from . import settings

PACKAGE = "shared_core"
HERE = Path(__file__).resolve().parent
_ASK = "import os, shared_core; print(os.path.dirname(os.path.abspath(shared_core.__file__)))"


class CoreNotFound(ImportError):
    """No `shared_core` lies where it was looked for; the message says where that was."""


def make_core_importable() -> Path:
    """Register `shared_core` from the first place that has it; return its folder.

    Raises CoreNotFound, naming the places, where none has.
    """
    if PACKAGE in sys.modules:
        return Path(str(sys.modules[PACKAGE].__file__)).parent
    looked = []
    for folder in _places():
        looked.append(str(folder))
        if (folder / "spec" / "operators.json").is_file():
            _register(folder)
            return folder
    raise CoreNotFound(
        "Dubnodes: its core was not found in " + ", ".join(looked) + "; run `dub install nuke`, or set"
        " DUB_PYTHON to the Python that Dubnodes is installed for"
    )


def _places() -> Iterator[Path]:
    """Inside the plug-in's folder (installed), beside it (a checkout), where the core's Python has it."""
    yield HERE.parent / PACKAGE
    yield HERE.parent.parent / PACKAGE
    asked = _ask_python()
    if asked is not None:
        yield asked


def _ask_python() -> Optional[Path]:
    python = settings.python_path()
    if not python:
        return None
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        run = subprocess.run(
            [python, "-I", "-c", _ASK], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment, timeout=30, check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    answer = run.stdout.decode("utf-8", "replace").strip()
    return Path(answer) if run.returncode == 0 and answer else None


def _register(folder: Path) -> None:
    spec = importlib.util.spec_from_file_location(
        PACKAGE, str(folder / "__init__.py"), submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise CoreNotFound(f"Dubnodes: {folder} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[PACKAGE]
        raise
