"""The passes of a dubbed frame as named planes over the plate's data window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from shared_core.spec.errors import MediaError
from shared_core.values import Flow, Image, Mask, Window

from .native import fit
from .passes import flow_to_file, flow_to_st

_COLOURS = ("red", "green", "blue", "alpha")
LARGEST_HALF = 65504.0
MATTES = ("lower_face", "lips", "inner_mouth", "jaw")
LEGENDS = {
    "dub": "generated pixels alone, premultiplied by alpha = the final matte; 0 where the plate's bits stand",
    "dub_raw": "the whole generated crop, not premultiplied; alpha is 1 where it is valid",
    "dub_matte": "red lower face, green lips, blue inner mouth, alpha jaw",
    "dub_st": "red, green: absolute source position 0-1, origin bottom left; blue: confidence",
    "dub_flow": "red, green: source minus this pixel, in pixels, y up; blue: confidence",
    "dub_ref_st": "red, green: position in the reference frame 0-1, origin bottom left; blue: confidence",
}


def pass_planes(
    passes: Mapping[str, Any], data: Window, display: Window, matte: Mask, pixels: type,
    convert: Callable[[np.ndarray], np.ndarray], reference_display: Window,
) -> dict[str, np.ndarray]:
    """Planes by channel name for the passes asked for, each (height, width) of `data`.

    passes: "dub" an Image, working space, premultiplied by the final matte; "dub_raw" an Image, not
    premultiplied, its fourth channel (if any) the validity; "dub_matte" an object with the masks
    lower_face, lips, inner_mouth and jaw, or those four; "dub_st" and "dub_flow" the plate's Flow;
    "dub_ref_st" the reference's Flow. A value of None is left out. matte: the final one. convert:
    working space to the file's, float32 (h, w, 3). ST and flow are float32, others of `pixels`.
    Outside a pass's window colours and mattes are 0, flow is 0 and ST the pixel's own position.
    Raises MediaError for an unknown pass, ValueError for another type of value.
    """
    planes: dict[str, np.ndarray] = {}
    for name, value in passes.items():
        if name not in LEGENDS:
            raise MediaError(f"pass {name!r} is not known; expected one of {', '.join(LEGENDS)}")
        if value is None:
            continue
        if name in ("dub", "dub_raw"):
            channels = _colour_pass(name, _expect(value, Image, name), data, matte, pixels, convert)
        elif name == "dub_matte":
            channels = [_spread(mask.alpha, mask.window, data, pixels) for mask in _four_masks(value)]
        else:
            source = reference_display if name == "dub_ref_st" else display
            channels = _map_pass(name, _expect(value, Flow, name), data, source)
        planes |= {f"{name}.{colour}": plane for colour, plane in zip(_COLOURS, channels, strict=False)}
    return planes


def _expect(value: Any, kind: type, name: str) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"pass {name!r} is a {type(value).__name__}; expected {kind.__name__}")
    return value


def _spread(values: np.ndarray, window: Window, data: Window, kind: type) -> np.ndarray:
    """A plane over `data` that holds `values` in their window and 0 elsewhere, as `kind`."""
    plane = np.zeros((data.height, data.width), kind)
    shown = window.intersection(data)
    if not shown.empty:
        plane[shown.slices_in(data)] = values[shown.slices_in(window)]
    return plane


def _colour_pass(
    name: str, image: Image, data: Window, matte: Mask, pixels: type, convert: Callable
) -> list[np.ndarray]:
    shown = image.window.intersection(data)
    part = np.zeros((0, 0, 3), np.float32) if shown.empty else image.crop(shown).pixels
    colours = np.clip(convert(np.ascontiguousarray(part[..., :3])), -LARGEST_HALF, LARGEST_HALF)
    valid = part[..., 3] if part.shape[2] > 3 else np.ones(part.shape[:2], np.float32)
    if name == "dub":
        # 0 exactly where the plate's bits stand, whatever the image holds there.
        stands = fit(matte.alpha, matte.window, shown, outside="black") == 0
        colours = np.where(stands[..., None], np.float32(0), colours)
    planes = [_spread(colours[..., i], shown, data, pixels) for i in range(3)]
    if name == "dub":
        return [*planes, _spread(matte.alpha, matte.window, data, pixels)]
    return [*planes, _spread(valid, shown, data, pixels)]


def _four_masks(value: Any) -> list[Mask]:
    masks = [getattr(value, name, None) for name in MATTES]
    if any(mask is None for mask in masks):
        masks = list(value) if isinstance(value, (tuple, list)) else []
    if len(masks) != 4 or not all(isinstance(mask, Mask) for mask in masks):
        raise ValueError(
            f"pass 'dub_matte' is a {type(value).__name__}; expected the masks {', '.join(MATTES)}"
        )
    return masks


def _map_pass(name: str, flow: Flow, data: Window, display: Window) -> list[np.ndarray]:
    """A flow over all of `data`: 0, with confidence 0, where the flow itself does not reach."""
    shown = flow.window.intersection(data)
    part = None if shown.empty else flow.crop(shown)
    if name == "dub_flow":
        planes = [np.zeros((data.height, data.width), np.float32) for _ in range(3)]
        inside = None if part is None else flow_to_file(part)
    else:
        planes = _identity_st(data, display)
        inside = None if part is None else flow_to_st(part, display)
    if inside is not None:
        for i, plane in enumerate(planes):
            plane[shown.slices_in(data)] = inside[..., i]
    return planes


def _identity_st(data: Window, display: Window) -> list[np.ndarray]:
    """Each pixel's own position in `display`, and confidence 0: float32 planes over `data`."""
    shape = (data.height, data.width)
    across = flow_to_st(_still(Window(data.x, data.y, data.width, 1)), display)[:, :, 0]
    up = flow_to_st(_still(Window(data.x, data.y, 1, data.height)), display)[:, :, 1]
    own = [np.broadcast_to(plane, shape).copy() for plane in (across, up)]
    return [*own, np.zeros(shape, np.float32)]


def _still(window: Window) -> Flow:
    shape = (window.height, window.width)
    return Flow(np.zeros((*shape, 2), np.float32), np.zeros(shape, np.float32), window)
