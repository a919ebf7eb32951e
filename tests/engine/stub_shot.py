"""A shot of ten small EXR frames over the stub operators, and the files it is made of."""

from __future__ import annotations

import json

import numpy as np
import OpenImageIO as oiio  # noqa: N813

FRAMES = range(1001, 1011)
DARK = (1004, 1005)


def write_exr(path, pixels, pixel_type="half", channels=("R", "G", "B"), compression="zip"):
    height, width = pixels.shape[:2]
    spec = oiio.ImageSpec(width, height, len(channels), pixel_type)
    spec.channelnames = channels
    spec.attribute("compression", compression)
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec), output.geterror()
    assert output.write_image(np.ascontiguousarray(pixels, np.float32))
    output.close()


def read_exr(path):
    """Channel name -> array, in the file's own type."""
    source = oiio.ImageInput.open(str(path))
    spec = source.spec()
    found = {}
    for index, name in enumerate(spec.channelnames):
        kind = str(spec.channelformat(index))
        found[name] = source.read_image(0, 0, index, index + 1, kind)[..., 0]
    source.close()
    return found


def plate_pixels(frame):
    rng = np.random.default_rng(frame)
    pixels = rng.uniform(0.2, 0.6, (48, 64, 3)).astype(np.float32)
    pixels[0, :4] = [[60.0] * 3, [-0.1] * 3, [-0.0] * 3, [0.5, 1.5, 2.5]]
    return pixels * (0.01 if frame in DARK else 1.0)


def write_plate(folder, frames=FRAMES):
    folder.mkdir(parents=True, exist_ok=True)
    for frame in frames:
        write_exr(folder / f"plate.{frame}.exr", plate_pixels(frame))


def shot_json(**knobs):
    return {
        "dubnodes": 1, "name": "sh010", "frames": "1001-1010",
        "media": {"plate": {"path": "../plates/plate.####.exr"}},
        "nodes": {
            "track": {"operator": "stub_track", "version": 1, "inputs": {"plate": "@plate"},
                      "knobs": knobs.get("track", {})},
            "drive": {"operator": "stub_drive", "version": 1, "inputs": {"actor": "track"}},
            "face": {"operator": "stub_face", "version": 1,
                     "inputs": {"plate": "@plate", "track": "track", "drive": "drive"},
                     "knobs": knobs.get("face", {})},
            "mask": {"operator": "stub_mask", "version": 1, "inputs": {"track": "track"},
                     "knobs": knobs.get("mask", {})},
            "comp": {"operator": "stub_composite", "version": 1,
                     "inputs": {"plate": "@plate", "face": "face", "matte": "mask", "track": "track"},
                     "knobs": knobs.get("comp", {})},
        },
        "output": {"path": "frames/sh010.####.exr", "image": "comp.image", "matte": "comp.matte",
                   "passes": {"dub": "comp.dub"}},
    }


class StubShot:
    """A shot folder: change `data` and `save`."""

    def __init__(self, folder, stubs):
        self.path, self.stubs, self.data = folder / "shot.json", stubs, shot_json()
        self.frames_folder = folder / "frames"
        self.plates = folder.parent / "plates"

    def save(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.data))
        return self

    def session(self):
        from shared_core.engine import Session

        return Session(self.path, self.stubs)

    def prepare(self, **options):
        from shared_core.engine import prepare

        return prepare(self.session(), **options)

    def render(self, frames=None, **options):
        from shared_core.engine import render

        return render(self.session(), frames, **options)

    def frame(self, number):
        return self.frames_folder / f"sh010.{number}.exr"

    def bytes(self):
        return {path.name: path.read_bytes() for path in sorted(self.frames_folder.iterdir())}
