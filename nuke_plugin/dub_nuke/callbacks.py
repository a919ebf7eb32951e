"""What Nuke calls: before a render, when a knob changes, when a node's label is drawn."""

from __future__ import annotations

import os
from typing import Container, Dict, Iterator, List, Optional, Set, Tuple

import nuke

from shared_core.spec.errors import FrameRangeError
from shared_core.spec.frames import FrameRange

from . import cache, names, recipe_tabs, status
from .create import is_outdated
from .dub_nodes import (
    GROUPS,
    as_group,
    connected,
    dub_nodes,
    inputs_of,
    is_dub,
    past_dots,
    read_node,
    text_of,
    wires,
)
from .fingerprint import setting_names

_records: Dict[str, Tuple[int, Optional[cache.Record]]] = {}


def register() -> None:
    """Register what has to run in every mode."""
    nuke.addBeforeRender(before_render)
    nuke.addBeforeFrameRender(before_frame_render)


def register_gui() -> None:
    """Register what only matters with a GUI."""
    nuke.addKnobChanged(knob_changed, nodeClass="Group")
    nuke.addAutolabel(autolabel, nodeClass="Group")


def before_render() -> None:
    """Stop a render that would show undubbed frames. An exception here ends it, with its message.

    Which frames an artist has chosen in Nuke's dialog is not known here: then only a bake of which nothing
    is there stops it, and before_frame_render looks at each frame. Nothing is baked and no knob is written
    while rendering.
    """
    write = nuke.thisNode()
    frames = None if nuke.GUI else told_frames() or frames_of(write)
    for node in shown_by(write):
        fault = unbaked(node, frames)
        if fault:
            raise RuntimeError(f"{fault} before rendering {write.name()}, or disable {node.name()}")


def unbaked(node: nuke.Node, frames: Optional[Container[int]]) -> str:
    """Why `node` would show undubbed frames, and what to do about it; "" where it would not.

    frames: those to be rendered; None where they are not known, and one that is there will do.
    """
    record = record_of(node)
    if record is None:
        return f"{node.name()} is not baked: bake it"
    wanted = [frame for frame in _asked(node) or record.frames if frames is None or frame in frames]
    missing = record.missing(wanted)
    if not missing or (frames is None and len(missing) < len(wanted)):
        return ""
    return (
        f"{node.name()}: {len(missing)} of {len(wanted)} frames are not baked: {FrameRange.of(missing)}"
        f" in {record.pattern}; press Bake Missing, or change Frames,"
    )


def before_frame_render() -> None:
    """The same for the one frame that is rendered now. An exception here ends the render, too.

    Reference: Foundry, reference guide, the Python tab of nodes that render: before each frame.
    """
    frame = int(nuke.frame())
    for node in shown_by(nuke.thisNode()):
        record = record_of(node)
        if record is not None and frame in (_asked(node) or record.frames) and record.missing([frame]):
            raise RuntimeError(
                f"{node.name()}: frame {frame} is not baked: {record.pattern}; press Bake Missing"
            )


def shown_by(write: nuke.Node) -> Iterator[nuke.Node]:
    """The Dub nodes whose bakes are in the picture of `write`, also inside groups, that are on.

    Of a Dub node's inputs only the plate and `mask` are in its picture: those that give it a track or
    a face were baked in its own job, and need no bake of their own.
    """
    seen: Set[str] = set()
    waiting: List[Optional[nuke.Node]] = [write]
    while waiting:
        node = waiting.pop(0)
        if node is None or str(node.fullName()) in seen:
            continue
        seen.add(str(node.fullName()))
        waiting += _shown_inputs(node)
        if "disable" in node.knobs() and node["disable"].value():
            continue
        if is_dub(node):
            if read_node(node) is not None:
                yield node
        elif node.Class() in GROUPS:
            waiting += [one for one in as_group(node).nodes() if one.Class() == "Output"]


def _shown_inputs(node: nuke.Node) -> List[Optional[nuke.Node]]:
    """What may be in the picture of `node`; of a Switch that is held at one input, that alone."""
    if is_dub(node):
        return [node.input(0), connected(node, names.MASK)]
    inputs = inputs_of(node)
    if node.Class() == "Switch" and not node["disable"].value():
        which = node["which"]
        chosen = int(which.value())
        if not (which.isAnimated() or which.hasExpression()) and chosen in range(len(inputs)):
            return [inputs[chosen]]
    return inputs


def record_of(node: nuke.Node) -> Optional[cache.Record]:
    """The record of the bake that the node shows; None where it shows none, or none is there."""
    if not node[names.BAKED].value():
        return None
    return cache.load_record(text_of(node, names.RECORD))


