"""Imports point one way, and the light rooms stay light."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import shared_core

ROOT = Path(shared_core.__file__).parent
LIGHT = ("spec", "client")

MAY_IMPORT = {
    "spec": set(),
    "client": {"spec"},
    "values": {"spec"},
    "colour": {"spec", "values"},
    "models": {"spec", "values"},
    "media": {"spec", "values", "colour"},
    "geometry": {"spec", "values"},
    "faces": {"spec", "values", "colour", "models", "geometry"},
    "networks": {"spec", "values", "models", "faces"},
    "operators": {"spec", "values", "colour", "models", "geometry", "faces", "networks"},
    "engine": {"spec", "values", "colour", "models", "geometry", "faces", "networks", "media", "operators"},
}
MAY_IMPORT["tuning"] = MAY_IMPORT["engine"] - {"operators"}
MAY_IMPORT["farm"] = {*MAY_IMPORT["engine"], "engine", "client"}
MAY_IMPORT["evaluate"] = {*MAY_IMPORT["engine"], "engine"}
MAY_IMPORT["worker"] = {"spec", "client", "engine"}
MAY_IMPORT["cli"] = {*MAY_IMPORT["evaluate"], "evaluate", "farm", "tuning", "client", "worker"}

ONLY_IN = {
    "torch": ("networks", "tuning", "evaluate", "models"),
    "nuke": (), "bpy": (),
    "OpenImageIO": ("media",), "av": ("media",), "PyOpenColorIO": ("colour",),
    "mediapipe": ("faces",), "matplotlib": ("evaluate", "tuning"), "skimage": ("evaluate",),
}


def _files(room):
    single = ROOT / f"{room}.py"
    return [single] if single.exists() else sorted((ROOT / room).rglob("*.py"))


def _rooms():
    folders = [p.name for p in ROOT.iterdir() if p.is_dir() and (p / "__init__.py").exists()]
    return sorted([*folders, *(p.stem for p in ROOT.glob("*.py") if p.stem != "__init__")])


def _imported(path):
    """Full names of all modules that a file imports, also inside functions."""
    package = ["shared_core", *path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *(node.module.split(".") if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _rooms_imported(path):
    for name in _imported(path):
        parts = name.split(".")
        if parts[0] == "shared_core" and len(parts) > 1 and parts[1] in _rooms():
            yield parts[1]


def test_every_room_has_its_rule():
    assert set(_rooms()) == set(MAY_IMPORT)


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_rooms_below_it(room):
    wrong = {
        f"{path.relative_to(ROOT)} imports {other}"
        for path in _files(room) for other in _rooms_imported(path)
        if other not in MAY_IMPORT[room] | {room}
    }
    assert not wrong


def test_the_rules_have_no_cycle():
    order = []
    waiting = dict(MAY_IMPORT)
    while waiting:
        ready = [room for room, below in waiting.items() if below <= set(order)]
        assert ready, f"a cycle among {sorted(waiting)}"
        order += ready
        waiting = {room: below for room, below in waiting.items() if room not in ready}


@pytest.mark.parametrize("package", sorted(ONLY_IN))
def test_a_heavy_package_is_imported_in_its_rooms_alone(package):
    users = {
        room for room in _rooms() for path in _files(room)
        for name in _imported(path) if name.split(".")[0] == package
    }
    assert users <= set(ONLY_IN[package])


@pytest.mark.parametrize("room", LIGHT)
def test_a_light_room_imports_the_standard_library_alone(room):
    tops = {name.split(".")[0] for path in _files(room) for name in _imported(path)}
    assert tops - {"shared_core"} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("room", LIGHT)
def test_a_light_room_is_written_in_python_3_9(room):
    for path in _files(room):
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))


IMPORT_LIGHT = """
import importlib, pkgutil, sys
sys.path.insert(0, {root!r})
for room in {rooms!r}:
    package = importlib.import_module("shared_core." + room)
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module("shared_core.%s.%s" % (room, module.name))
from shared_core.spec.catalogue import load_catalogue
from shared_core.spec.recipes import RECIPES, Ingredients, make
from shared_core.spec.frames import FrameRange
from shared_core.spec.shot import Media, read_shot, write_shot
media = {{"plate": Media("p.mov"), "driver": Media("d.mov")}}
shot = make("geometric", Ingredients("s", FrameRange.parse("1-9"), media))
assert read_shot(write_shot(shot, {shot!r}).path) == shot
loaded = {{name.split(".")[0] for name in sys.modules}}
heavy = loaded & {{"numpy", "cv2", "OpenImageIO", "torch", "av", "mediapipe", "scipy"}}
assert not heavy, heavy
print("light on", sys.version.split()[0])
"""


def _interpreter(version):
    """A Python of that version: from pyenv's folder, or from PATH."""
    folders = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    for python in [*map(str, folders), shutil.which(f"python{version}")]:
        if python and subprocess.run([python, "-V"], capture_output=True, check=False).returncode == 0:
            return python
    return None


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.11", "3.12", "3.13"])
def test_spec_and_client_work_without_any_package(version, tmp_path):
    python = _interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    code = IMPORT_LIGHT.format(root=str(ROOT.parent), rooms=LIGHT, shot=str(tmp_path / "shot.json"))
    run = subprocess.run(
        [python, "-I", "-S", "-B", "-c", code], capture_output=True, text=True, check=False,
    )
    assert run.returncode == 0, run.stderr
    assert f"light on {version}" in run.stdout


def test_the_geometric_recipe_imports_no_torch():
    code = (
        "import sys\n"
        "from shared_core.engine.plan import live_operators\n"
        "import shared_core.engine.rendering, shared_core.engine.preparing\n"
        "live_operators()\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_engine_is_named_without_loading_what_it_needs():
    code = (
        "import sys, shared_core.engine, shared_core.engine.progress, shared_core.cli.main\n"
        "assert not {'numpy', 'cv2'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
