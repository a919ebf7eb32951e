"""The plug-in's code: what it imports, which Pythons run it, and that Nuke's API has what it calls."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "nuke_plugin"
CODE = PLUGIN / "dub_nuke"
FILES = [PLUGIN / "init.py", PLUGIN / "menu.py", *sorted(CODE.glob("*.py"))]
CORE_ROOMS = ("shared_core.spec", "shared_core.client")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_plugin_imports_the_standard_library_nuke_spec_and_client_alone(path):
    for name in imported(path):
        top = name.split(".")[0]
        known = top in sys.stdlib_module_names or top in ("nuke", "dub_nuke")
        assert known or name.startswith(CORE_ROOMS), name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_plugin_is_written_in_python_3_9(path):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))


def test_only_nuke_plugin_imports_nuke():
    core = (ROOT / "shared_core").rglob("*.py")
    assert not [path for path in core if "nuke" in {name.split(".")[0] for name in imported(path)}]


def test_vermin_finds_nothing_newer_than_python_3_9():
    vermin = Path(sys.executable).with_name("vermin")
    command = [str(vermin), "--no-tips", "-t=3.9-", "--violations", *map(str, FILES),
               str(ROOT / "shared_core/spec"), str(ROOT / "shared_core/client")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


@pytest.mark.slow
def test_mypy_knows_every_name_of_nuke_that_the_plugin_uses(tmp_path):
    """types-nuke 13.2; an invented name would be an error, as the second half shows."""
    environment = {**os.environ, "MYPYPATH": f"{PLUGIN}{os.pathsep}{ROOT}"}
    options = ["--explicit-package-bases", "--namespace-packages", "--follow-imports=silent",
               "--check-untyped-defs", "--cache-dir", str(tmp_path)]

    def mypy(*targets, folder=PLUGIN):
        command = [sys.executable, "-m", "mypy", *options, *targets]
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    run = mypy(*map(str, FILES))
    assert run.returncode == 0, run.stdout
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import nuke\n\ndef f(n: nuke.Node) -> None:\n    n.bakeAll()\n    nuke.makeCoffee()\n")
    run = mypy(str(wrong))
    assert run.stdout.count("attr-defined") == 2, run.stdout


BARE = """
import sys, types
class Strict(types.ModuleType):
    pass
nuke = Strict("nuke")
nuke.GUI = False
for name in ("pluginAddPath", "addBeforeRender", "addBeforeFrameRender", "tprint", "addKnobChanged",
             "addUpdateUI", "addAutolabel"):
    setattr(nuke, name, lambda *a, **k: None)
class Menu:
    def addMenu(self, *a, **k): return Menu()
    def addCommand(self, *a, **k): pass
nuke.menu = lambda name: Menu()
sys.modules["nuke"] = nuke
before = set(sys.modules)
for script in ("init.py", "menu.py"):
    path = {folder!r} + "/" + script
    exec(compile(open(path).read(), path, "exec"), {{"__file__": path, "__name__": script}})
import importlib, pkgutil, dub_nuke
for module in pkgutil.iter_modules(dub_nuke.__path__):
    importlib.import_module("dub_nuke." + module.name)
known = getattr(sys, "stdlib_module_names", None)
tops = {{name.split(".")[0] for name in set(sys.modules) - before}}
assert "shared_core" in tops
if known:
    assert tops - {{"shared_core", "dub_nuke"}} <= set(known), tops
assert not tops & {{"numpy", "torch", "cv2", "OpenImageIO"}}
print("bare on", sys.version.split()[0])
"""


def interpreter(version):
    """A Python of that version: from pyenv's folder, or from PATH."""
    folders = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    for python in [*map(str, folders), shutil.which(f"python{version}")]:
        if python and subprocess.run([python, "-V"], capture_output=True, check=False).returncode == 0:
            return python
    return None


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.11", "3.12", "3.13"])
def test_init_and_menu_run_on_a_bare_python_with_nothing_but_nuke(version, tmp_path):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    code = BARE.format(folder=str(PLUGIN))
    environment = {name: v for name, v in os.environ.items() if not name.startswith(("PYTHON", "DUB_"))}
    run = subprocess.run(
        [python, "-I", "-S", "-B", "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path,
        env=environment,
    )
    assert run.returncode == 0, run.stderr
    assert f"bare on {version}" in run.stdout


def test_a_copied_folder_asks_the_python_that_is_named_where_the_core_is(tmp_path):
    copy = tmp_path / "copied"
    shutil.copytree(PLUGIN, copy, ignore=shutil.ignore_patterns("__pycache__"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [sys.executable, "-I", "-S", "-B", "-c", BARE.format(folder=str(copy))]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path,
                         env={**environment, "DUB_PYTHON": sys.executable})
    assert run.returncode == 0, run.stderr
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path,
                         env={**environment, "DUB_PYTHON": ""})
    assert run.returncode, "without a core there is no menu, but Nuke starts"
    assert "init.py" not in run.stderr
