"""Write a shot file: a plate, a performance or a voice, and the graph of a recipe.

Makes the folder of SHOT.json where it is missing; sidecars and frames will lie beside it. Without
--frames the shot covers what plate and performance cover both, the performance beginning on the
plate's first frame. Media are a movie, name.####.exr, name.%04d.exr or a folder.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import shlex
from pathlib import Path

from ..spec.errors import BadInput, MediaError, ShotError
from ..spec.frames import FrameRange
from ..spec.recipes import RECIPES, Ingredients, as_neighbour, make
from ..spec.shot import Media, read_shot, write_shot
from .overrides import look_at_overrides, of_option
from .performance import Performance, by_driver, by_voice, transcript_text

_OVERRIDES = {
    "takes": "other takes of the actor, to borrow mouths from",
    "matte": "a matte sequence painted by hand",
    "flow": "an edited dub_flow or dub_st sequence",
    "reference_flow": "an edited dub_ref_st sequence",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("shot", type=Path, metavar="SHOT.json")
    add("--plate", required=True, metavar="P", help="the actor")
    performance = parser.add_mutually_exclusive_group(required=True)
    performance.add_argument("--driver", metavar="V", help="the dubber's performance on video")
    performance.add_argument("--audio", metavar="A", help="a voice: a sound file, or a movie with sound")
    add("--own-sound", metavar="S", help="what the actor says in the plate, where its files are silent")
    add("--voice-unseen", action="store_true", help="do not look for who speaks in the voice's movie")
    add("--transcript", default="", metavar="T", help="what the voice says (English): a text file")
    add("--frames", metavar="R", help="the plate's frames to dub, as 1001-1100")
    add("--recipe", default="geometric", choices=sorted(RECIPES))
    add("--first", type=int, metavar="N", help="number of the plate's first frame (a movie's is 1)")
    add("--driver-first", type=int, metavar="N", help="number of the driver's first frame")
    add("--fps", default="", help="the plate's frame rate, where its files do not say it")
    add("--driver-fps", default="", help="the driver's frame rate")
    add("--colourspace", default="", help="the plate's colour space, where its files do not say it")
    add("--driver-colourspace", default="", help="the driver's colour space")
    add("--analysis", default="", metavar="R", help="the plate's frames to look at (default: all)")
    add("--driver-analysis", default="", metavar="R", help="the driver's frames to look at (default: all)")
    add("--forbid", type=int, metavar="N", help="borrow no mouth from nearer than N frames")
    add("--set", dest="knobs", action="append", default=[], metavar="NODE.KNOB=VALUE",
        help="a knob's value, as drive.opening_gain=1.2; may be given again")
    for name, text in _OVERRIDES.items():
        add(f"--{name.replace('_', '-')}", metavar="P", help=text)
    add("--weights", metavar="F", help="a checkpoint of `dub tune` or `dub train` (recipe iptalker)")
    add("--consent", default="", help="reference of the performers' consent; goes into every frame")
    add("--from", dest="neighbour", type=Path, metavar="OTHER.json", help="take knobs and colour from it")
    add("--name", help="the shot's name (default: that of its file)")
    add("--overwrite", action="store_true", help="replace the shot file that is there")


def run(arguments: argparse.Namespace) -> int:
    for option in ("transcript", "own_sound", "voice_unseen"):
        if getattr(arguments, option) and not arguments.audio:
            raise BadInput(f"--{option.replace('_', '-')} is of use to a voice alone: give it with --audio")
    if os.path.exists(arguments.shot) and not arguments.overwrite:
        raise ShotError(f"{arguments.shot}: is there already; add --overwrite to replace it")
    if arguments.shot.suffix.lower() != ".json":
        raise ShotError(f"{arguments.shot}: a shot file ends in .json")
    folder = Path(os.path.realpath(arguments.shot.parent))
    media = _media(arguments, folder)
    plate, performance, driver = _open(media, folder)
    frames = _frames(arguments, plate, performance)
    notes = look_at_overrides({name: folder / one.path for name, one in media.items()}, plate)
    shot = make(arguments.recipe, Ingredients(
        name=arguments.name or arguments.shot.stem, frames=frames, media=media, sound=performance.sound,
        own_sound=_own_sound(media, folder) if arguments.audio else False,
        seen_voice=performance.seen and performance.name == "audio" and not arguments.voice_unseen,
        transcript=transcript_text(Path(arguments.transcript)) if arguments.transcript else "",
        knobs=_knobs(arguments, frames),
    ))
    left_out = []
    if arguments.neighbour:
        shot, left_out = as_neighbour(shot, read_shot(arguments.neighbour))
    if arguments.consent:
        shot = dataclasses.replace(shot, consent=arguments.consent)
    write_shot(shot, arguments.shot)
    _tell(arguments, shot, plate, driver, performance, notes)
    for sentence in left_out:
        print(f"  not taken from {arguments.neighbour}: {sentence}")
    command = shlex.quote(str(arguments.shot))
    print(f"next: dub prepare {command} && dub render {command}")
    return 0


def _knobs(arguments: argparse.Namespace, frames: FrameRange) -> dict[str, dict[str, object]]:
    """What the options say of knobs; --set has the last word."""
    knobs: dict[str, dict[str, object]] = {"drive": {"start": frames.first}}
    if arguments.forbid is not None:
        knobs["references"] = {"forbid": arguments.forbid}
    for node, values in _set_knobs(arguments.knobs).items():
        knobs[node] = {**knobs.get(node, {}), **values}
    return knobs


def _media(arguments: argparse.Namespace, folder: Path) -> dict[str, Media]:
    media = {
        "plate": Media(
            _written("plate", arguments.plate, folder), arguments.first, arguments.colourspace, arguments.fps,
            arguments.analysis,
        ),
    }
    if arguments.audio:
        media["audio"] = Media(_written("audio", arguments.audio, folder))
        if arguments.own_sound:
            media["own_sound"] = Media(_written("own_sound", arguments.own_sound, folder))
    else:
        media["driver"] = Media(
            _written("driver", arguments.driver, folder), arguments.driver_first,
            arguments.driver_colourspace, arguments.driver_fps, arguments.driver_analysis,
        )
    for name in (*_OVERRIDES, "weights"):
        if getattr(arguments, name):
            media[name] = Media(_written(name, getattr(arguments, name), folder))
    return media


def _written(name: str, path: str, folder: Path) -> str:
    """`path` from the shot's folder, or absolute where the two share nothing but the root.

    A folder becomes the pattern of its sequence: other pictures may come to lie there later. The
    shot's folder is taken without its links, as `..` leaves a linked folder by its real parent.
    """
    from ..media.paths import find_media

    if os.path.isdir(path) and name not in ("audio", "own_sound"):
        try:
            path = str(find_media(path).pattern)
        except MediaError as error:
            raise of_option(name, error) from None
    absolute = os.path.abspath(path)
    try:
        common = os.path.commonpath([absolute, folder])
    except ValueError:  # another drive
        return absolute
    return absolute if common == os.path.dirname(common) else os.path.relpath(absolute, folder)


def _open(media: dict[str, Media], folder: Path):
    """The plate, the performance, and the driver's clip or None; MediaError where a path leads nowhere."""
    from ..colour import ColourContext
    from ..media.clip import open_clip
    from ..media.paths import find_media

    clips, performance, colour = {}, None, ColourContext()
    # The folder may not be there yet, so `..` is taken out of the text; it is free of links.
    paths = {name: Path(os.path.normpath(folder / one.path)) for name, one in media.items()}
    for name, one in media.items():
        try:
            if name in ("plate", "driver"):
                clips[name] = open_clip(
                    paths[name], colour=colour, first=one.first,
                    colourspace=one.colourspace, fps=one.fps,
                )
            elif name == "audio":
                performance = by_voice(paths[name])
            else:
                find_media(paths[name])
        except MediaError as error:
            raise of_option(name, error) from None
    driver = clips.get("driver")
    return clips["plate"], performance or by_driver(driver, paths["driver"]), driver


