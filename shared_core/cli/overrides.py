"""What `dub new` says of mattes and flows made by hand, before anything is rendered with them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..spec.errors import MediaError
from ..spec.frames import FrameRange

if TYPE_CHECKING:
    from ..media import MediaClip
    from ..values import Window

BY_HAND = ("matte", "flow", "reference_flow")


def of_option(name: str, error: MediaError) -> MediaError:
    """The error with the option of `dub new` before its message."""
    return type(error)(f"--{name.replace('_', '-')}: {error}")


def look_at_overrides(paths: Mapping[str, Path], plate: MediaClip) -> list[str]:
    """One sentence for each matte or flow among `paths`: at which of the plate's frames it acts.

    Raises MediaError where it acts at none, cannot be read, or has another size than the plate.
    """
    sentences = []
    for name in BY_HAND:
        if name in paths:
            try:
                sentences.append(f"{name.replace('_', ' ')} by hand: {_look_at(paths[name], plate)}")
            except MediaError as error:
                raise of_option(name, error) from None
    return sentences


def _look_at(path: Path, plate: MediaClip) -> str:
    from ..media.paths import FrameFiles, find_media

    found = find_media(os.path.normpath(path))
    if not isinstance(found, FrameFiles):
        _check_size(found, plate.display)
        return "one picture for every frame"
    used = sorted(set(found.numbers) & set(plate.frames))
    if not used:
        raise MediaError(
            f"{found.pattern} has frames {FrameRange.of(found.numbers)}, none of the plate's"
            f" {FrameRange.of(plate.frames)}: nothing would be overridden; renumber its files"
        )
    _check_size(found.path(used[0]), plate.display)
    return f"at frames {FrameRange.of(used)}"


def _check_size(file: Path, plate: Window) -> None:
    from ..media.picture_file import read_layout

    display = read_layout(file)[1]
    if (display.width, display.height) != (plate.width, plate.height):
        raise MediaError(
            f"{str(file)!r} is {display.width}x{display.height}, the plate {plate.width}x{plate.height};"
            " write it in the plate's size"
        )
