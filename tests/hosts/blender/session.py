"""Runs inside a Python that has bpy: installs the staged extension, plays one scenario, prints what it found.

    <python with bpy> session.py STAGED SCENARIO ARGUMENTS.json

A scenario is a function of a scenarios_*.py; what it returns is printed as JSON on the last line. bpy may
crash while it ends, so the process leaves by os._exit once all is said.
"""

import importlib
import json
import os
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULE = "bl_ext.user_default.dubnodes"


def install(staged):
    """Put the extension where Blender looks for a user's own, before bpy is imported."""
    resources = Path(tempfile.mkdtemp(prefix="blender-user-"))
    os.environ["BLENDER_USER_RESOURCES"] = str(resources)
    target = resources / "extensions" / "user_default" / "dubnodes"
    target.parent.mkdir(parents=True)
    shutil.copytree(staged, target)
    return resources


def enable():
    import addon_utils
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    if addon_utils.enable(MODULE, default_set=True) is None:
        raise RuntimeError("the extension could not be enabled; see above")


def scenario(name):
    """The function of that name, wherever it stands."""
    for path in sorted(HERE.glob("scenarios_*.py")):
        found = getattr(importlib.import_module(path.stem), name, None)
        if found is not None:
            return found
    raise LookupError(f"no scenario {name!r}")


def main(staged, name, arguments):
    resources = install(staged)
    code = 0
    try:
        import bpy

        sys.path.insert(0, str(HERE))
        enable()
        found = scenario(name)(**json.loads(Path(arguments).read_text(encoding="utf-8")))
        import addon_utils

        addon_utils.disable(MODULE, default_set=True)
        found = {"version": list(bpy.app.version), **(found or {})}
        print("\nFOUND", json.dumps(found), flush=True)
    except BaseException:
        traceback.print_exc()
        code = 1
    shutil.rmtree(resources, ignore_errors=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
