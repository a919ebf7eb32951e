"""Which of a file's channels make the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared_core.spec.errors import MediaError

_COLOURS = (("r", "red"), ("g", "green"), ("b", "blue"))
_ALPHAS = ("a", "alpha")


@dataclass(frozen=True)
class PictureChannels:
    """red, green, blue: names of channels (one name three times for a grey picture). alpha: name or "".

    layer: the prefix that they share, "" at the top. note: what a person has to know, or "".
    """

    red: str
    green: str
    blue: str
    alpha: str
    layer: str
    note: str

    @property
    def colours(self) -> tuple[str, str, str]:
        return self.red, self.green, self.blue


def choose_picture(names: Sequence[str], where: str, grey_too: bool = True) -> PictureChannels:
    """Choose red, green and blue: R G B at the top, else the first layer that has them, else a grey Y.

    names: channel names in the file's order. grey_too: whether a grey picture will do. Raises
    MediaError, which lists the names, where none fit.
    """
    layers = {"": None} | {name.rpartition(".")[0]: None for name in names}
    for layer in layers:
        found = _colours_of(names, layer)
        if found:
            note = f"no R, G, B at the top: the picture is taken from layer {layer!r}" if layer else ""
            return PictureChannels(*found, _alpha_of(names, layer), layer, note)
    grey = next((name for name in names if name.lower() in ("y", "l", "luminance")), None)
    # Beside RY and BY a Y is subsampled colour, and beside X a vector.
    if grey and grey_too and not {"by", "ry", "x"} & {name.lower() for name in names}:
        note = f"a grey picture: {grey!r} is taken for red, green and blue"
        return PictureChannels(grey, grey, grey, _alpha_of(names, ""), "", note)
    raise MediaError(
        f"{where} has no red, green and blue; its channels are {', '.join(names) or 'none'}. "
        "Give a file with R, G and B, at the top or in one layer"
    )


def _colours_of(names: Sequence[str], layer: str) -> tuple[str, str, str] | None:
    inside = {}
    for name in names:
        prefix, _, own = name.rpartition(".")
        if prefix == layer:
            inside.setdefault(own.lower(), name)
    found = [next((inside[word] for word in words if word in inside), None) for words in _COLOURS]
    return tuple(found) if all(found) else None


def _alpha_of(names: Sequence[str], layer: str) -> str:
    for name in names:
        prefix, _, own = name.rpartition(".")
        if prefix == layer and own.lower() in _ALPHAS:
            return name
    return ""
