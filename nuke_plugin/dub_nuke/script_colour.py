"""The script's colour management, as the shot file says it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import List, Tuple

import nuke

from shared_core.spec.errors import ColourError
from shared_core.spec.shot import Colour

from .dub_nodes import evaluated

REC709_CONFIG = "ocio://cg-config-v1.0.0_aces-v1.3_ocio-v2.1"
REC709 = "lin_rec709"
"""Linear Rec.709 by an alias of that config: the working space of Nuke's own colour management."""


def of_script() -> Tuple[Colour, str]:
    """The shot's colour, and the space that pictures in the script are in ("" for its scene-linear role).

    Raises ColourError where the script's config cannot be found.
    """
    root = nuke.root()
    if _value(root, "colorManagement") != "OCIO":
        return Colour(REC709_CONFIG, REC709), REC709
    if os.environ.get("OCIO"):
        return Colour(), ""
    name = _value(root, "OCIO_config")
    if name == "custom":
        path = evaluated(root["customOCIOConfigPath"])
        if not Path(path).is_file():
            raise ColourError(
                f"Project Settings, OCIO config: {path!r} is not there; choose a config that is, and bake"
                " again"
            )
        return Colour(path), ""
    for folder in _config_folders():
        config = folder / name / "config.ocio"
        if config.is_file():
            return Colour(str(config)), ""
    raise ColourError(
        f"Project Settings, OCIO config: {name!r} was not found among Nuke's own; set $OCIO, or choose"
        " `custom`"
        " and its file, so that Dubnodes works with the config that you see"
    )


def _config_folders() -> List[Path]:
    """Where Nuke keeps the configs that come with it."""
    places = [Path(str(nuke.EXE_PATH)).parent / "plugins", *map(Path, nuke.pluginPath())]
    return [place / "OCIOConfigs" / "configs" for place in places]


def scene_linear(read: nuke.Node) -> bool:
    """Whether a Read gives its file's own values: raw, or in a space that is the script's working one."""
    if read["raw"].value():
        return True
    chosen = _value(read, "colorspace").lower()
    if chosen.startswith("default"):
        chosen = chosen.partition("(")[2].rstrip(")").strip()
    return chosen == "linear" or chosen.startswith("scene_linear")


def _value(node: nuke.Node, name: str) -> str:
    return str(node[name].value() or "") if name in node.knobs() else ""
