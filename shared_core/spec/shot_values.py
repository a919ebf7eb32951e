"""What a shot is: its media, its nodes, its output."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Optional

from .errors import ShotError
from .frames import FrameRange
from .keys import Keys
from .paths import frame_path

SHOT_FORMAT = 1


@dataclass(frozen=True)
class Media:
    """A clip or sound. path: from the shot's folder, or absolute. first: number of a movie's first frame.

    colourspace, fps: "" takes what the file says. analysis: the clip's own frames that shot-scope
    operators read; "" for all.
    """

    path: str
    first: Optional[int] = None
    colourspace: str = ""
    fps: str = ""
    analysis: str = ""


@dataclass(frozen=True)
class Node:
    """An operator with its knobs and what its sockets are connected to."""

    operator: str
    version: int
    inputs: Dict[str, str] = field(default_factory=dict)
    knobs: Dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Output:
    """Where frames go and what is in them; references are `node` or `node.output`."""

    path: str
    image: str
    matte: str
    pixel_type: str = "half"
    compression: str = "zip"
    colourspace: str = ""
    passes: Dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Colour:
    """config: an OCIO config's path or `ocio://` name, "" for $OCIO or the built-in one. working: a role."""

    config: str = ""
    working: str = "scene_linear"


@dataclass(frozen=True)
class Shot:
    """One shot; `path` is the file it was read from, and no part of its content."""

    name: str
    frames: FrameRange
    media: Dict[str, Media]
    nodes: Dict[str, Node]
    output: Output
    colour: Colour = Colour()
    consent: str = ""
    path: Optional[Path] = field(default=None, compare=False)

    @property
    def folder(self) -> Path:
        """The absolute folder of the shot file; ShotError where the shot was never written."""
        if self.path is None:
            raise ShotError("this shot has no file yet; write it with write_shot first")
        return Path(os.path.abspath(self.path)).parent

    def media_path(self, name: str) -> Path:
        return self.folder / self.media[name].path

    def frame_path(self, frame: int) -> Path:
        """The file that `frame` is rendered to."""
        return frame_path(self.folder / self.output.path, frame)

    def digest(self) -> str:
        """sha256 of the content, however the file is laid out."""
        text = json.dumps(to_json(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def to_json(shot: Shot) -> Dict[str, Any]:
    """The shot as its file holds it."""
    return {
        "dubnodes": SHOT_FORMAT,
        "name": shot.name,
        "frames": str(shot.frames),
        "media": {name: _media_to_json(media) for name, media in shot.media.items()},
        "nodes": {name: _node_to_json(node) for name, node in shot.nodes.items()},
        "output": dataclasses.asdict(shot.output),
        "colour": dataclasses.asdict(shot.colour),
        "consent": shot.consent,
    }


def _media_to_json(media: Media) -> Dict[str, Any]:
    data = {"path": media.path, "first": media.first, "colourspace": media.colourspace, "fps": media.fps}
    if media.analysis:
        data["analysis"] = media.analysis
    if media.first is None:
        del data["first"]
    return data


def _node_to_json(node: Node) -> Dict[str, Any]:
    knobs = {k: v.to_json() if isinstance(v, Keys) else v for k, v in node.knobs.items()}
    return {"operator": node.operator, "version": node.version, "inputs": dict(node.inputs), "knobs": knobs}
