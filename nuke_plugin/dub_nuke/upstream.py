"""Keep what a node says of its bake true: when what it was made from changes, is undone, or is gone.

Nuke runs the functions of addUpdateUI when it is idle, on a node whose knobs changed: by hand, by a
script or by undo, with its panel open or not. knobChanged tells of open panels alone; what it tells is
marked at once, by callbacks.py. A file that changed under the same path is told by neither.

Reference: Foundry, Nuke Python developer's guide, Callbacks: knobChanged, updateUI.
"""

from __future__ import annotations

import time
from typing import Dict, List, Optional, Tuple

import nuke

from shared_core.spec.errors import DubError
from shared_core.spec.frames import FrameRange

from . import background, bake, cache, callbacks, names, status
from .dub_nodes import GROUPS, as_group, by_name, dub_nodes, is_dub, text_of
from .fingerprint import of_source
from .request import look

_SECONDS_KEPT = 2.0
"""How long it is believed which nodes are baked and from what: looking through a script takes its time."""
_REST = 20.0
"""A marked node is compared with a source again after so many times what that took: a Roto has long knobs."""
_UNDER_WAY = (status.RENDERING, status.BAKING, status.SENDING, status.TUNING)
_made_from: Dict[str, List[str]] = {}
_looked_at: List[float] = []
_seen: Dict[Tuple[str, str, str], str] = {}
"""(baked node, source, the bake's identity) -> the source's digest when it was last compared."""
_harmless: Dict[Tuple[str, str, str], str] = {}
"""The same -> a digest that is another and changes no bake: a node above has a new name."""
_resting: Dict[Tuple[str, str, str], float] = {}
"""The same -> until when a marked node is not compared again."""


def register_gui() -> None:
    """Register what only matters with a GUI."""
    nuke.addUpdateUI(update_ui)


def update_ui() -> None:
    """Compare the node that changed with what it was when the bakes below it were made."""
    node = nuke.thisNode()
    if nuke.executing():
        return
    if node.Class() in GROUPS and is_dub(node) and str(node.fullName()) not in background.busy():
        _settle(node)
    for source in _told_by(node):
        for baked in _baked_from(source):
            if baked not in background.busy():  # it is looked at when the bake is done
                _compare(baked, source)


def _told_by(node: nuke.Node) -> List[str]:
    """The sources that are other ones when `node` is: itself, the groups around it, and a group's Inputs."""
    if node.Class() == "Root":
        return [names.ROOT]
    parts = str(node.fullName()).split(".")
    told = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
    if node.Class() in GROUPS and not is_dub(node):
        told += [str(one.fullName()) for one in as_group(node).nodes() if one.Class() == "Input"]
    return told


def _baked_from(source: str) -> List[str]:
    """The full names of the Dub nodes whose bake was made from the node of that full name."""
    if not _looked_at or time.monotonic() - _looked_at[0] > _SECONDS_KEPT:
        _made_from.clear()
        for node in dub_nodes():
            record, baked = _record(node), str(node.fullName())
            for name in record.sources if record is not None else ():
                _made_from.setdefault(name or baked, []).append(baked)
        _looked_at[:] = [time.monotonic()]
    return list(_made_from.get(source, ()))


def _record(node: nuke.Node) -> Optional[cache.Record]:
    if not callbacks.is_baked(node):
        return None
    return callbacks.cached_record(text_of(node, names.RECORD))


def _compare(baked: str, source: str) -> None:
    """Mark or unmark a node by one of its sources; only one that changed costs a look at all of them."""
    node, own = bake.still_there(baked), baked == source
    changed = nuke.root() if source == names.ROOT else by_name(source)
    record = None if node is None else _record(node)
    if node is None or changed is None or record is None:
        return
    reference = record.sources.get(names.OWN if own else source, "")
    key, began = (baked, source, record.identity), time.monotonic()
    marked = node[names.STATUS].value() == status.STALE
    if marked and began < _resting.get(key, began):
        return
    before, now = _seen.get(key, reference), of_source(changed, own)
    _seen[key], ended = now, time.monotonic()
    _resting[key] = ended + _REST * (ended - began)
    if now != reference and not marked and _harmless.get(key) != now:
        if _asks_for(node, record):
            _harmless[key] = now
        else:
            status.show(node, status.STALE, status.CHANGED)
    if now == reference and marked and before != now and _asks_for(node, record):
        bake.say_baked(node, record)


def _settle(node: nuke.Node) -> None:
    """Have a node that was pasted, undone or opened with its script say nothing that is true elsewhere.

    It may have been copied while it was baked, to where its bake cannot be found, or by a Nuke that
    keeps no text of a panel; undo may have taken its bake away.
    """
    said, record, baked = str(node[names.STATUS].value()), _record(node), callbacks.is_baked(node)
    gone = baked and record is None
    of_a_bake = said.startswith(("Baked ", status.STALE, status.GONE))
    untrue = of_a_bake and (not baked or gone != (said == status.GONE))
    if untrue or (baked and said == names.NOT_BAKED) or said.startswith(_UNDER_WAY):
        if record is not None and _asks_for(node, record):
            bake.say_baked(node, record)
        elif baked:
            status.show(node, status.GONE if gone else status.STALE, status.CHANGED)
        else:
            status.show(node, names.NOT_BAKED, status.PLAIN)


def _asks_for(node: nuke.Node, record: cache.Record) -> bool:
    """Whether the node asks for the bake that it shows."""
    try:
        return look(node, FrameRange.of(record.frames))[1].identity == record.identity
    except DubError:  # it has no input any more, or a value that is none
        return False
