"""What a bake is made of, and the shot file that says so. Imports no bpy."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from .recipe_slots import DEFAULT, slot_name
from .shared_core.spec.errors import BadInput, MissingFrame
from .shared_core.spec.frames import FrameRange
from .shared_core.spec.recipes import Ingredients, make
from .shared_core.spec.shot import Colour, Media, Shot, to_json


@dataclass(frozen=True)
class BakeOrder:
    """All that one Dub group asks for, read from Blender in one go.

    folder: where shot file, sidecars and frames lie. frames: those that the group shall have.
    plate_frames: those that nodes render for the plate; the tracker and the lenders see them all. media:
    absolute paths by the recipe's names. knobs: {slot: {knob: value}}, see recipe_slots; those of nodes
    that the recipe does not make of these media are left out. upstream: a digest of what renders
    the plate, "" where the plate is a file. colour: the spaces that Blender works in.
    """

    name: str
    folder: Path
    frames: FrameRange
    plate_frames: FrameRange
    media: Mapping[str, Media]
    knobs: Mapping[str, Mapping[str, Any]]
    flags: Mapping[str, Any] = field(default_factory=dict)
    upstream: str = ""
    colour: Colour = Colour()
    consent: str = ""
    recipe: str = DEFAULT

    def shot(self, frames_folder: str) -> Shot:
        """The shot whose frames lie in `frames_folder`, below `folder`; BadInput where media lack."""
        wanted = "audio" if "audio" in self.media else "driver"
        for name, what in (("plate", "Connect a plate to Image, or pick one"),
                           (wanted, "Pick a driver, or a voice")):
            if name not in self.media:
                raise BadInput(f"{self.name} has no {name}. {what}")
        media = {name: dataclasses.replace(one, path=self._written(one.path))
                 for name, one in self.media.items()}
        given = Ingredients(self.name, self.frames, media, **self.flags)
        nodes = make(self.recipe, given).nodes
        knobs = {name: self.knobs.get(slot_name(name, node.operator), {}) for name, node in nodes.items()}
        shot = make(self.recipe, dataclasses.replace(given, knobs=knobs))
        pattern = f"{frames_folder}/{Path(shot.output.path).name}"
        output = dataclasses.replace(shot.output, path=pattern)
        return dataclasses.replace(shot, output=output, colour=self.colour, consent=self.consent)

    def _written(self, path: str) -> str:
        """`path` from the folder where the two share more than the root, so that both can move."""
        try:
            common = os.path.commonpath([path, self.folder])
        except ValueError:  # another drive
            return path
        return path if common == os.path.dirname(common) else os.path.relpath(path, self.folder)

    def digest(self, with_files: bool = True) -> str:
        """Changes when knobs, media or what is upstream change; the frames asked for are not part of it.

        with_files: also when a media file changes on disk.
        """
        data = to_json(self.shot("frames"))
        del data["frames"], data["name"]
        if with_files:
            data["files"] = {name: _state_of(one.path) for name, one in self._files().items()}
        if self.upstream:
            data["media"]["plate"]["path"] = self.upstream
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def missing_media(self) -> list[str]:
        """Names of media that are not on disk; a plate that nodes render is never missing."""
        return [name for name, one in self._files().items() if not _files_of(one.path)]

    def require_media(self) -> None:
        """Raise MissingFrame for the first media that is not on disk."""
        for name in self.missing_media():
            raise MissingFrame(f"{name}: {self.media[name].path!r} is not there; pick the file again")

    def is_baked_as(self, about: Mapping[str, Any]) -> bool:
        """Whether a bake of which `about` is known is this order's.

        On a machine that has the baked frames and not the media, the media's files cannot be compared:
        there it goes by knobs and paths.
        """
        if self.missing_media():
            return about.get("content") == self.digest(with_files=False)
        return about.get("digest") == self.digest()

    def _files(self) -> dict[str, Media]:
        return {name: one for name, one in self.media.items() if not (self.upstream and name == "plate")}


def rate_text(fps: int, base: float) -> str:
    """Frames a second as the shot file has them: `24000/1001` for 24 and 1.001.

    base: what fps is divided by; Blender keeps it as a 32-bit float, so that 1.001 comes as 1.00100005.
    """
    return str(Fraction(fps) / Fraction(str(round(base, 5))))


def _files_of(path: str) -> list[Path]:
    """The files that a media path names: itself, or a pattern's, or a folder's."""
    given = Path(path)
    if given.is_dir():
        return sorted(given.iterdir())
    if "#" not in given.name:
        return [given] if given.is_file() else []
    before, _, after = given.name.partition("#" * given.name.count("#"))
    return sorted(p for p in given.parent.glob("*")
                  if p.name.startswith(before) and p.name.endswith(after)
                  and p.name[len(before):len(p.name) - len(after)].isdigit())


def _state_of(path: str) -> list:
    """Count, size and time of change: another file under the same name is another media."""
    states = [file.stat() for file in _files_of(path)]
    newest = max((one.st_mtime_ns for one in states), default=0)
    return [len(states), sum(one.st_size for one in states), newest]
