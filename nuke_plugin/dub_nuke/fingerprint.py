"""What a bake depends on, as one digest: it changes when the upstream, a knob or a file does.

Nuke's own hashes belong to one session. This one is made from knobs' scripts and files' times, so
that it holds over sessions, and leaves out what only concerns the node graph's looks.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import Any, Container, Dict, Iterable, List, Optional, Sequence

import nuke

from . import names
from .dub_nodes import (
    GROUPS,
    as_group,
    evaluated,
    input_number,
    inputs_of,
    is_dub,
    is_through,
    is_whole,
    text_of,
    user_knobs,
    wires,
)
from .recipe_knobs import of_other_recipes

_LOOKS = frozenset((
    "name", "label", "selected", "xpos", "ypos", "tile_color", "gl_color", "note_font", "note_font_size",
    "note_font_color", "hide_input", "cached", "dope_sheet", "postage_stamp", "postage_stamp_frame", "help",
    "icon", "indicators", "bookmark", "lifetimeStart", "lifetimeEnd", "useLifetime", "panel", "reload",
    names.STATUS, names.UPGRADE, names.MADE,
))
_NO_VALUE = frozenset(("Tab_Knob", "BeginTabGroup_Knob", "EndTabGroup_Knob", "PyScript_Knob", "Text_Knob",
                       "Script_Knob", "Obsolete_Knob", "Help_Knob"))
_NO_SETTING = frozenset((names.FRAMES, names.BAKED, names.RECORD, names.CACHE, *_LOOKS))
_LIVE = ("live_", "patch_", "fold_", "tune_", "flow_scale", names.VIEW, names.REGION)
_ROOT = ("colorManagement", "OCIO_config", "customOCIOConfigPath", "workingSpaceLUT", "format", "fps")
_OFF = "disable"
_LOOKED_AT = 100
"""At so many frames of the project, about, what an expression gives is compared to see that it changed."""
_NUMBER = re.compile(r"#+|%0?[0-9]*d|[0-9]+")


def digest(data: Any) -> str:
    """sha256 of `data` as canonical JSON."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()


def of_stream(node: nuke.Node) -> str:
    """The digest of all that the picture of `node` is made from."""
    lines: List[str] = [f"{name} {_script(nuke.root(), name)}" for name in _ROOT]
    nodes = above(node)
    place = {str(one.fullName()): number for number, one in enumerate(nodes)}
    for one in nodes:
        wires = [place[str(end.fullName())] if end is not None else "-" for end in _ends(one, place)]
        lines += [f"{one.Class()} {wires}", *_state(one), *_files(one)]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def of_sources(pictures: Iterable[nuke.Node], chain: Sequence[nuke.Node], own: nuke.Node) -> Dict[str, str]:
    """By full name what each node that a bake of `own` is made from looks like now; files left out.

    Of no use as a bake's identity: it names wires by the nodes at their ends. A change in it says that
    the identity is worth a look.
    """
    found = {str(one.fullName()): one for picture in pictures for one in above(picture)}
    found.update({str(one.fullName()): one for one in chain})
    for one in chain:
        for further in (*_on_the_way(one, one.fullName() == own.fullName(), found), *_asked_by(one)):
            found.setdefault(str(further.fullName()), further)
    found.pop(str(own.fullName()), None)
    sources = {name: of_source(one, own=False) for name, one in found.items()}
    return {**sources, names.OWN: of_source(own, own=True), names.ROOT: of_source(nuke.root(), own=False)}


def _on_the_way(node: nuke.Node, own: bool, known: Container[str]) -> List[nuke.Node]:
    """Between a Dub node and those in `known`: dots, groups' Inputs, and Dub nodes that pass a picture on."""
    found: List[nuke.Node] = []
    skipped = input_number(node, names.MASK) if own else None
    for end in (node.input(number) for number in range(node.inputs()) if number != skipped):
        while end is not None and str(end.fullName()) not in known and (is_through(end) or is_dub(end)):
            found.append(end)
            end = next(iter(inputs_of(end)), None)
    return found


def _asked_by(node: nuke.Node) -> List[nuke.Node]:
    """What the expressions on a Dub node's knobs are made from.

    Not the groups around it, which a bake itself changes: of_source looks at what these expressions give.
    """
    asked = [one for named in _in_expressions(node) for one in above(named)]
    return [one for one in asked if not f"{node.fullName()}.".startswith(f"{one.fullName()}.")]


