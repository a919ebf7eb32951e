"""The picture that a node of the stand-in gives at a frame."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio  # noqa: N813

from . import pictures
from .expressions import evaluate as expression
from .expressions import number_at
from .pictures import RGBA, Box, Picture

CHANNEL = re.compile(r"\b(?!parent\.)[a-z]\w*\.(?:red|green|blue|alpha)\b")
"""A channel of a named layer, in an expression."""
ASPECT = "PixelAspectRatio"


class ReadError(RuntimeError):
    """A Read has no file to show."""


def picture_of(node: Any, frame: int) -> Picture:
    """Walk up from `node` and compute; a class that is not described here raises."""
    if node is None:
        return Picture(Box(0, 0, 1, 1), (1, 1))
    if "disable" in node.knobs() and number(node, "disable", frame):
        return _input(node, 0, frame) if node.inputs() else _flat(node, 0.0)
    return _NODES[node.Class()](node, frame)


def number(node: Any, name: str, frame: int) -> float:
    return number_at(node[name], frame)


def _input(node: Any, n: int, frame: int) -> Picture:
    return picture_of(node.input(n), frame)


def _group(node: Any, frame: int) -> Picture:
    output = next(one for one in node.nodes() if one.Class() == "Output")
    return picture_of(output.input(0), frame)


def _of_parent(node: Any, frame: int) -> Picture:
    return picture_of(node.parent().input(int(node["number"].value())), frame)


def _read(node: Any, frame: int) -> Picture:
    first, last = int(node["first"].value()), int(node["last"].value())
    if not first <= frame <= last:
        edge = "before" if frame < first else "after"
        if node[edge].value() == "black":
            return _black(node, first)
        frame = first if frame < first else last
    path = Path(node["file"].evaluate(frame))
    if not path.is_file():
        if node["on_error"].value() != "error":
            return _black(node, first)
        raise ReadError(f"{node.fullName()}: {path}: No such file or directory")
    shown = read_exr(path)
    chosen = node["format"].value().split()
    return dataclasses.replace(shown, aspect=float(chosen[6])) if chosen else shown


def _black(node: Any, frame: int) -> Picture:
    shown = read_exr(Path(node["file"].evaluate(frame)))
    return Picture(shown.box, shown.display, {}, shown.aspect)


def read_exr(path: Path) -> Picture:
    """Every channel of a picture file, its layers as Nuke names them."""
    held = oiio.ImageInput.open(str(path))
    if held is None:
        raise ReadError(f"{path}: {oiio.geterror()}")
    spec = held.spec()
    pixels = held.read_image(0, 0, 0, spec.nchannels, oiio.FLOAT)
    held.close()
    colours = {"R": "red", "G": "green", "B": "blue", "A": "alpha"}
    channels = {}
    for n, name in enumerate(spec.channelnames):
        full = f"rgba.{colours[name]}" if name in colours else name
        channels[full] = np.ascontiguousarray(pixels[..., n])
    box = Box(spec.x - spec.full_x, spec.y - spec.full_y, spec.width, spec.height)
    aspect = spec.get_float_attribute(ASPECT, 1.0)
    return Picture(box, (spec.full_width, spec.full_height), channels, aspect)


def write_exr(path: Path, picture: Picture, channels: str, half: bool) -> None:
    """The channels that a Write chooses, as Nuke would name them in the file."""
    wanted = [n for n in pictures.names_of(channels, picture) if n in picture.channels]
    short = {"rgba.red": "R", "rgba.green": "G", "rgba.blue": "B", "rgba.alpha": "A"}
    box = picture.box
    spec = oiio.ImageSpec(box.width, box.height, len(wanted), oiio.HALF if half else oiio.FLOAT)
    spec.channelnames = [short.get(name, name) for name in wanted]
    spec.x, spec.y = box.x, box.y
    spec.full_width, spec.full_height = picture.display
    spec[ASPECT] = float(picture.aspect)
    out = oiio.ImageOutput.create(str(path))
    pixels = np.stack([picture.channel(name) for name in wanted], axis=-1)
    if out is None or not out.open(str(path), spec) or not out.write_image(np.ascontiguousarray(pixels)):
        raise RuntimeError(f"{path}: cannot be written: {oiio.geterror()}")
    out.close()


def _switch(node: Any, frame: int) -> Picture:
    which = int(number(node, "which", frame))
    return _input(node, min(max(which, 0), len(node._inputs) - 1), frame)


def _expression(node: Any, frame: int) -> Picture:
    """r, g, b, a are rgba's; another layer's channels go by their full names."""
    given = _input(node, 0, frame)
    words = dict(zip("rgba", (given.channel(name) for name in RGBA), strict=True))
    made = {}
    for n, name in enumerate(RGBA):
        text = node[f"expr{n}"].value()
        if text:
            words.update({word.replace(".", "__"): given.channel(word) for word in CHANNEL.findall(text)})
            made[name] = expression(_named(text), node, frame, words)
    return given.with_channels(made)


def _named(text: str) -> str:
    return CHANNEL.sub(lambda found: found[0].replace(".", "__"), text)


def _pairs(node: Any) -> list[tuple[str, str]]:
    chosen = [(node[f"from{n}"].value(), node[f"to{n}"].value()) for n in range(4)]
    return [pair for pair in chosen if "none" not in pair]


def _grade(node: Any, frame: int) -> Picture:
    names = ("blackpoint", "whitepoint", "black", "white", "multiply", "add", "gamma")
    values = {name: number(node, name, frame) for name in names}
    return pictures.grade(
        _input(node, 0, frame), node["channels"].value(), **values,
        black_clamp=node["black_clamp"].value(), white_clamp=node["white_clamp"].value())


def _constant(node: Any, frame: int) -> Picture:
    return _flat(node, number(node, "color", frame))


def _flat(node: Any, value: float) -> Picture:
    width, height = node._stand_in.size_of(node)
    flat = np.full((height, width), value, np.float32)
    return Picture(Box(0, 0, width, height), (width, height), {name: flat for name in RGBA})


_NODES = {
    "Group": _group, "Input": _of_parent, "Read": _read, "Switch": _switch, "Expression": _expression,
    "Grade": _grade, "Constant": _constant,
    **dict.fromkeys(("Dot", "NoOp", "Output"), lambda n, f: _input(n, 0, f)),
    "Shuffle2": lambda n, f: pictures.shuffle(_input(n, 0, f), n["mappings"].value()),
    "Merge2": lambda n, f: pictures.merge(
        _input(n, 0, f), _input(n, 1, f), n["operation"].value(), n["output"].value(), n["bbox"].value()),
    "Copy": lambda n, f: pictures.copy(_input(n, 0, f), _input(n, 1, f), *_pairs(n)),
    "CopyBBox": lambda n, f: pictures.copy_box(_input(n, 0, f), _input(n, 1, f)),
    "Clamp": lambda n, f: pictures.clamp(_input(n, 0, f), n["channels"].value()),
    "Multiply": lambda n, f: pictures.multiply(_input(n, 0, f), n["channels"].value(), number(n, "value", f)),
    "Saturation": lambda n, f: pictures.saturation(_input(n, 0, f), number(n, "saturation", f)),
    "Dilate": lambda n, f: pictures.dilate(_input(n, 0, f), n["channels"].value(), number(n, "size", f)),
    "Blur": lambda n, f: pictures.blur(_input(n, 0, f), n["channels"].value(), number(n, "size", f)),
    "STMap": lambda n, f: pictures.st_map(_input(n, 0, f), _input(n, 1, f), n["channels"].value()),
}
