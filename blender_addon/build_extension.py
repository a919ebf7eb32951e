"""Build the extension's zip: this folder, with the core's spec and client copied in. Standard library alone.

    python blender_addon/build_extension.py [--out dist] [--validate-with PYTHON_WITH_BPY]
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORE = HERE.parent / "shared_core"
COPIED = ("spec", "client")
GENERATORS = ("make_assets.py", "asset_groups.py", "asset_nodes.py", "build_extension.py")
LEFT_OUT = (*GENERATORS, "README.md", "__pycache__")
_FIND_CLI = (
    "import bpy, pathlib; root = pathlib.Path(bpy.utils.resource_path('LOCAL'));"
    "print(next(root.glob('scripts/addons_core/bl_pkg/cli/blender_ext.py')))"
)


def stage(folder: Path, python: str = "") -> Path:
    """Lay the extension out in `folder`, which must not be there; python: the core's, where it is known."""
    ignored = shutil.ignore_patterns(*LEFT_OUT, "*.blend1", "*.pyc")
    shutil.copytree(HERE, folder, ignore=ignored)
    core = folder / "shared_core"
    core.mkdir()
    shutil.copy2(CORE / "__init__.py", core)
    for room in COPIED:
        shutil.copytree(CORE / room, core / room, ignore=ignored)
    if (HERE.parent / "LICENSE").is_file():
        shutil.copy2(HERE.parent / "LICENSE", folder)
    if python:
        (folder / "core.json").write_text(json.dumps({"python": python}), encoding="utf-8")
    return folder


def version() -> str:
    return tomllib.loads((HERE / "blender_manifest.toml").read_text(encoding="utf-8"))["version"]


def build(out: Path, python: str = "") -> Path:
    """Write `out`/dubnodes-<version>.zip and return its path."""
    staged = out / "dubnodes.staged"
    shutil.rmtree(staged, ignore_errors=True)
    stage(staged, python)
    target = out / f"dubnodes-{version()}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(staged.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(staged))
    shutil.rmtree(staged)
    return target


def validate(target: Path, python: str) -> None:
    """Let Blender's own tool judge the zip; `python` has bpy. Ends the process where it objects."""
    found = subprocess.run([python, "-c", _FIND_CLI], capture_output=True, text=True, check=True)
    tool = found.stdout.strip().splitlines()[-1]
    subprocess.run([python, tool, "validate", str(target)], check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE.parent / "dist", help="the folder for the zip")
    parser.add_argument("--validate-with", metavar="PYTHON", help="a Python with bpy, to judge the zip")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    target = build(arguments.out)
    print(f"{target} ({target.stat().st_size / 1000:.0f} kB)")
    if arguments.validate_with:
        validate(target, arguments.validate_with)
    return 0


if __name__ == "__main__":
    sys.exit(main())
