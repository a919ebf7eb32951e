"""The shot file: a small graph in JSON. docs/architecture.md shows one.

`read_shot` gives a Shot that is right in every respect that can be known without opening media;
`write_shot` writes one whole or not at all. Shot-scope operators analyse all of a media, or its
`analysis` range, and never the render range: extending `frames` makes nothing stale.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
from fractions import Fraction
from pathlib import Path
from typing import Any, Dict, Optional

from .catalogue import Catalogue, load_catalogue
from .errors import DiskError, DubError, ShotError
from .frames import FrameRange
from .paths import VIEWS, check_media_path, check_name, check_output_path, reads_what_is_written
from .reading import as_object, refuse_unknown, take, take_choice
from .shot_graph import PASSES, check_graph
from .shot_values import SHOT_FORMAT, Colour, Media, Node, Output, Shot, to_json

__all__ = [
    "Colour", "Media", "Node", "Output", "Shot",
    "read_shot", "shot_from_json", "to_json", "write_shot",
]

PIXEL_TYPES = ("half", "float", "keep")
COMPRESSIONS = ("zip", "zips", "none", "keep")
LARGEST_FILE = 64 * 2**20
_BAD_NAMES = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST)


def shot_from_json(data: Any, where: str = "shot", operators: Optional[Catalogue] = None) -> Shot:
    """Read and check a shot; `operators` defaults to operators.json.

    Raises ShotError, KnobError or FrameRangeError, each naming its place below `where`.
    """
    data = as_object(data, where)
    version = take(data, "dubnodes", int, where)
    if version > SHOT_FORMAT:
        raise ShotError(
            f"{where}: is of format {version}, made by a newer Dubnodes; this one reads"
            f" {SHOT_FORMAT}: update it, or save the shot in the older form"
        )
    if version < 1:
        raise ShotError(f"{where}.dubnodes: {version} is no format; expected {SHOT_FORMAT}")
    refuse_unknown(data, _keys(Shot, "dubnodes", without="path"), where)
    shot = Shot(
        name=take(data, "name", str, where),
        frames=FrameRange.parse(take(data, "frames", str, where), f"{where}.frames"),
        media=_read_named(data, "media", _read_media, where),
        nodes=_read_named(data, "nodes", _read_node, where),
        output=_read_output(take(data, "output", dict, where), f"{where}.output"),
        colour=_read_colour(take(data, "colour", dict, where, {}), f"{where}.colour"),
        consent=take(data, "consent", str, where, ""),
    )
    checked = check_graph(shot, where, load_catalogue() if operators is None else operators)
    nodes = {name: dataclasses.replace(shot.nodes[name], knobs=knobs) for name, knobs in checked.items()}
    return dataclasses.replace(shot, nodes=nodes)


def _keys(kind: type, *extra: str, without: str = "") -> list:
    return [*extra, *(f.name for f in dataclasses.fields(kind) if f.name != without)]


def _read_named(data: Dict[str, Any], key: str, read: Any, where: str) -> Dict[str, Any]:
    items = take(data, key, dict, where)
    found = {}
    for name, item in items.items():
        check_name(name, key[:-1] if key == "nodes" else key, f"{where}.{key}")
        found[name] = read(as_object(item, f"{where}.{key}.{name}"), f"{where}.{key}.{name}")
    return found


def _read_media(data: Dict[str, Any], where: str) -> Media:
    refuse_unknown(data, _keys(Media), where)
    path = take(data, "path", str, where)
    check_media_path(path, f"{where}.path")
    first = take(data, "first", int, where) if data.get("first") is not None else None
    fps = take(data, "fps", str, where, "")
    if fps:
        _check_fps(fps, f"{where}.fps")
    analysis = take(data, "analysis", str, where, "")
    if analysis:
        FrameRange.parse(analysis, f"{where}.analysis")
    return Media(path, first, take(data, "colourspace", str, where, ""), fps, analysis)


def _check_fps(text: str, where: str) -> None:
    try:
        valid = 0 < Fraction(text) <= 1000
    except (ValueError, ZeroDivisionError):
        valid = False
    if not valid:
        raise ShotError(f"{where}: {text!r} is no frame rate; expected frames a second, as 25 or 24000/1001")


def _read_node(data: Dict[str, Any], where: str) -> Node:
    refuse_unknown(data, _keys(Node), where)
    inputs = take(data, "inputs", dict, where, {})
    for socket in inputs:
        take(inputs, socket, str, f"{where}.inputs")
    knobs = take(data, "knobs", dict, where, {})
    return Node(take(data, "operator", str, where), take(data, "version", int, where), inputs, knobs)


def _read_output(data: Dict[str, Any], where: str) -> Output:
    refuse_unknown(data, _keys(Output), where)
    path = take(data, "path", str, where)
    check_output_path(path, f"{where}.path")
    passes = take(data, "passes", dict, where, {})
    refuse_unknown(passes, PASSES, f"{where}.passes")
    for name in passes:
        take(passes, name, str, f"{where}.passes")
    return Output(
        path, take(data, "image", str, where), take(data, "matte", str, where),
        take_choice(data, "pixel_type", PIXEL_TYPES, where, "half"),
        take_choice(data, "compression", COMPRESSIONS, where, "zip"),
        take(data, "colourspace", str, where, ""), passes,
    )


def _read_colour(data: Dict[str, Any], where: str) -> Colour:
    refuse_unknown(data, _keys(Colour), where)
    config = take(data, "config", str, where, "")
    if "\0" in config:
        raise ShotError(f"{where}.config: {config!r} holds a control character; no file has such a name")
    return Colour(config, take(data, "working", str, where, "scene_linear"))


def read_shot(path: Any, operators: Optional[Catalogue] = None) -> Shot:
    """Read and check the shot file at `path`; every DubError names the file and the place in it."""
    path = Path(path)
    shot = dataclasses.replace(shot_from_json(_load(path), str(path), operators), path=path)
    _check_media_stay(shot)
    return shot


def _check_media_stay(shot: Shot) -> None:
    """ShotError where frames or previews would be written over, or among, the files of a media."""
    for name, media in shot.media.items():
        file = shot.media_path(name)
        if file.name in VIEWS and os.path.realpath(file.parent) == os.path.realpath(shot.folder):
            raise ShotError(
                f"{shot.path}.media.{name}: `dub view` and `dub evaluate` write {file.name} here;"
                " give the media another name or folder"
            )
        if reads_what_is_written(str(shot.media_path(name)), str(shot.folder / shot.output.path)):
            raise ShotError(
                f"{shot.path}.output.path: frames would be written over media {name!r}, {media.path!r};"
                " give the output another folder or name, or copy the media elsewhere"
            )


def _load(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ShotError(f"{path}: is larger than {LARGEST_FILE >> 20} MiB; that is no shot file")
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text, object_pairs_hook=_once_each, parse_constant=_refuse_constant)
    except FileNotFoundError:
        raise ShotError(f"{path}: there is no such shot file; `dub new` makes one") from None
    except IsADirectoryError:
        raise ShotError(f"{path}: cannot be read: it is a folder; name the shot file in it") from None
    except OSError as error:
        raise ShotError(f"{path}: cannot be read: {error.strerror}") from None
    except DubError as error:
        raise ShotError(f"{path}: {error}" if str(path) not in str(error) else str(error)) from None
    except (ValueError, RecursionError) as error:
        raise ShotError(f"{path}: is not JSON: {error}") from None


def _once_each(pairs: Any) -> Dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ShotError(f"the key {double!r} stands twice in one object; keep one of them")
    return data


def _refuse_constant(text: str) -> Any:
    raise ShotError(f"holds {text}; write a finite number")


def write_shot(shot: Shot, path: Any, operators: Optional[Catalogue] = None) -> Shot:
    """Check `shot` and write it to `path`, whole or not at all; return it as read back from there.

    Makes the folder where it is missing. Raises ShotError for a shot that could not be read again,
    DiskError where the disk refuses.
    """
    path = Path(path)
    data = to_json(shot)
    checked = dataclasses.replace(shot_from_json(data, str(path), operators), path=path)
    _check_media_stay(checked)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        kind, advice = (ShotError, "name another file") if error.errno in _BAD_NAMES else (
            DiskError, "free or unlock the disk")
        raise kind(f"{path}: cannot be written: {error.strerror}; {advice}") from None
    return checked
