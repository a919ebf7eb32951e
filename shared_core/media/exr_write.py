"""Write a dubbed frame: the plate's own bits outside the final matte, and the passes beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shared_core.spec.errors import ColourError, MediaError
from shared_core.values import Image, Mask, Window

from .atomic import atomic_path
from .exr_encode import WRITABLE, encode_exr, required_attributes, text_attribute
from .exr_header import LOSSY
from .native import HeaderAttribute, NativeFrame, as_float
from .pass_planes import LARGEST_HALF, LEGENDS, pass_planes

if TYPE_CHECKING:  # rooms of one storey do not import each other: the caller brings the colour
    from shared_core.colour import ColourContext

PIXEL_TYPES = {"half": np.float16, "float": np.float32}


def write_dub_frame(
    path: Path | str, native: NativeFrame, dubbed: Image | None, matte: Mask, *,
    colour: ColourContext, passes: Mapping[str, Any] | None = None, header: Mapping[str, str] | None = None,
    pixel_type: str = "half", compression: str = "zip", colourspace: str = "",
    reference_display: Window | None = None,
) -> None:
    """Write one frame as a single-part scanline EXR: whole, or not at all.

    native: the plate's frame. dubbed: working-space RGB over the face, at least where the matte is
    above 0; None with an empty matte passes the plate through. matte: the final one; it is quantised
    to half, and where it is 0 the plate's bits are copied. passes: see `pass_planes`. header: texts
    to add (`dub:frame_key` ...). pixel_type: "half", "float", or "keep" (the plate's, half for
    movies): of the passes, and of RGBA where the source is no EXR; a plate's own channels keep their
    types. compression: "zip", "zips", "none", or "keep" (the plate's where it is one of these, else
    ZIP). colourspace: of RGBA, dub and dub_raw; "" is an EXR plate's own, else scene_linear.
    reference_display: the display window that `dub_ref_st` points into; None is the plate's.

    Raises ColourError where `colourspace` would convert an EXR plate's own bits, MediaError for an
    unknown setting, ValueError for windows that do not fit, DiskError where the disk refuses.
    """
    packing = _choose(compression, (*WRITABLE, "keep"), "compression")
    pixels = PIXEL_TYPES[_pass_type(native, pixel_type)]
    space = _output_space(native, colourspace, colour)
    final = Mask(matte.alpha.astype(np.float16).astype(np.float32), matte.window)
    if not np.isfinite(final.alpha).all():
        raise ValueError("the final matte holds NaN or inf; expected 0 to 1")
    planes, picture = _plate_planes(native, space, colour, pixels)
    _lay_in(planes, picture, native.window, dubbed, final, lambda rgb: colour.from_working(rgb, space))
    added = pass_planes(
        passes or {}, native.window, native.display, final, pixels,
        lambda rgb: colour.from_working(rgb, space), reference_display or native.display,
    )
    if packing == "keep":
        packing = native.compression if native.compression in WRITABLE else "zip"
    texts = _texts(native, planes, added, space, colour, packing) | dict(header or {})
    attributes = _plate_attributes(native)
    attributes |= {name: text_attribute(name, text) for name, text in texts.items()}
    with atomic_path(path) as temporary:
        encode_exr(temporary, planes | added, native.window, attributes.values(), packing)


def _choose(value: str, allowed: tuple[str, ...], what: str) -> str:
    if value not in allowed:
        raise MediaError(f"{what} {value!r} is not known; expected one of {', '.join(allowed)}")
    return value


def _pass_type(native: NativeFrame, pixel_type: str) -> str:
    _choose(pixel_type, ("half", "float", "keep"), "pixel type")
    if pixel_type != "keep":
        return pixel_type
    widest = native.from_exr and any(native.planes[name].dtype == np.float32 for name in native.picture)
    return "float" if widest else "half"


def _output_space(native: NativeFrame, colourspace: str, colour: ColourContext) -> str:
    if not native.from_exr:
        return colour.resolve(colourspace or "scene_linear")
    if colourspace and colour.resolve(colourspace) != colour.resolve(native.space):
        raise ColourError(
            f"output colour space {colourspace!r} is not the plate's {native.space!r}: the plate's bits "
            "cannot both stand and be converted. Leave the output's colourspace empty"
        )
    return native.space


def _plate_planes(
    native: NativeFrame, space: str, colour: ColourContext, pixels: type
) -> tuple[dict[str, np.ndarray], tuple[str, str, str]]:
    """The plate as it goes out, and its picture's channels: always R, G, B, so that readers find them.

    An EXR's planes go as they are; a picture that lies in a layer is copied up. Others are converted
    to `space`; their alpha, where they have none, is 1.
    """
    top = ("R", "G", "B")
    if native.from_exr:
        planes = dict(native.planes)
        planes |= {name: native.planes[own] for name, own in zip(top, native.picture, strict=True)}
        if native.alpha and "A" not in planes:
            planes["A"] = native.planes[native.alpha]
        return planes, top
    encoded = np.dstack([as_float(native.planes[name]) for name in native.picture])
    converted = colour.from_working(colour.to_working(encoded, native.space), space)
    planes = {name: _cast(converted[..., i], pixels) for i, name in enumerate(top)}
    shape = encoded.shape[:2]
    alpha = as_float(native.planes[native.alpha]) if native.alpha else np.ones(shape, np.float32)
    return planes | {"A": _cast(alpha, pixels)}, top


def _lay_in(
    planes: dict[str, np.ndarray], picture: tuple[str, str, str], data: Window,
    dubbed: Image | None, matte: Mask, convert,
) -> None:
    """Select the dubbed pixels where the matte is above 0; every other bit of the planes stands."""
    region = matte.window.intersection(data)
    chosen = matte.crop(region).alpha > 0 if not region.empty else np.zeros((0, 0), bool)
    if not chosen.any():
        return
    rows, columns = np.nonzero(chosen.any(axis=1))[0], np.nonzero(chosen.any(axis=0))[0]
    region = Window(
        region.x + int(columns[0]), region.y + int(rows[0]),
        int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1,
    )
    chosen = matte.crop(region).alpha > 0
    if dubbed is None or not dubbed.window.contains(region):
        covered = "nothing" if dubbed is None else dubbed.window
        raise ValueError(f"the matte is above 0 over {region}, but the dubbed image covers {covered}")
    colours = convert(np.ascontiguousarray(dubbed.crop(region).pixels[..., :3]))
    where = region.slices_in(data)
    for i, name in enumerate(picture):
        plane = planes[name].copy()
        plane[where][chosen] = _cast(colours[..., i][chosen], plane.dtype)
        planes[name] = plane


def _cast(values: np.ndarray, kind: Any) -> np.ndarray:
    """Values as half or float; a finite value beyond half's range is held at its largest."""
    if np.dtype(kind) == np.float16:
        values = np.where(np.isfinite(values), np.clip(values, -LARGEST_HALF, LARGEST_HALF), values)
    return np.ascontiguousarray(values, dtype=kind)


def _plate_attributes(native: NativeFrame) -> dict[str, HeaderAttribute]:
    made = {item.name: item for item in required_attributes(native.display, native.pixel_aspect)}
    return made | {item.name: item for item in native.attributes}


def _texts(
    native: NativeFrame, planes: Mapping, added: Mapping, space: str, colour: ColourContext, stored: str
) -> dict[str, str]:
    """What the header says of how the file came about."""
    notes = list(native.notes)
    if native.compression in LOSSY:
        notes.append(f"the plate's lossy {native.compression} became {stored}: its decoded values stand")
    replaced = sorted({name.rpartition(".")[0] for name in added if name in planes})
    if replaced:
        notes.append(f"the plate's own {', '.join(replaced)} were replaced")
    if not native.from_exr:
        notes.append(f"RGBA is the decoded frame in {space}, from {native.space}")
    texts = {"dub:colourspace": space, "dub:ocio": colour.description}
    if notes:
        texts["dub:notes"] = "; ".join(notes)
    layers = {name.rpartition(".")[0] for name in added}
    return texts | {f"dub:legend_{layer}": LEGENDS[layer] for layer in sorted(layers)}
