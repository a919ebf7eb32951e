"""The extension: what is in it, what it imports, what Blender wants of it."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
import zipfile

import pytest

from shared_core import __version__
from shared_core.spec.catalogue import CATALOGUE_FILE

ALLOWED = {"bpy", "addon_utils"}
WITHOUT_BPY = (
    "bake_order", "bake_task", "blank_frame", "core", "dub_command", "exr_glance", "frame_curves", "kinds",
    "knob_properties", "outline_keys", "recipe_slots", "sequences", "submission", "tuning", "versions",
)
HOST_SIDE = {"spec", "client"}


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.level


def _own_files(staged):
    return sorted(path for path in staged.glob("*.py"))


def test_the_extension_imports_the_standard_library_bpy_spec_and_client_alone(staged):
    for path in _own_files(staged):
        for name, level in _imports(path):
            top = name.split(".")[0]
            if not level:
                assert top in sys.stdlib_module_names | ALLOWED | {"__future__"}, f"{path.name}: {name}"
            elif top == "shared_core":
                assert name.split(".")[1] in HOST_SIDE, f"{path.name}: {name}"


def test_of_the_core_spec_and_client_ship_and_nothing_else(staged):
    rooms = {path.name for path in (staged / "shared_core").iterdir()}
    assert rooms == {"__init__.py", *HOST_SIDE}
    assert (staged / "shared_core" / "spec" / "operators.json").read_bytes() == CATALOGUE_FILE.read_bytes()
    assert not list(staged.rglob("make_assets.py")) and not list(staged.rglob("__pycache__"))
    assert (staged / "assets" / "dubnodes.blend").stat().st_size < 500_000


@pytest.mark.parametrize("name", WITHOUT_BPY)
def test_what_says_that_it_imports_no_bpy_does_not(staged, module, name):
    assert "bpy" not in {top.split(".")[0] for top, level in _imports(staged / f"{name}.py") if not level}
    assert module(name).__doc__


def test_importing_the_package_imports_no_bpy(module):
    assert module("kinds").WHOLE == "dub"
    assert "bpy" not in sys.modules


def test_the_manifest_holds_what_blender_demands(staged):
    manifest = tomllib.loads((staged / "blender_manifest.toml").read_text(encoding="utf-8"))
    assert manifest["id"] == "dubnodes" and manifest["type"] == "add-on"
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"]) and manifest["version"] == __version__
    assert manifest["blender_version_min"] == "4.2.0"
    texts = [manifest["tagline"], *manifest["permissions"].values()]
    assert all(0 < len(text) <= 64 and not text.endswith(".") for text in texts)
    assert "wheels" not in manifest, "a bundled numpy would lie before Blender's own"


def test_the_zip_has_its_manifest_at_the_top_and_knows_the_python_it_was_made_by(tmp_path, staged):
    from blender_addon.build_extension import build

    with zipfile.ZipFile(build(tmp_path, "/opt/core/bin/python")) as archive:
        names = set(archive.namelist())
        assert {"blender_manifest.toml", "__init__.py", "assets/dubnodes.blend"} <= names
        assert json.loads(archive.read("core.json")) == {"python": "/opt/core/bin/python"}
    assert [path.name for path in tmp_path.iterdir()] == [f"dubnodes-{__version__}.zip"]
