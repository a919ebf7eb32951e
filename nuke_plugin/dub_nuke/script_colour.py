"""The script's colour management, as the shot file says it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import List, Tuple

import nuke

from shared_core.spec.errors import ColourError
from shared_core.spec.shot import Colour

from .dub_nodes import evaluated

REC709_CONFIG = "ocio://cg-config-v1.0.0_aces-v1.3_ocio-v2.1"
REC709 = "lin_rec709"
"""Linear Rec.709 by an alias of that config: the working space of Nuke's own colour management."""

SCENE_LINEAR = "scene_linear"


def of_script() -> Tuple[Colour, str]:
    """The shot's colour, and the space that pictures in the script are in ("" for its scene-linear role).

    Raises ColourError where the script's config cannot be found.
    """
    root = nuke.root()
    if _value(root, "colorManagement") != "OCIO":
        return Colour(REC709_CONFIG, REC709), REC709
    space = _working_space(root)
    if os.environ.get("OCIO"):
        return _colour("", space)
    name = _value(root, "OCIO_config")
    if name == "custom":
        path = evaluated(root["customOCIOConfigPath"])
        if not Path(path).is_file():
            raise ColourError(
                f"Project Settings, OCIO config: {path!r} is not there; choose a config that is, and bake"
                " again"
            )
        return _colour(path, space)
    for folder in _config_folders():
        for config in (folder / name / "config.ocio", folder / f"{name}.ocio"):
            if config.is_file():
                return _colour(str(config), space)
    raise ColourError(
        f"Project Settings, OCIO config: {name!r} was not found among Nuke's own; set $OCIO, or choose"
        " `custom`"
        " and its file, so that Dubnodes works with the config that you see"
    )


def _colour(config: str, space: str) -> Tuple[Colour, str]:
    return (Colour(config, space) if space else Colour(config)), space


def _working_space(root: nuke.Node) -> str:
    """The working space of Project Settings by its role or name; "" for the config's scene_linear."""
    chosen = _without_default(_value(root, "workingSpaceLUT"))
    role = re.match(r"([a-z_]+) \(.*\)$", chosen)
    chosen = role.group(1) if role else chosen
    return "" if chosen == SCENE_LINEAR else chosen


def _config_folders() -> List[Path]:
    """Where Nuke keeps the configs that come with it: folders with a config.ocio, or files."""
    program = Path(str(nuke.EXE_PATH)).parent
    places = [program / "plugins", program.parent / "Resources", *map(Path, nuke.pluginPath())]
    return [place / "OCIOConfigs" / "configs" for place in places]


def scene_linear(read: nuke.Node) -> bool:
    """Whether a Read gives its file's own values: raw, or in a space that is the script's working one."""
    if read["raw"].value():
        return True
    chosen = _without_default(_value(read, "colorspace"))
    working = _working_space(nuke.root()) if _value(nuke.root(), "colorManagement") == "OCIO" else ""
    if working:
        return chosen == working or chosen.startswith(f"{working} (")
    return chosen.lower() == "linear" or chosen.lower().startswith(SCENE_LINEAR)


def _without_default(text: str) -> str:
    """`default (x)` as `x`."""
    return text.partition("(")[2].rstrip(")").strip() if text.lower().startswith("default") else text


def _value(node: nuke.Node, name: str) -> str:
    return str(node[name].value() or "") if name in node.knobs() else ""
