"""What an artist feeds back by hand: a flow or ST map, and mattes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from shared_core.spec.errors import MediaError
from shared_core.values import Flow, Mask, Window

from .native import as_float
from .passes import file_to_flow, pixel_centres, st_to_flow
from .paths import FrameFiles, find_media
from .picture_file import read_channels, read_layout

# Layer -> what it holds; the top layer ("") may hold either.
_LAYERS = {
    "dub_flow": "flow", "dub_st": "st", "dub_ref_st": "st", "forward": "flow", "backward": "flow", "": "",
}
_MEANINGS = {"st": "an ST map", "flow": "a flow in pixels, y up"}
_PAIRS = (("red", "green"), ("r", "g"), ("u", "v"), ("x", "y"))
_THIRDS = ("blue", "b", "confidence", "z")


def read_flow_override(
    path: str | os.PathLike, frame: int, kind: str = "auto", display: Window | None = None,
    prefer: str = "", over: Window | None = None,
) -> tuple[Flow, str]:
    """Read an artist's flow or ST map of `frame` from an EXR, and say what was taken.

    path: a pattern, a folder, or one EXR that serves every frame. kind: "flow" (pixels, y up),
    "st" (0 to 1, origin bottom left) or "auto". display: the display window of the picture that is
    pulled from; None takes the file's own. prefer: one of the layers below that is looked for first.
    over: the plate's display window, which the file's own has to match in size; None asks for none.

    The first layer is taken of dub_flow, dub_st, dub_ref_st, forward, backward and the top, with
    .red .green, R G, u v or x y. In a dub_ layer the third channel (.blue) is the confidence;
    elsewhere the confidence is 1. At the top, "auto" takes a map that runs from 0 to 1 across the
    picture for ST and any other for pixels. Raises MediaError, which lists the channels, where none
    fit; MissingFrame; CorruptMedia.
    """
    if kind not in ("auto", "flow", "st"):
        raise ValueError(f"kind {kind!r}; expected 'auto', 'flow' or 'st'")
    file = _file_of(path, frame)
    window, own_display, names = read_layout(file)
    _check_size(file, own_display, over)
    layer, chosen = _flow_channels(names, kind, file, prefer)
    channels = as_float(read_channels(file, chosen))
    if not np.isfinite(channels).all():
        raise MediaError(
            f"{str(file)!r}: {', '.join(chosen)} hold NaN or inf; mend the map and write it again"
        )
    found = kind if kind != "auto" else _LAYERS[layer] or _kind_of(channels, window, own_display)
    said = f"{file.name}: {', '.join(chosen)} read as {_MEANINGS[found]}"
    if found == "st":
        return st_to_flow(channels, window, display or own_display), said
    return file_to_flow(channels, window), said


def read_matte(path: str | os.PathLike, frame: int, over: Window | None = None) -> tuple[Mask, str]:
    """Read an artist's matte of `frame`, EXR or PNG, and say which channel was taken.

    path: a pattern, a folder, or one picture that serves every frame. The alpha is taken where there
    is one, else the only channel, else red. Integers become 0 to 1; values outside 0 to 1 are held
    there, and NaN becomes 0. over: the plate's display window, which the file's own has to match in
    size; None asks for none. Raises MissingFrame, MediaError or CorruptMedia.
    """
    file = _file_of(path, frame)
    window, display, names = read_layout(file)
    _check_size(file, display, over)
    chosen = _matte_channel(names, file)
    values = as_float(read_channels(file, [chosen])[..., 0])
    alpha = np.clip(np.nan_to_num(values, nan=0.0), 0.0, 1.0)
    return Mask(alpha, window), f"{file.name}: the matte is its channel {chosen!r}"


def _file_of(path: str | os.PathLike, frame: int) -> Path:
    found = find_media(path)
    return found.path(frame) if isinstance(found, FrameFiles) else found


def _check_size(file: Path, own: Window, over: Window | None) -> None:
    if over is not None and (own.width, own.height) != (over.width, over.height):
        raise MediaError(
            f"{str(file)!r} is {own.width}x{own.height}, the plate {over.width}x{over.height};"
            " write it in the plate's size"
        )


def _flow_channels(names: list[str], kind: str, path: Path, prefer: str = "") -> tuple[str, list[str]]:
    for layer in sorted(_LAYERS, key=lambda name: name != prefer or not prefer):
        holds = _LAYERS[layer]
        if "auto" != kind != holds != "":
            continue
        inside = {n.rpartition(".")[2].lower(): n for n in names if n.rpartition(".")[0] == layer}
        for first, second in _PAIRS:
            if first in inside and second in inside:
                third = next((inside[name] for name in _THIRDS if name in inside), None)
                confidence = [third] if layer.startswith("dub_") and third else []
                return layer, [inside[first], inside[second], *confidence]
    raise MediaError(
        f"{str(path)!r} holds no {'flow or st' if kind == 'auto' else kind} map; its channels are "
        f"{', '.join(names)}. Expected dub_flow.red and .green, dub_st.red and .green, forward.u and .v, "
        "or R and G"
    )


def _kind_of(channels: np.ndarray, window: Window, display: Window) -> str:
    """Whether an unnamed map is an ST map: it follows the pixels' own positions to a quarter picture."""
    centres = pixel_centres(window) - (display.x, display.y)
    own = np.dstack((centres[..., 0] / display.width, 1.0 - centres[..., 1] / display.height))
    if window.width < 2 or window.height < 2:
        return "flow"
    follows = np.median(np.abs(channels[..., :2] - own), axis=(0, 1)).max() < 0.25
    spread = channels[..., :2].std(axis=(0, 1)) / own.std(axis=(0, 1))
    return "st" if follows and spread.min() > 0.5 else "flow"


def _matte_channel(names: list[str], path: Path) -> str:
    own = {name: name.rpartition(".")[2].lower() for name in names}
    for words in (("a", "alpha"), ("r", "red")):
        for name in sorted(names, key=lambda name: name.count(".")):
            if own[name] in words or len(names) == 1:
                return name
    raise MediaError(
        f"{str(path)!r}: none of its channels {', '.join(names)} is taken for a matte; expected an "
        "alpha, one single channel, or a red one"
    )
