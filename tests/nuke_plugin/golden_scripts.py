"""The golden scripts: what an artist's script holds after the menu and a few settings.

    python tests/nuke_plugin/golden_scripts.py --write
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "golden"
NAMES = ("two_nodes", "whole_pipeline")


def scripts(nuke, plugin) -> dict[str, str]:
    """name -> text: Track Face before Landmark Mask; and Dub with a keyed amount."""
    from nuke_stand_in.save import script_text

    nuke.script["first_frame"].setValue(1001)
    nuke.script["last_frame"].setValue(1100)
    plate = nuke.make("Read", file="/shots/sh010/plate.####.exr", first=1001, last=1100, raw=True)
    track, mask = plugin.create.create("track_face"), plugin.create.create("landmark_mask")
    track.setInput(0, plate)
    mask.setInput(0, track)
    mask["grow_percent"].setValue(2)
    two = script_text([mask])
    whole = plugin.create.create("dub")
    whole.setInput(0, plate)
    whole["driver_file"].setValue("/shots/sh010/dubber take 3.mov")
    whole["composite_amount"].setValueAt(0.0, 1001)
    whole["composite_amount"].setValueAt(1.0, 1010)
    return {"two_nodes": two, "whole_pipeline": script_text([whole])}


def main() -> None:
    import pytest

    for folder in (HERE, HERE.parents[1]):
        sys.path.append(str(folder))
    from shared_nuke import load_plugin, started

    with pytest.MonkeyPatch.context() as monkeypatch, tempfile.TemporaryDirectory() as folder:
        running = started(monkeypatch, Path(folder), gui=False)
        made = scripts(next(running), load_plugin())
    GOLDEN.mkdir(exist_ok=True)
    for name, text in made.items():
        (GOLDEN / f"{name}.nk").write_text(text, encoding="utf-8")


if __name__ == "__main__" and "--write" in sys.argv[1:]:
    main()