def _own_sound(media: dict[str, Media], folder: Path) -> bool:
    """Whether the actor's own sound is there: in a file of its own, or in the plate's movie."""
    from ..media.sound import has_sound

    path = Path(os.path.normpath(folder / media.get("own_sound", media["plate"]).path))
    if "own_sound" in media and not (path.is_file() and has_sound(path)):
        raise MediaError(
            f"--own-sound: {str(path)!r} has no sound; expected a sound file or a movie with sound"
        )
    return path.is_file() and has_sound(path)


def _frames(arguments: argparse.Namespace, plate, performance: Performance) -> FrameRange:
    """The frames asked for, or all of the plate's that the performance covers in time."""
    if arguments.frames is not None:
        frames = FrameRange.parse(arguments.frames, "--frames")
        missing = sorted(set(frames) - set(plate.frames))
        if missing:
            raise BadInput(
                f"--frames {arguments.frames}: the plate has no frames {FrameRange.of(missing)};"
                f" it has {FrameRange.of(plate.frames)}"
            )
        return frames
    return FrameRange.of(performance.covered(plate.frames, plate))


def _set_knobs(texts: list[str]) -> dict[str, dict[str, object]]:
    """`node.knob=value` as {node: {knob: value}}; a value is JSON, or else a text."""
    knobs: dict[str, dict[str, object]] = {}
    for text in texts:
        target, equals, written = text.partition("=")
        node, dot, knob = target.partition(".")
        if not (equals and dot and node and knob):
            raise BadInput(f"--set {text!r}: expected NODE.KNOB=VALUE, as in composite.feather=12")
        try:
            value = json.loads(written)
        except ValueError:
            value = written
        knobs.setdefault(node, {})[knob] = value
    return knobs


def _tell(arguments, shot, plate, driver, performance: Performance, notes: list[str]) -> None:
    there = FrameRange.of(plate.frames)
    print(f"{arguments.shot}: frames {shot.frames} of {there}, recipe {arguments.recipe}")
    asked = (("plate", plate, arguments.first), ("driver", driver, arguments.driver_first))
    for name, clip, first in asked[: 1 if driver is None else 2]:
        size = f"{clip.display.width}x{clip.display.height}"
        count = f"{len(clip.frames)} frame{'s' * (len(clip.frames) != 1)}"
        print(f"  {name}: {count}, {size}, {float(clip.fps):.6g} a second")
        for note in clip.notes:
            print(f"    {note}")
        if first not in (None, clip.frames[0]):
            print(f"    its files keep their numbers from {clip.frames[0]} on: {first} is one of them")
    silent = len(shot.frames) - len(performance.covered(shot.frames, plate))
    if silent:
        what = "driver" if performance.name == "driver" else "voice"
        print(f"  the {what} ends early: the last {silent} frames will show the plate")
    for note in (*performance.said, *notes):
        print(f"  {note}")
