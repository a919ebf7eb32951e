"""The extension as it ships, importable without Blender: what imports no bpy is tested here."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "staged_dubnodes"


@pytest.fixture(scope="session")
def staged(tmp_path_factory) -> Path:
    """The folder that the extension's zip holds."""
    sys.path.insert(0, str(ROOT))
    from blender_addon.build_extension import stage

    return stage(tmp_path_factory.mktemp("extension") / PACKAGE)


@pytest.fixture(scope="session")
def module(staged):
    """A module of the staged extension by name, as Blender would import it."""
    sys.path.insert(0, str(staged.parent))
    yield lambda name: importlib.import_module(f"{PACKAGE}.{name}")
    sys.path.remove(str(staged.parent))
