"""A bake as it is asked for: the shot, where its frames go, and what they depend on."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Tuple

import nuke

from shared_core.spec.errors import FrameRangeError
from shared_core.spec.frames import FrameRange
from shared_core.spec.shot import Colour, Media, Shot, write_shot

from . import cache, names
from .completion import complete
from .dub_nodes import frame_range, is_whole, text_of, wires
from .fingerprint import digest, of_files, of_settings, of_sources, of_stream
from .pictures import as_media, clip_frames
from .script_colour import of_script
from .whole_pipeline import make_shot, wire_whole
from .wiring import PLATE, Wired, identifier, wire

FORMAT = 1
"""Goes up when the same nodes are baked to other files."""


@dataclass
class Request:
    """node: the one that asks. name: its full name then. frames: to be there when the bake is done.

    whole: those and the node's Frames, which the shot file names and animated knobs are sampled at:
    so that one frame alone is baked from the same shot as all of them. wires, passes, sources: see
    cache.Record.
    """

    node: nuke.Node
    name: str
    identity: str
    folder: Path
    pattern: Path
    frames: FrameRange
    whole: FrameRange
    shot: Path
    wires: List[str]
    passes: List[str]
    sources: Dict[str, str]

    @property
    def record_path(self) -> Path:
        return self.pattern.parent / cache.RECORD

    def record(self) -> cache.Record:
        """What is known of this bake so far."""
        known = cache.load_record(str(self.record_path))
        if known is not None and known.identity == self.identity and known.pattern == str(self.pattern):
            return dataclasses.replace(known, **self._made_from())
        return cache.Record(self.identity, str(self.pattern), [], {}, **self._made_from())

    def _made_from(self) -> Dict[str, Any]:
        return {"wires": self.wires, "passes": self.passes, "sources": self.sources}

    def arrived(self) -> cache.Record:
        """The record with those frames taken over that a farm made since, and kept so."""
        record = self.record()
        if record.take_over():
            record.save(self.pattern.parent)
        return record


def look(node: nuke.Node, frames: FrameRange) -> Tuple[Wired, Request]:
    """What a bake would be, without doing any of it. Raises what is wrong with inputs and knobs."""
    whole = _whole_range(node, frames)
    wired = wire_whole(node, list(whole)) if is_whole(node) else wire(node, list(whole))
    folder = cache.folder_of(node)
    identity = _identity(node, wired)
    passes = wired.passes or sorted(complete(wired.nodes, wired.target, "p.exr")[1].passes)
    sources = of_sources((one.node for one in wired.pictures.values()), wired.dub_nodes, node)
    version = cache.version_folder(folder / "frames", identity)
    pattern = version / f"{identifier(str(node.name()))}.####.exr"
    return wired, Request(
        node, str(node.fullName()), identity, folder, pattern, frames, whole, folder / "shot.json",
        wires(node), passes, sources)


def _whole_range(node: nuke.Node, frames: FrameRange) -> FrameRange:
    """`frames` and the node's Frames, where these can be read."""
    try:
        return FrameRange.of([*frame_range(node), *frames])
    except FrameRangeError:
        return frames


def _identity(node: nuke.Node, wired: Wired) -> str:
    """The digest of all that the frames depend on, whichever frames are asked for."""
    graph = {name: (made.operator, made.version, made.inputs) for name, made in wired.nodes.items()}
    own = str(node.fullName())
    above = {str(one.fullName()): one for one in wired.dub_nodes}
    clip = clip_frames(wired.pictures[PLATE].node)  # not the frames asked for: more of these is no other bake
    settings = {name: of_settings(one, name == own, clip) for name, one in above.items()}
    return digest({
        "format": FORMAT, "graph": graph, "files": {n: [p, *of_files([p])] for n, p in wired.files.items()},
        "settings": [settings[name] for name in sorted(settings, key=lambda name: (name != own, name))],
        "pictures": {name: of_stream(picture.node) for name, picture in wired.pictures.items()},
        "colour": [str(part) for part in of_script()],
    })


def prepare(node: nuke.Node, frames: FrameRange) -> Request:
    """Render the node's inputs and write its shot file. Raises DubError; what was there before stays."""
    wired, request = look(node, frames)
    cache.require_writable(node, request.folder)
    colour, space = of_script()
    media: Dict[str, Media] = {
        name: as_media(node, name, picture, request.whole, request.folder, space)
        for name, picture in wired.pictures.items()
    }
    media.update({name: Media(path) for name, path in wired.files.items()})
    write_shot(_shot(node, wired, request, media, colour), request.shot)
    return request


def _shot(node: nuke.Node, wired: Wired, request: Request, media: Dict[str, Media], colour: Colour) -> Shot:
    path = request.pattern.relative_to(request.folder).as_posix()
    consent = text_of(node, names.CONSENT)
    if is_whole(node):
        made = make_shot(node, wired, request.whole, media)
        output = dataclasses.replace(made.output, path=path)
        return dataclasses.replace(made, output=output, colour=colour, consent=consent)
    nodes, output = complete(wired.nodes, wired.target, path)
    return Shot(str(node.name()), request.whole, media, nodes, output, colour, consent)
