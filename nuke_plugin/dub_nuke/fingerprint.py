"""What a bake depends on, as one digest: it changes when the upstream, a knob or a file does.

Nuke's own hashes belong to one session. This one is made from knobs' scripts and files' times, so
that it holds over sessions, and leaves out what only concerns the node graph's looks.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import Any, Dict, Iterable, List, Optional

import nuke

from . import names
from .dub_nodes import GROUPS, as_group, evaluated, is_whole, text_of, user_knobs, wires
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
        inputs = [one.input(number) for number in range(one.inputs())]
        wires = [place[str(source.fullName())] if source is not None else "-" for source in inputs]
        lines += [f"{one.Class()} {wires}", *_state(one), *_files(one)]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def of_sources(pictures: Iterable[nuke.Node], chain: Iterable[nuke.Node], own: nuke.Node) -> Dict[str, str]:
    """By full name what each node that a bake of `own` is made from looks like now; files left out.

    Of no use as a bake's identity: it names wires by the nodes at their ends. A change in it says that
    the identity is worth a look.
    """
    found = {str(one.fullName()): one for picture in pictures for one in above(picture)}
    found.update({str(one.fullName()): one for one in chain})
    found.pop(str(own.fullName()), None)
    sources = {name: of_source(one, own=False) for name, one in found.items()}
    return {**sources, names.OWN: of_source(own, own=True), names.ROOT: of_source(nuke.root(), own=False)}


def of_source(node: nuke.Node, own: bool) -> str:
    """The digest of one node's knobs and wires. own: of a baked node, whose live knobs matter not."""
    if node.Class() == "Root":
        return digest([_script(node, name) for name in _ROOT])
    if own:
        return digest([wires(node), of_settings(node, live=True)])
    ends = [node.input(number) for number in range(node.inputs())]
    return digest([node.Class(), [one and str(one.fullName()) for one in ends], _state(node)])


def above(node: nuke.Node) -> List[nuke.Node]:
    """`node` and all that it has its picture from, by inputs in their order and by expressions, each once."""
    found: Dict[str, nuke.Node] = {}
    waiting: List[Optional[nuke.Node]] = [node]
    while waiting:
        one = waiting.pop()
        if one is None or str(one.fullName()) in found:
            continue
        found[str(one.fullName())] = one
        waiting += reversed(_read_by_expressions(one))
        waiting += [one.input(number) for number in reversed(range(one.inputs()))]
    return list(found.values())


def _read_by_expressions(node: nuke.Node) -> List[nuke.Node]:
    """The nodes whose knobs stand in expressions on `node`, or on those inside it."""
    found = [one for one in node.dependencies(nuke.EXPRESSIONS) if one.Class() != "Root"]
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


def of_settings(node: nuke.Node, live: bool) -> Dict[str, str]:
    """The scripts of the knobs that `setting_names` names."""
    return {name: _script(node, name) for name in setting_names(node, live)}


def setting_names(node: nuke.Node, live: bool) -> List[str]:
    """A Dub node's own knobs that the frames of a bake depend on.

    live: the node itself is baked, so that native nodes inside it act on names.LIVE_NAMES. In a node
    further up these knobs go to the core. Those of a recipe that is not chosen go nowhere.
    """
    skipped = _NO_SETTING | names.LIVE_NAMES if live else _NO_SETTING
    if is_whole(node):
        skipped |= of_other_recipes(text_of(node, names.RECIPE))
    return [name for name in _valued(node) if name not in skipped and not name.startswith(_LIVE)]


def user_scripts(node: nuke.Node) -> Dict[str, str]:
    """The scripts of the group's own knobs that hold a value."""
    return {name: _script(node, name) for name in _valued(node)}


def _valued(node: nuke.Node) -> List[str]:
    return [
        name for name in user_knobs(node)
        if name in node.knobs() and node[name].Class() not in (*_NO_VALUE, "Link_Knob")
    ]
