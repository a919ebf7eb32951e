"""The comp of these tests: ten frames from 1001 on, and what an artist does with it."""

from __future__ import annotations

import time
from pathlib import Path

FIRST, COUNT, LONG = 1001, 10, 40
LAST = FIRST + COUNT - 1


def wait(comp, seconds=600.0):
    """Until no bake runs: what the artist does by watching the progress bar."""
    until = time.monotonic() + seconds
    while comp.plugin.background.busy():
        assert time.monotonic() < until, comp.node["dub_status"].value()
        time.sleep(0.02)


def press(comp, button="bake"):
    comp.nuke.press(comp.node, button)
    wait(comp)


def state(comp):
    return comp.node["dub_status"].value()


def frames_of(comp):
    read = comp.plugin.dub_nodes.read_node(comp.node)
    pattern = Path(read["file"].evaluate(FIRST).replace(str(FIRST), "####"))
    return sorted(int(path.name.split(".")[-2]) for path in pattern.parent.glob("*.exr"))
