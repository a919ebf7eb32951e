"""The shots that are measured: the demo's plate, enlarged to EXR sequences of a production's size."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ... import models
from ...colour import ColourContext
from ...engine.session import Session
from ...media.clip import open_clip
from ...media.exr_encode import encode_exr, required_attributes
from ...spec.frames import FrameRange
from ...spec.recipes import Ingredients, make
from ...spec.shot import Media, write_shot
from ...values import Drive, References, Track, Window
from ...values.sidecar import Sidecar

FPS = "30"
_TYPES = {"half": np.float16, "float": np.float32}
_IN_PIXELS = ("landmarks", "raw")


@dataclass(frozen=True)
class PlateForm:
    """What a plate is like. size: width and height, px. pixel_type: half or float."""

    size: tuple[int, int]
    pixel_type: str

    @property
    def name(self) -> str:
        return f"{self.size[1]}_{self.pixel_type}"


def write_plate(folder: Path, form: PlateForm, count: int) -> Path:
    """Write frames 1 to `count` of the demo's plate, enlarged by height, as RGBA EXRs in `folder`.

    What the wider picture lacks at its sides repeats the edge. Returns the sequence's pattern.
    """
    folder.mkdir(parents=True, exist_ok=True)
    width, height = form.size
    window, kind = Window(0, 0, width, height), _TYPES[form.pixel_type]
    attributes = required_attributes(window, 1.0)
    with open_clip(models.path("demo_plate"), colour=ColourContext()) as clip:
        for frame in range(1, count + 1):
            pixels = _enlarged(clip.image(frame).pixels, width, height)
            planes = {name: np.ascontiguousarray(pixels[..., i], kind) for i, name in enumerate("RGB")}
            planes["A"] = np.ones((height, width), kind)
            encode_exr(folder / f"plate.{frame:04d}.exr", planes, window, attributes, "zip")
    return folder / "plate.####.exr"


def _enlarged(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    inner = min(width, round(pixels.shape[1] * height / pixels.shape[0]))
    large = cv2.resize(pixels, (inner, height), interpolation=cv2.INTER_CUBIC)
    left = (width - inner) // 2
    return cv2.copyMakeBorder(large, 0, 0, left, width - inner - left, cv2.BORDER_REPLICATE)


def repeat_plate(folder: Path, original: Path, count: int, length: int) -> Path:
    """Frames 1 to `length` that play the `count` frames of `original` to and fro; links, not copies."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, row in enumerate(to_and_fro(count, length)):
        os.link(original / f"plate.{row + 1:04d}.exr", folder / f"plate.{index + 1:04d}.exr")
    return folder / "plate.####.exr"


def to_and_fro(count: int, length: int) -> np.ndarray:
    """Row of the original for each frame: 0 1 2 2 1 0 0 1 ...; int (length,)."""
    place = np.arange(length) % (2 * count)
    return np.where(place < count, place, 2 * count - 1 - place)


def write_bench_shot(
    path: Path, plate: Path, length: int, pixel_type: str = "half", passes: bool = True, analysed: int = 0
) -> Path:
    """Write the geometric recipe over `plate` with the demo's performance; returns `path`.

    passes: all of the recipe's, or the picture alone. analysed: frames of the driver that are
    tracked, as many as the plate of the prepared shot has; the longer shots share its track.
    """
    media = {
        "plate": Media(os.path.relpath(plate, path.parent), fps=FPS),
        "driver": Media(str(models.path("demo_driver")), analysis=f"1-{min(132, (analysed or length) + 2)}"),
    }
    given = Ingredients(path.stem, FrameRange.parse(f"1-{length}"), media, sound=True)
    shot = make("geometric", given)
    kept = shot.output.passes if passes else {}
    output = dataclasses.replace(shot.output, pixel_type=pixel_type, passes=kept)
    write_shot(dataclasses.replace(shot, output=output), path)
    return path


def lend_sidecars(prepared: Path, shot: Path, count: int, scale: float) -> None:
    """Give `shot` the sidecars of `prepared`, its first `count` frames to and fro, `scale` times as large.

    So that tracking runs once: what is measured afterwards is rendering. Both lie in one folder.
    """
    source, target = Session(prepared), Session(shot)
    length = len(target.shot.frames)
    for step in target.plan.shot_steps:
        if target.stored(step.name) is None:
            value = stretched(source.sidecar(step.name), count, length, scale)
            target.store.save(step.name, target.wanted_keys[step.name], value, {"operator": "dub bench"})
    source.close()
    target.close()


def stretched(value: Sidecar, count: int, length: int, scale: float) -> Sidecar:
    """A sidecar of frames 1 to `count` as one of frames 1 to `length`, in pixels `scale` times as many."""
    if not isinstance(value, (Track, Drive, References)) or len(value.frames) < count:
        raise ValueError(f"{type(value).__name__} of {len(value.frames)} frames; expected {count} or more")
    rows = to_and_fro(count, length)
    changed: dict[str, Any] = {"frames": np.arange(1, length + 1)}
    for field in dataclasses.fields(value):
        array = getattr(value, field.name)
        if isinstance(array, np.ndarray) and field.name != "frames":
            array = array[rows]
            changed[field.name] = array * array.dtype.type(scale) if field.name in _IN_PIXELS else array
    if isinstance(value, Track):
        changed |= {"size": tuple(round(side * scale) for side in value.size), "cuts": ()}
    if isinstance(value, References):
        changed["source"] = _own_lenders(changed["source"], count)
    return dataclasses.replace(value, **changed)


def _own_lenders(source: np.ndarray, count: int) -> np.ndarray:
    """Lender frames 1 to `count` as their likes within each stretch of `count` frames, (length, 2).

    A long shot chooses among many frames: lenders all from its beginning would stay in the cache.
    """
    begin = (np.arange(len(source)) // count * count)[:, None]
    forwards = begin // count % 2 == 0
    own = begin + np.where(forwards, source, count + 1 - source)
    # The last stretch may be cut short: its like lies mirrored in the one before.
    own = np.where(own > len(source), 2 * begin + 1 - own, own)
    return np.clip(own, 1, len(source))