def _asked(node: nuke.Node) -> Optional[FrameRange]:
    try:
        return FrameRange.parse(text_of(node, names.FRAMES))
    except FrameRangeError:
        return None


def told_frames() -> Optional[FrameRange]:
    """Those that Nuke was started to render, as by `nuke -F 1-10 -F 15`; None where it was not, or else.

    What cannot be read is no harm: each frame is looked at once more before it is rendered.
    """
    words = [str(word) for word in nuke.rawArgs]
    told = [words[n + 1] for n, word in enumerate(words[:-1]) if word == "-F"]
    try:
        return FrameRange.parse(",".join(" ".join(told).split()), "-F")
    except FrameRangeError:
        return None


def frames_of(write: nuke.Node) -> range:
    """The frames that a Write renders where nobody says otherwise."""
    if "use_limit" in write.knobs() and write["use_limit"].value():
        return range(int(write["first"].value()), int(write["last"].value()) + 1)
    return range(int(nuke.root().firstFrame()), int(nuke.root().lastFrame()) + 1)


def knob_changed() -> None:
    """Mark a baked node whose knob or input changed. Cheap, and quiet about what is live."""
    node, knob = nuke.thisNode(), nuke.thisKnob()
    if nuke.executing() or not is_dub(node):
        return
    name = knob.name()
    if name == "showPanel":
        show_upgrade(node)
    if name in ("showPanel", names.RECIPE):
        recipe_tabs.show(node)
    if name != "inputChange" and name in setting_names(node, live=False):
        for below in _fed_by(node):
            status.show(below, status.STALE, status.CHANGED)
    if not is_baked(node):
        return
    if name == "inputChange":
        record = cached_record(text_of(node, names.RECORD))
        changed = record is None or record.wires != wires(node)
    else:
        changed = name in setting_names(node, live=True)
    if changed:
        status.show(node, status.STALE, status.CHANGED)


def is_baked(node: nuke.Node) -> bool:
    return names.BAKED in node.knobs() and bool(node[names.BAKED].value())


def _fed_by(node: nuke.Node) -> List[nuke.Node]:
    """The baked Dub nodes whose job runs `node` too: those below it, through Dub nodes alone."""
    found, waiting = [], [node]
    while waiting:
        source = str(waiting.pop().fullName())
        for one in dub_nodes():
            above = [past_dots(one.input(number)) for number in range(one.inputs())]
            taken = any(node is not None and str(node.fullName()) == source for node in above)
            if taken and one not in found:
                found.append(one)
                waiting.append(one)
    return [one for one in found if is_baked(one)]


def show_upgrade(node: nuke.Node) -> None:
    """Show the Upgrade button on a node that an older Dubnodes made."""
    knob = node[names.UPGRADE]
    if is_outdated(node):
        knob.clearFlag(nuke.INVISIBLE)
    else:
        knob.setFlag(nuke.INVISIBLE)


def autolabel() -> Optional[str]:
    """The node's name, and below it what is wrong at this frame or which view is on."""
    node = nuke.thisNode()
    if not is_dub(node):
        return None
    lines = [str(node.name()), *filter(None, [str(node["label"].value() or "")])]
    baked = names.BAKED in node.knobs() and node[names.BAKED].value()
    record = cached_record(text_of(node, names.RECORD)) if baked else None
    if names.VIEW in node.knobs() and int(node[names.VIEW].getValue()):
        lines.append(f"view: {node[names.VIEW].value()}{_blank(node, record)}")
    if baked:
        said = "its bake is not there" if record is None else status.at_frame(record, int(nuke.frame()))
        lines += [said] if said else []
    return "\n".join(lines)


def _blank(node: nuke.Node, record: Optional[cache.Record]) -> str:
    """What is said of a view that is black since the bake has no such pass; "" of any other."""
    layer = names.VIEW_LAYERS.get(str(node[names.VIEW].value()), "")
    if record is None or not record.passes or layer in ("", *record.passes):
        return ""
    return f" (black: this bake has no {layer})"


def cached_record(path: str) -> Optional[cache.Record]:
    """The record, read again only when its file changed: labels are drawn often."""
    try:
        changed = os.stat(path).st_mtime_ns
    except OSError:
        return None
    if _records.get(path, (0, None))[0] != changed:
        _records[path] = (changed, cache.load_record(path))
    return _records[path][1]


def all_states() -> List[str]:
    """One line for each Dub node of the script."""
    return [f"{node.name()}: {text_of(node, names.STATUS)}" for node in dub_nodes()]
