"""How a Dub group stands: what is baked, what is missing, what is stale, how much it takes."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import Any

from . import attach, kinds, versions
from .read_order import order_of
from .shared_core.spec.errors import DubError
from .shared_core.spec.frames import FrameRange
from .upstream import PlateNodes, plate_of

FRESH, STALE, MISSING, EMPTY, FAULT = "fresh", "stale", "missing", "empty", "fault"
KEPT_SECONDS = 1.5


@dataclass(frozen=True)
class Status:
    """state: FRESH, STALE, MISSING, EMPTY (never baked) or FAULT (it cannot be baked as it is).

    missing: the frames asked for that are not on disk. text: one line for the artist. note: a second.
    """

    state: str
    text: str
    missing: tuple[int, ...] = ()
    note: str = ""


_kept: dict[str, tuple[float, Status]] = {}


def status_of(scene: Any, node: Any, cache_folder: str) -> Status:
    """Look at disk and group now. Makes and changes nothing, in Blender or on disk."""
    group = kinds.group_of(node)
    try:
        plate = plate_of(node)
        order = order_of(scene, node, cache_folder)
        folder = attach.shown_folder(group)
        if folder is None:
            return Status(EMPTY, f"not baked: {order.frames}", tuple(order.frames), estimate(scene, order))
        version = versions.Version(folder)
        missing = tuple(version.missing(order.frames))
        # Media are named from the folder of the bake, wherever this machine would put a new one.
        is_fresh = dataclasses.replace(order, folder=folder.parent.parent).is_baked_as(version.about)
    except DubError as error:
        return Status(FAULT, str(error))
    untracked = plate.untracked if isinstance(plate, PlateNodes) else ""
    note = f"changes of the {untracked} are not seen; Bake renders it anew" if untracked else ""
    if not is_fresh:
        return Status(STALE, "stale: knobs, weights, media or the plate's nodes have changed", missing, note)
    if missing:
        waits = "they were sent to a farm; press Refresh when it has made them" if version.sent() else ""
        text = f"{len(missing)} missing: {FrameRange.of(missing)}"
        return Status(MISSING, text, missing, "; ".join(filter(None, (waits, note))))
    size = version.size() / 1e6
    return Status(FRESH, f"{version.name}: {order.frames}, {size:.1f} MB", (), note)


def kept_status(scene: Any, node: Any, cache_folder: str) -> Status:
    """The same, looked up at most every KEPT_SECONDS: a panel is drawn on every move of the mouse."""
    name = kinds.group_of(node).name
    when, status = _kept.get(name, (0.0, None))
    if status is None or time.monotonic() - when > KEPT_SECONDS:
        status = status_of(scene, node, cache_folder)
        _kept[name] = (time.monotonic(), status)
    return status


def forget() -> None:
    """Look anew at the next draw."""
    _kept.clear()


def estimate(scene: Any, order: Any) -> str:
    """What a bake will take: from the last version's own frames, else from the picture's size."""
    known = [one for one in versions.versions_of(order.folder) if one.frames()]
    count = len(order.frames)
    if known:
        size = known[-1].size() / len(known[-1].frames()) * count
        seconds = known[-1].about.get("seconds_a_frame")
        spent = f", {seconds * count / 60:.1f} min" if isinstance(seconds, (int, float)) else ""
        return f"about {size / 1e6:.0f} MB{spent} for {count} frames"
    share = scene.render.resolution_percentage / 100
    size = versions.bytes_a_frame(
        int(scene.render.resolution_x * share), int(scene.render.resolution_y * share)) * count
    return f"about {size / 1e6:.0f} MB for {count} frames; the first of them tell how long it takes"
