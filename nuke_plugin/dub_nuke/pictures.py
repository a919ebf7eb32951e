"""Pictures of the comp as files: the Read's own where they are what the comp shows, else rendered EXR."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Iterator, List, Optional, Tuple

import nuke

from shared_core.spec.errors import BadInput, Cancelled, DiskError
from shared_core.spec.frames import FrameRange
from shared_core.spec.paths import frame_path
from shared_core.spec.shot import Media

from . import names
from .dub_nodes import evaluated, inputs_of, text_of
from .fingerprint import of_stream
from .frame_header import is_whole, pixel_aspect
from .knob_values import disabled_at
from .script_colour import scene_linear
from .undo import untraced
from .wiring import Picture

LONGEST_CLIP = 20000
_ASPECT_TOLERANCE = 1e-3
_CHANNELS = {"Clip": "rgb", "Mask": "alpha", "Flow": "all"}


def as_media(
    target: nuke.Node, name: str, picture: Picture, frames: FrameRange, folder: Path, space: str
) -> Media:
    """The media `name` of the shot. folder: the node's cache. space: what the script's pictures are in.

    frames: those that are baked. Of a clip all frames are needed that trackers look at. Raises
    BadInput for a stream without a range or with an error in it, Cancelled.
    """
    wanted = clip_range(target, name, picture, frames)
    fps = f"{float(nuke.root()['fps'].value()):.6g}"
    path, first = _own_file(picture, wanted)
    if path:
        movie = first is not None
        return Media(path, first, "" if movie else space, "" if movie else fps, "" if movie else str(wanted))
    pattern = folder / "inputs" / f"{name}-{of_stream(picture.node)[:8]}" / f"{name}.####.exr"
    render(picture, pattern, wanted)
    return Media(str(pattern), None, space, fps, str(wanted) if picture.kind == "Clip" else "")


def clip_range(target: nuke.Node, name: str, picture: Picture, frames: FrameRange) -> FrameRange:
    """The frames of the stream that the core needs; BadInput where it has no end."""
    if picture.kind != "Clip":
        return frames
    there = clip_frames(picture.node)
    first, last = int(picture.node.firstFrame()), int(picture.node.lastFrame())
    if not there:
        raise BadInput(
            f"{picture.node.name()}: its range {first}-{last} is no clip's: expected 1 to {LONGEST_CLIP}"
            " frames; put a FrameRange node behind it"
        )
    if name != "plate":
        return FrameRange(tuple(there))
    chosen = text_of(target, names.ANALYSIS)
    asked = FrameRange(tuple(there))
    if chosen:
        asked = FrameRange.parse(chosen, f"{target.name()}, Look At")
    beyond = [frame for frame in (*frames, *asked) if frame not in there]
    if beyond:
        raise BadInput(
            f"{picture.node.name()}: has frames {first}-{last}, and not {FrameRange.of(beyond)}; change"
            " Frames or Look At, or go to a frame that it has"
        )
    return FrameRange.of([*asked, *frames])


def clip_frames(node: nuke.Node) -> range:
    """All frames of a stream; none where it has no end."""
    first, last = int(node.firstFrame()), int(node.lastFrame())
    return range(first, last + 1) if last - first < LONGEST_CLIP else range(0)


def _own_file(picture: Picture, wanted: FrameRange) -> Tuple[str, Optional[int]]:
    """The Read's own file and first frame, where the core may read it as it is; else ("", None).

    Where pixels end in the result they have to be the comp's exactly: a scene-linear EXR sequence on
    its own frames, with the pixel aspect that the Read shows. A clip that is only looked at may be any
    file.
    """
    read = picture.node
    if read.Class() != "Read" or picture.kind != "Clip" or disabled_at(read, wanted):
        return "", None
    path = evaluated(read["file"])
    pattern = str(read["file"].value() or "")
    shifted = str(read["frame"].value() or "").strip()
    own_time = str(read["frame_mode"].value()) == "expression" and not shifted
    if not path or not own_time or "[" in pattern or _has_error(read):
        return "", None
    movie = Path(path).suffix.lower() in (".mov", ".mp4", ".mkv", ".avi", ".mxf", ".mpg", ".m4v", ".webm")
    if movie and not picture.exact:
        return path, int(read["first"].value())
    if Path(path).suffix.lower() != ".exr" or not scene_linear(read):
        return "", None
    files = Path(pattern)
    try:
        whole = all(frame_path(files, frame).is_file() for frame in wanted)
    except (IndexError, ValueError):
        whole = False
    if not whole or frame_path(files, 1) == files:
        return "", None
    own, shown = pixel_aspect(frame_path(files, wanted.frames[0])), float(read.format().pixelAspect())
    return (pattern, None) if abs(own - shown) < _ASPECT_TOLERANCE else ("", None)


def render(picture: Picture, pattern: Path, wanted: FrameRange) -> None:
    """Render the frames that are not there, or not whole; Nuke shows its own progress bar.

    A temporary Write does it, at full resolution; the script is left as it was. Raises Cancelled,
    BadInput with Nuke's own words where the stream has an error, DiskError for a file that was cut short.
    """
    missing = _missing(pattern, wanted)
    if missing is None:
        return
    pattern.parent.mkdir(parents=True, exist_ok=True)
    if _has_error(picture.node):
        raise BadInput(f"{_fault_above(picture.node)}; mend it, and bake again")
    with script_unchanged(), temporary_write(picture, pattern) as write:
        for first, last in _runs(list(missing)):
            try:
                nuke.execute(write, first, last, 1)
            except RuntimeError as error:
                if "cancel" in str(error).lower():
                    raise Cancelled("stopped while the comp was rendered; what is there stays") from None
                raise BadInput(f"{picture.node.name()}: could not be rendered: {error}") from None
    left = _missing(pattern, wanted)
    if left is None:
        return
    cut = [frame_path(pattern, frame) for frame in left if frame_path(pattern, frame).is_file()]
    if cut:
        raise DiskError(
            f"{cut[0]}: was not written whole ({len(cut)} of {len(wanted)} frames of {picture.node.name()});"
            " free the disk or choose another folder in Cache, and bake again: it is rendered anew"
        )
    raise BadInput(f"{picture.node.name()}: gave no picture at frames {left}; mend it, and bake again")


def _missing(pattern: Path, wanted: FrameRange) -> Optional[FrameRange]:
    left = [frame for frame in wanted if not is_whole(frame_path(pattern, frame))]
    return FrameRange.of(left) if left else None


@contextlib.contextmanager
def script_unchanged() -> Iterator[None]:
    """No undo step, no `modified`, and full resolution while the block runs."""
    root = nuke.root()
    proxy = bool(root["proxy"].value())
    with untraced():
        if proxy:
            root["proxy"].setValue(False)
        try:
            yield
        finally:
            if proxy:
                root["proxy"].setValue(True)


@contextlib.contextmanager
def temporary_write(picture: Picture, pattern: Path) -> Iterator[nuke.Node]:
    """A Write behind the picture, beside it in its group; gone afterwards."""
    with picture.node.parent():
        write: nuke.Node = nuke.nodes.Write()
    try:
        write.setInput(0, picture.node)
        write["file"].setValue(for_file_knob(str(pattern)))
        write["file_type"].setValue("exr")
        write["channels"].setValue(_CHANNELS[picture.kind])
        write["raw"].setValue(True)
        write["datatype"].setValue("32 bit float" if picture.kind == "Flow" else "16 bit half")
        write["compression"].setValue("Zip (1 scanline)")
        write["metadata"].setValue("all metadata")
        yield write
    finally:
        nuke.delete(write)


def for_file_knob(path: str) -> str:
    """`path` as a File knob takes it: slashes forward, and what Tcl would evaluate escaped."""
    path = path.replace("\\", "/")
    for char in "[]$":
        path = path.replace(char, f"\\{char}")
    return path


def _has_error(node: nuke.Node) -> bool:
    return bool(node.hasError())


def _fault_above(node: nuke.Node) -> str:
    """The first node upstream that has the error that `node` has; of a Read also what it reads."""
    while True:
        broken = [one for one in inputs_of(node) if one is not None and _has_error(one)]
        if not broken:
            break
        node = broken[0]
    if node.Class() != "Read":
        return f"{node.name()}: has an error"
    space, root = str(node["colorspace"].value()), nuke.root()
    config = str(root["OCIO_config"].value()) if "OCIO_config" in root.knobs() else ""
    return (
        f"{node.name()}: has an error (file {str(node['file'].value())!r}, colour space {space!r}, OCIO"
        f" config {config!r}): the file cannot be read, or the config lacks the space")


def _runs(frames: List[int]) -> Iterator[Tuple[int, int]]:
    """Consecutive frames as (first, last)."""
    start = 0
    for n in range(1, len(frames) + 1):
        if n == len(frames) or frames[n] != frames[n - 1] + 1:
            yield frames[start], frames[n - 1]
            start = n