def of_source(node: nuke.Node, own: bool) -> str:
    """The digest of one node's knobs and wires. own: of a baked node, whose live knobs matter not."""
    if node.Class() == "Root":
        return digest([_script(node, name) for name in _ROOT])
    first, last = int(nuke.root().firstFrame()), int(nuke.root().lastFrame())
    frames = range(first, last + 1, max(1, (last - first) // _LOOKED_AT))
    if own:
        return digest([wires(node), of_settings(node, True, frames)])
    ends = [end and str(end.fullName()) for end in inputs_of(node)]
    given = [_setting(node[name], frames) for name in _valued(node) if node[name].hasExpression()]
    return digest([node.Class(), ends, _state(node), *given])


def above(node: nuke.Node) -> List[nuke.Node]:
    """`node` and all that it has its picture from, by inputs in their order and by expressions, each once.

    Out of a group too, by its Inputs, where nothing else led to that group.
    """
    found: Dict[str, nuke.Node] = {}
    waiting: List[Optional[nuke.Node]] = [node]
    entrances: List[nuke.Node] = []
    while waiting or entrances:
        if not waiting:
            waiting += _ends(entrances.pop(0), found)
            continue
        one = waiting.pop()
        if one is None or str(one.fullName()) in found:
            continue
        found[str(one.fullName())] = one
        waiting += reversed(_read_by_expressions(one))
        if one.Class() == "Input":
            entrances.append(one)
        else:
            waiting += reversed(inputs_of(one))
    return list(found.values())


def _ends(node: nuke.Node, known: Container[str]) -> List[Optional[nuke.Node]]:
    """What its inputs come from; nothing of an Input whose group is in `known`, and so has its own wires."""
    inside = node.Class() == "Input" and str(node.parent().fullName()) in known
    return [] if inside else inputs_of(node)


def _in_expressions(node: nuke.Node) -> List[nuke.Node]:
    """The nodes whose knobs stand in expressions on `node`."""
    return [one for one in node.dependencies(nuke.EXPRESSIONS) if one.Class() != "Root"]


def _read_by_expressions(node: nuke.Node) -> List[nuke.Node]:
    """The same, and those in expressions on the nodes inside it."""
    found = _in_expressions(node)
    for inner in as_group(node).nodes() if node.Class() in GROUPS else ():
        found += _read_by_expressions(inner)
    return found


def _state(node: nuke.Node) -> List[str]:
    """The node's knobs; of a group also those of the nodes inside."""
    lines = [f"{name} {_script(node, name)}" for name in sorted(node.knobs()) if name not in _LOOKS]
    if node.Class() in GROUPS:
        for inner in sorted(as_group(node).nodes(), key=lambda one: str(one.name())):
            lines += [f"in {inner.Class()} {inner.name()}", *_state(inner), *_files(inner)]
    return lines


def _script(node: nuke.Node, name: str) -> str:
    if name not in node.knobs():
        return ""
    knob = node[name]
    return "" if knob.Class() in _NO_VALUE else str(knob.toScript())


def _files(node: nuke.Node) -> List[str]:
    """Sizes and times of the files that a node reads."""
    if "file" not in node.knobs() or node.Class() == "Write":
        return []
    return of_files([evaluated(node["file"])])


def of_files(paths: Iterable[str]) -> List[str]:
    """One line for each file that a path or a pattern names: its name, size and time of change."""
    lines = []
    for path in paths:
        folder, name = os.path.split(path)
        parts = [re.escape(part) for part in _NUMBER.split(name)]
        pattern = re.compile("-?[0-9]*".join(parts) + r"\Z")
        try:
            found = (entry for entry in os.scandir(folder or ".") if pattern.match(entry.name))
            entries = sorted(found, key=lambda entry: entry.name)
            lines += [f"{e.name} {e.stat().st_size} {e.stat().st_mtime_ns}" for e in entries]
        except OSError as error:
            lines.append(f"{path} {error.strerror}")
    return lines


def of_settings(node: nuke.Node, live: bool, frames: Iterable[int]) -> Dict[str, str]:
    """The scripts of the knobs that `setting_names` names; of an expression what it gives at `frames`.

    `disable` is in the wiring: a node that is off is passed, or refused.
    """
    named = (name for name in setting_names(node, live) if name != _OFF)
    return {name: _setting(node[name], frames) for name in named}


def _setting(knob: nuke.Knob, frames: Iterable[int]) -> str:
    given = [knob.getValueAt(frame) for frame in frames] if knob.hasExpression() else []
    if not given:
        return str(knob.toScript())
    return f"gives {given if any(one != given[0] for one in given) else given[0]}"


def setting_names(node: nuke.Node, live: bool) -> List[str]:
    """A Dub node's own knobs that the frames of a bake depend on.

    live: the node itself is baked, so that native nodes inside it act on names.LIVE_NAMES, and it may be
    off. In a node further up these knobs go to the core. Those of a recipe that is not chosen go nowhere.
    """
    skipped = _NO_SETTING | names.LIVE_NAMES if live else _NO_SETTING
    if is_whole(node):
        skipped |= of_other_recipes(text_of(node, names.RECIPE))
    named = [name for name in _valued(node) if name not in skipped and not name.startswith(_LIVE)]
    return named if live else [*named, _OFF]


def user_scripts(node: nuke.Node) -> Dict[str, str]:
    """The scripts of the group's own knobs that hold a value."""
    return {name: _script(node, name) for name in _valued(node)}


def _valued(node: nuke.Node) -> List[str]:
    return [
        name for name in user_knobs(node)
        if name in node.knobs() and node[name].Class() not in (*_NO_VALUE, "Link_Knob")
    ]
