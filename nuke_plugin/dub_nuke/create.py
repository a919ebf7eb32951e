"""Make a Dub node, and replace one that an older Dubnodes made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import nuke

from shared_core.spec.catalogue import load_catalogue
from shared_core.spec.errors import ShotError

from . import names, recipe_tabs
from .dub_nodes import as_group, stands_for
from .fingerprint import user_scripts

GROUPS = Path(__file__).resolve().parent.parent / "groups"
_MADE = re.compile(rf"^ {names.MADE} ([0-9a-f]+)$", re.MULTILINE)
_OF_THE_NEW = (names.OPERATOR, names.MADE, names.UPGRADE)


def menu_entries() -> Dict[str, str]:
    """Menu text -> group, the whole pipeline first; only what this version can make."""
    there = {path.stem for path in GROUPS.glob("*.nk")}
    labels = {op.label: name for name, op in sorted(load_catalogue().items()) if name in there}
    whole = {"Dub": names.WHOLE} if names.WHOLE in there else {}
    return {**whole, **{f"Dub {label}": name for label, name in sorted(labels.items())}}


def create(name: str) -> nuke.Node:
    """Paste the group behind the selection and set what depends on the script: frames and start."""
    node = _paste(name)
    root = nuke.root()
    first, last = int(root.firstFrame()), int(root.lastFrame())
    node[names.FRAMES].setValue(f"{first}-{last}")
    for knob in node.knobs():
        if knob == "start" or knob.endswith("_start"):
            node[knob].setValue(first)
    return node


def _paste(name: str) -> nuke.Node:
    path = GROUPS / f"{name}.nk"
    if not path.is_file():
        raise ShotError(f"this Dubnodes has no group {name!r}; install it again with `dub install nuke`")
    pasted = nuke.nodePaste(str(path).replace("\\", "/"))
    if pasted is None:
        raise ShotError(f"{path}: Nuke made no node of it; install Dubnodes again with `dub install nuke`")
    return pasted


def shipped_digest(name: str) -> Optional[str]:
    """The digest of the group that this version makes; None where it makes none."""
    path = GROUPS / f"{name}.nk"
    found = _MADE.search(path.read_text(encoding="utf-8")) if path.is_file() else None
    return found.group(1) if found else None


def is_outdated(node: nuke.Node) -> bool:
    shipped = shipped_digest(stands_for(node))
    return shipped is not None and str(node[names.MADE].value()) != shipped


def upgrade(node: nuke.Node) -> nuke.Node:
    """Replace the node by the present one with the same name, place, connections, knobs and keys.

    Knobs that the present one does not have are named in the returned node's state. One undo step.
    """
    above = [node.input(number) for number in range(node.inputs())]
    below = _connected_to(node)
    name, place = str(node.name()), (int(node.xpos()), int(node.ypos()))
    nuke.Undo.begin(f"Upgrade {name}")
    try:
        with node.parent():
            for one in nuke.allNodes():
                one.setSelected(False)
            new = _paste(stands_for(node))
        lost = _carry_over(node, new)
        recipe_tabs.show(new)
        for number, source in enumerate(above):
            new.setInput(number, source)
        for other, number in below:
            other.setInput(number, new)
        nuke.delete(node)
        new.setName(name)
        new.setXYpos(*place)
    finally:
        nuke.Undo.end()
    if lost:
        new[names.STATUS].setValue(f"Upgraded. Not carried over, since gone: {', '.join(lost)}.")
    return new


def _connected_to(node: nuke.Node) -> List[Tuple[nuke.Node, int]]:
    """(node, input) of all that takes this node's picture, in its own group."""
    with node.parent():
        nodes = nuke.allNodes()
    found = []
    for other in nodes:
        for number in range(other.inputs()):
            source = other.input(number)
            if source is not None and source.fullName() == node.fullName():
                found.append((other, number))
    return found


_OF_EVERY_NODE = ("disable", "label", "hide_input", "note_font")


def _carry_over(old: nuke.Node, new: nuke.Node) -> List[str]:
    """Copy the artist's knobs and the Read of the bake; return the names of knobs that are gone."""
    lost = []
    for name in _OF_EVERY_NODE:
        if name in old.knobs() and name in new.knobs():
            new[name].fromScript(old[name].toScript())
    for name, script in user_scripts(old).items():
        if name in _OF_THE_NEW:
            continue
        if name in new.knobs():
            new[name].fromScript(script)
        else:
            lost.append(name)
    inner = [(names.READ, knob) for knob in ("file", "first", "last", "origfirst", "origlast", "on_error")]
    inner += [("PatchGrade", knob) for knob in ("white", "add", "gamma")]
    inner += [("PatchSaturation", "saturation")]
    for node_name, knob in inner:
        source, target = as_group(old).node(node_name), as_group(new).node(node_name)
        if source is not None and target is not None:
            target[knob].fromScript(source[knob].toScript())
    return lost
