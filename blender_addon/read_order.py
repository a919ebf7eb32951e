"""Read a Dub group out of Blender: its BakeOrder, and what renders its plate."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import bpy

from . import kinds
from .bake_order import BakeOrder, rate_text
from .frame_curves import curves_of, driven_paths, keys_of
from .knob_properties import value_of
from .recipe_slots import has_use_for, knobs_of, slots
from .sequences import pattern_of
from .shared_core.spec.errors import BadInput, KnobError
from .shared_core.spec.frames import FrameRange
from .shared_core.spec.shot import Colour, Media
from .upstream import PlateFile, PlateNodes, plate_of
from .versions import found_or_next

# Blender's working spaces as OCIO's built-in config spells them.
SPACES = {"Linear Rec.709": "lin_rec709", "Linear Rec.2020": "lin_rec2020", "ACEScg": "ACEScg"}
_ONE_FILE = ("voice", "own_sound", "weights")
"""Media that are one file, whatever number is in its name."""


def order_of(scene: Any, node: Any, cache_folder: str) -> BakeOrder:
    """What the Dub `node` asks for now. Raises BadInput, KnobError, FrameRangeError with what to do."""
    group = kinds.group_of(node)
    settings = group.dubnodes
    frames = frames_of(scene, settings)
    plate = plate_of(node)
    space = working_space()
    order = BakeOrder(
        name=group.name, folder=folder_of(group, cache_folder), frames=frames,
        plate_frames=FrameRange.of({*frames, *_scene_frames(scene)}),
        media=_media(settings, group.library), knobs=_knobs(group), flags=flags_of(settings),
        upstream=_upstream(plate, settings),
        colour=Colour("", space) if space else Colour(), consent=settings.consent, recipe=settings.recipe,
    )
    if plate is None:
        return order
    rate = rate_text(scene.render.fps, scene.render.fps_base)
    if isinstance(plate, PlateFile):
        path, first = plate.path, plate.first
    else:
        version = found_or_next(order.folder, order.upstream, "plate")
        path, first = str(version.folder / "plate.####.exr"), None
    return _with_plate(order, Media(path, first, space, rate))


def _upstream(plate: Any, settings: Any) -> str:
    """The digest of a plate that nodes make; with a count where changes cannot be seen."""
    if not isinstance(plate, PlateNodes):
        return ""
    return f"{plate.digest}-{settings.plate_take}" if plate.untracked else plate.digest


def _with_plate(order: BakeOrder, plate: Media) -> BakeOrder:
    return BakeOrder(**{**vars(order), "media": {"plate": plate, **order.media}})


def frames_of(scene: Any, settings: Any) -> FrameRange:
    """The frames to dub: those written in the panel, else the scene's; BadInput for negative ones."""
    if settings.frames.strip():
        frames = FrameRange.parse(settings.frames, "Frames")
    else:
        frames = FrameRange.of(range(scene.frame_start, scene.frame_end + 1))
    if frames.first < 0:
        raise BadInput(f"Frames: {frames} begins below 0, and Blender reads no such file; begin at 0")
    return frames


def _scene_frames(scene: Any) -> range:
    return range(max(0, scene.frame_start), scene.frame_end + 1)


def folder_of(group: Any, cache_folder: str) -> Path:
    """Where the bake of a group lies: <cache>/<.blend's name>/<group's name>."""
    if cache_folder.startswith("//") and not bpy.data.filepath:
        raise BadInput("this file was never saved, and the cache lies beside it: save it once, or choose a"
                       " cache folder in the preferences of the extension")
    stem = Path(bpy.data.filepath).stem or "unsaved"
    return Path(os.path.abspath(bpy.path.abspath(cache_folder))) / slug(stem) / slug(group.name)


def slug(name: str) -> str:
    """`name` as a folder's name on any system."""
    return re.sub(r'[\\/:*?"<>|#%\x00-\x1f]', "_", name).strip(" .") or "_"


def working_space() -> str:
    """Blender's working space for the core; "" where $OCIO rules both of them."""
    if os.environ.get("OCIO"):
        return ""
    colours = getattr(bpy.data, "colorspace", None)
    return SPACES.get(colours.working_space if colours else "Linear Rec.709", "lin_rec709")


def picked_media(settings: Any) -> list[str]:
    """The panel's media, beside the plate, that its recipe uses by this performance."""
    names = ("driver", "takes") if settings.performance == "VIDEO" else ("voice", "own_sound", "takes")
    return [*names[:1], *(name for name in (*names[1:], "weights") if has_use_for(settings.recipe, name))]


def _media(settings: Any, library: Any) -> dict[str, Media]:
    found = {}
    for name in picked_media(settings):
        path = getattr(settings, name).strip()
        if path:
            absolute = os.path.abspath(bpy.path.abspath(path, library=library))
            path = absolute if name in _ONE_FILE else pattern_of(Path(absolute))
            found["audio" if name == "voice" else name] = Media(path)
    return found


def flags_of(settings: Any) -> dict[str, Any]:
    """What the recipe is told beside the media; see recipes.Ingredients."""
    if settings.performance == "VIDEO":
        return {"sound": settings.driver_sound}
    return {
        "own_sound": bool(settings.own_sound.strip()), "seen_voice": settings.voice_shows_speaker,
        "transcript": settings.transcript.as_string() if settings.transcript else "",
    }


def _knobs(group: Any) -> dict[str, dict[str, Any]]:
    """{slot: {knob: value}} of all that is not at its default; animated ones as keys."""
    curves, driven = curves_of(group), driven_paths(group)
    recipe = group.dubnodes.recipe
    found: dict[str, dict[str, Any]] = {}
    for slot, (_, operator) in slots(recipe).items():
        values = getattr(group.dubnodes, slot)
        for name, spec in knobs_of(recipe, operator):
            path = f"dubnodes.{slot}.{name}"
            if path in driven:
                raise KnobError(f"{spec.knob.label} has a driver, which the core cannot run: bake it to keys")
            value = (keys_of(curves[path], spec) if path in curves
                     else value_of(spec, getattr(values, name), operator))
            if value != spec.default:
                found.setdefault(slot, {})[spec.name] = value
    return found
