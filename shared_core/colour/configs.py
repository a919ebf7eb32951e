"""Which OCIO config rules a shot, and what can be said of it."""

from __future__ import annotations

import os
from pathlib import Path

import PyOpenColorIO as ocio  # noqa: N813

from shared_core.spec.errors import ColourError

BUILT_IN = "ocio://default"
# Any built-in config knows linear Rec.709 by this alias; the oldest one is in every OCIO since 2.1.
REFERENCE_CONFIG = "ocio://cg-config-v1.0.0_aces-v1.3_ocio-v2.1"


def open_config(text: str) -> tuple[ocio.Config, str]:
    """Open the config that `text` names, else `$OCIO`'s, else OCIO's built-in ACES config.

    text: a path or an ocio:// URI, or "". Returns the config and where it came from, for people.
    Raises ColourError where the config that is named cannot be read; the next is not tried then.
    """
    environment = os.environ.get("OCIO", "").strip()
    if text:
        name, origin = text, f"the shot names {text}"
    elif environment:
        name, origin = environment, f"$OCIO is {environment}"
    else:
        name, origin = BUILT_IN, "no config is named and $OCIO is not set: OCIO's built-in ACES config"
    if "://" not in name and not Path(name).is_file():
        raise ColourError(
            f"OCIO config {name!r} ({origin}) is not there; "
            "expected a .ocio or .ocioz file, or an ocio:// name"
        )
    try:
        config = ocio.Config.CreateFromFile(name)
    except ocio.Exception as error:
        raise ColourError(f"OCIO config {name!r} ({origin}) cannot be used: {error}") from None
    return config, origin


def title(config: ocio.Config) -> str:
    """The config's own name, or the first line of its description."""
    lines = config.getDescription().strip().splitlines()
    return config.getName() or (lines[0] if lines else "a config without a name")


def contents(config: ocio.Config) -> str:
    """Roles and colour spaces in one sentence, for an error's message."""
    roles = ", ".join(f"{role} = {space}" for role, space in config.getRoles())
    return f"roles: {roles or 'none'}; colour spaces: {', '.join(config.getColorSpaceNames())}"


def resolve(config: ocio.Config, space: str) -> str:
    """The canonical colour-space name of a role, an alias or a name; ColourError if there is none."""
    found = config.getColorSpace(space) if space else None
    if found is None:
        raise ColourError(
            f"colour space {space!r} is not in {title(config)}; write a role or a colour space "
            f"that it has. {contents(config)}"
        )
    return found.getName()


def to_linear_rec709(config: ocio.Config, space: str) -> tuple[ocio.Processor, str]:
    """The transform from `space` to linear Rec.709, and a warning ("" where there is none).

    It goes by the config's interchange role, or by what OCIO recognises; where neither helps, the
    primaries of `space` are taken for Rec.709's, and the warning says so.
    """
    reference = ocio.Config.CreateFromFile(REFERENCE_CONFIG)
    try:
        return ocio.Config.GetProcessorFromConfigs(config, space, reference, "lin_rec709"), ""
    except ocio.Exception:
        warning = (
            f"{title(config)} has no role aces_interchange, and OCIO does not recognise its spaces: "
            "for previews and networks the primaries of scene_linear are taken for Rec.709's"
        )
        linear = config.getRoleColorSpace("scene_linear") or space
        return config.getProcessor(space, linear), warning
