"""Blenders to play scenarios in: a Python with bpy for each version, in .venv-bpy-4.5 or $DUB_BPY_4_5."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
VERSIONS = ("4.2", "4.5", "5.0")
FULL = "4.5"
"""The version that every scenario is played in; the others play a short list. `make test` has it too."""
MISSING = ROOT / ".venv-bpy-missing"
"""Says why this machine has none; written by .ci/setup."""
SECONDS = 600


def bpy_python(version: str) -> Path | None:
    """The Python that has this Blender, or None."""
    named = os.environ.get(f"DUB_BPY_{version.replace('.', '_')}", "")
    path = Path(named) if named else ROOT / f".venv-bpy-{version}" / "bin" / "python"
    is_broken = version == FULL and not named and MISSING.is_file()
    return path if path.exists() and not is_broken else None


@pytest.fixture(scope="session")
def staged(tmp_path_factory) -> Path:
    """The extension as it ships."""
    sys.path.insert(0, str(ROOT))
    from blender_addon.build_extension import stage

    return stage(tmp_path_factory.mktemp("extension") / "dubnodes")


@pytest.fixture(scope="session")
def fake_python(tmp_path_factory) -> str:
    """A program that the extension takes for the core's Python; see fake_core."""
    path = tmp_path_factory.mktemp("core") / "python"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HERE / "fake_core.py"}" "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.fixture
def blender_program(blender, staged, tmp_path) -> str:
    """What a node of a farm has as `blender`; see command_line."""
    path = tmp_path / "blender"
    path.write_text(f'#!/bin/sh\nexec "{blender.python}" "{HERE / "command_line.py"}" "{staged}" "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


class Blender:
    """One Blender. `play` runs a scenario in a process of its own, and keeps what it found."""

    def __init__(self, version: str, python: Path, staged: Path, folders) -> None:
        self.version, self.python, self._staged, self._folders = version, python, staged, folders
        self._found: dict[str, dict] = {}

    def run(self, scenario: str, folder: Path, environment=None, **arguments) -> subprocess.CompletedProcess:
        asked = folder / f"{scenario}.json"
        asked.write_text(json.dumps({"folder": str(folder), **arguments}), encoding="utf-8")
        command = [str(self.python), str(HERE / "session.py"), str(self._staged), scenario, str(asked)]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "DUBNODES"))}
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=SECONDS,
            env={**kept, "OMP_NUM_THREADS": "1", **(environment or {})},
        )

    def play(self, scenario: str, folder: Path | None = None, environment=None, **arguments) -> dict:
        """What the scenario found; the test fails with Blender's output where it broke."""
        key = json.dumps([scenario, arguments, str(folder), environment])
        if key not in self._found:
            done = self.run(scenario, folder or self._folders.mktemp(scenario), environment, **arguments)
            lines = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
            if done.returncode or not lines:
                pytest.fail(f"{scenario} in Blender {self.version}: {done.returncode}\n"
                            f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
            self._found[key] = json.loads(lines[-1].removeprefix("FOUND "))
        return self._found[key]


@pytest.fixture(scope="session")
def blenders(staged, tmp_path_factory) -> dict[str, Blender]:
    """Those that are here, by version."""
    pythons = {version: bpy_python(version) for version in VERSIONS}
    return {version: Blender(version, python, staged, tmp_path_factory)
            for version, python in pythons.items() if python is not None}


def _blender(version: str, blenders: dict[str, Blender]) -> Blender:
    if version not in blenders:
        if version == FULL and MISSING.is_file():
            pytest.skip(MISSING.read_text(encoding="utf-8").strip())
        message = f"no Python with bpy {version}: run .ci/setup {'bpy' if version == FULL else 'blender'}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return blenders[version]


@pytest.fixture
def blender(blenders) -> Blender:
    return _blender(FULL, blenders)


def _marked(version: str):
    """One version is part of `make test`, the others of `make test-hosts` alone."""
    return pytest.param(version, marks=pytest.mark.bpy if version == FULL else pytest.mark.hosts)


@pytest.fixture(params=[_marked(version) for version in VERSIONS])
def each_blender(request, blenders) -> Blender:
    return _blender(request.param, blenders)
