"""`python -m nuke_plugin.generate [--check]`: write what is made from the operators, or say what differs.

The groups, the knobs' tables of docs/nuke.md, and the drawings of the groups' insides.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from shared_core.spec.catalogue import Catalogue, load_catalogue

from ..dub_nuke.names import WHOLE
from .diagram import svg
from .groups import all_groups, operator_group, whole_group
from .knob_tables import tables, whole_table

ROOT = Path(__file__).parents[2]
GROUPS = ROOT / "nuke_plugin" / "groups"
PAGE = ROOT / "docs" / "nuke.md"
DRAWN = (WHOLE, "landmark_mask", "warp_flow_mesh")
_BETWEEN = re.compile(r"(<!-- knobs: [^\n]*-->\n).*?(<!-- end of knobs -->)", re.DOTALL)
_WHOLE = re.compile(
    r"(<!-- the Dub node's knobs: [^\n]*-->\n).*?(<!-- end of the Dub node's knobs -->)", re.DOTALL)


def wanted_files(operators: Catalogue) -> dict[Path, str]:
    """Every file that is made from the operators, with its text."""
    files = {GROUPS / name: text for name, text in all_groups(operators).items()}
    for name in DRAWN:
        parts = whole_group(operators) if name == WHOLE else operator_group(operators[name])
        files[ROOT / "docs" / "images" / f"nuke_inside_{name}.svg"] = svg(parts.graph)
    page = PAGE.read_text(encoding="utf-8")
    whole = files[GROUPS / f"{WHOLE}.nk"]
    made = tables(operators, {name: files[GROUPS / f"{name}.nk"] for name in operators}, whole)
    page = _BETWEEN.sub(lambda found: f"{found[1]}\n{made}\n{found[2]}", page)
    own = whole_table(whole, operators)
    files[PAGE] = _WHOLE.sub(lambda found: f"{found[1]}\n{own}\n{found[2]}", page)
    return files


def main(arguments: list[str]) -> int:
    wanted = wanted_files(load_catalogue())
    gone = [path for path in GROUPS.glob("*.nk") if path not in wanted]
    changed = [path for path, text in wanted.items() if not path.is_file() or path.read_text("utf-8") != text]
    names = ", ".join(sorted(str(path.relative_to(ROOT)) for path in [*changed, *gone]))
    if "--check" in arguments:
        if names:
            print(f"{names}: out of date; run `make nuke`")
        return 1 if names else 0
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
    for path in gone:
        path.unlink()
    print(f"{len(wanted)} files, changed: {names or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
