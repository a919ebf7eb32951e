"""Make assets/dubnodes.blend: native node groups, from operators.json and the recipes alone.

    <a Python with bpy 4.2> blender_addon/make_assets.py

Run it in Blender 4.2: a file that 4.2 saves opens in 4.2 and all that came since. The groups hold
native nodes only, so that a .blend with baked passes renders where no extension is. What a group is
stands in its custom property `dubnodes_kind`. The picture node that reads the baked frames is put in
by the extension; until then each pass is a constant, named as its layer, and the plate passes through.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bpy

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from blender_addon.asset_groups import CATALOGUE_ID, CATALOGUE_NAME, groups_to_make  # noqa: E402
from blender_addon.asset_nodes import build_group  # noqa: E402

ASSETS = HERE / "assets"
CATALOGUE_TEXT = f"VERSION 1\n\n{CATALOGUE_ID}:{CATALOGUE_NAME}:{CATALOGUE_NAME}\n"
SAVED_BY = (4, 2)


def main() -> None:
    """Write the asset file and its catalogue, from an empty session."""
    if bpy.app.version[:2] != SAVED_BY:
        sys.exit(f"this is Blender {bpy.app.version_string}; run it in 4.2, whose files all later ones open")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    made = set()
    for group in groups_to_make():
        tree = build_group(group)
        tree.asset_mark()
        tree.asset_data.catalog_id = CATALOGUE_ID
        tree.asset_data.description = group.help
        tree.asset_data.author = "Dubnodes"
        made.add(tree)
    ASSETS.mkdir(exist_ok=True)
    bpy.data.libraries.write(str(ASSETS / "dubnodes.blend"), made, fake_user=True, compress=True)
    (ASSETS / "blender_assets.cats.txt").write_text(CATALOGUE_TEXT, encoding="utf-8")
    print("wrote", ", ".join(sorted(tree.name for tree in made)))


if __name__ == "__main__":
    main()
