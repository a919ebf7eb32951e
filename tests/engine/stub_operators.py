"""Small operators with the wiring of the real recipe, so that the engine is tested on its own.

The 'face' is a square in the middle of the plate, present where the plate's mean is above 0.1.
"""

from __future__ import annotations

import time
from typing import Annotated, NamedTuple

import numpy as np

from shared_core.spec.knob import Knob
from shared_core.spec.operator import REGISTRY, Frame, operator
from shared_core.values import Clip, Curves, Drive, Image, Mask, References, Sound, Track, Window

CALLS: list[str] = []
"""Names of the operators that ran, in order; tests clear it."""

_before = dict(REGISTRY)


class Pasted(NamedTuple):
    """image: the plate with the square. dub: the square alone. matte: the final one."""

    image: Image
    dub: Image
    matte: Mask


@operator("Stub Track", scope="shot", version=1)
def stub_track(
    plate: Clip, *,
    offset: Annotated[float, Knob("Offset", "Moves it.", hard=(-9, 9), unit="px", keyable=True)] = 0.0,
    delay: Annotated[float, Knob("Delay", "Sleeps for each frame.", hard=(0, 9), unit="s")] = 0.0,
) -> Track:
    """Find the square."""
    CALLS.append("stub_track")
    frames = list(plate.frames)
    means = []
    for frame in frames:
        time.sleep(delay)
        means.append(plate.preview(frame).mean() / 255.0)
    count = len(frames)
    landmarks = np.zeros((count, 478, 3), np.float32)
    landmarks[:, :, 0] = plate.display.width / 2
    landmarks[:, :, 1] = plate.display.height / 2
    offsets = [offset.at(f) if hasattr(offset, "at") else offset for f in frames]
    landmarks[:, :, 0] += np.array(offsets, np.float32)[:, None]
    return Track(
        frames=np.array(frames), landmarks=landmarks, raw=landmarks[..., :2].copy(),
        present=np.array(means) > 0.1, confidence=np.ones(count, np.float32),
        occlusion=np.zeros(count, np.float32), quality=np.ones(count, np.float32),
        blendshapes=np.zeros((count, 52), np.float32), pose=np.zeros((count, 4, 4), np.float32),
        size=(plate.display.width, plate.display.height), fps=str(plate.fps),
    )


@operator("Stub Drive", scope="shot", version=1)
def stub_drive(actor: Track, sound: Sound | None = None, curves: Curves | None = None) -> Drive:
    """Give every curve the frame's number, or what was edited."""
    CALLS.append("stub_drive")
    values = np.repeat(actor.frames[:, None], 5, axis=1).astype(np.float32) / 3
    for row, frame in enumerate(actor.frames):
        for column, (_, value) in enumerate(sorted((curves.at(int(frame)) if curves else {}).items())):
            values[row, column] = value
    count = len(actor.frames)
    return Drive(
        frames=actor.frames, landmarks=np.zeros((count, 478, 2), np.float32), present=actor.present,
        curves=values, teeth=np.zeros(count, np.float32),
    )


def _square(track: Track, frame: int) -> Window:
    face = track.at(frame)
    if not face.present:
        return Window(0, 0, 0, 0)
    x, y = int(face.landmarks[0, 0]), int(face.landmarks[0, 1])
    return Window(x - 8, y - 8, 16, 16)


@operator("Stub Face", scope="frame", version=1)
def stub_face(
    plate: Image, track: Track, drive: Drive, frame: Frame, *,
    gain: Annotated[float, Knob("Gain", "Brightness.", hard=(0, 9), keyable=True)] = 2.0,
    delay: Annotated[float, Knob("Delay", "Sleeps.", hard=(0, 9), unit="s")] = 0.0,
) -> Image:
    """Brighten the square."""
    CALLS.append(f"stub_face {frame}")
    time.sleep(delay)
    part = plate.crop(_square(track, frame))
    return Image((part.pixels * np.float32(gain)).astype(np.float32), part.window)


@operator("Stub Mask", scope="frame", version=1)
def stub_mask(
    track: Track, frame: Frame, matte: Mask | None = None, *,
    smoothing: Annotated[int, Knob("Smoothing", "Frames.", hard=(0, 9), unit="frames", reach=True)] = 0,
) -> Mask:
    """Cover the square."""
    window = _square(track, frame)
    near = [track.at(frame + d).present for d in range(-smoothing, smoothing + 1)]
    share = np.float32(sum(near) / len(near))
    mask = Mask(np.full((window.height, window.width), share, np.float32), window)
    if matte is not None:
        alpha = mask.alpha * matte.crop(window).alpha
        return Mask(alpha, window)
    return mask


@operator("Stub Composite", scope="frame", version=1)
def stub_composite(
    plate: Image, face: Image, matte: Mask, track: Track, frame: Frame, *,
    amount: Annotated[float, Knob("Amount", "0 shows the plate.", hard=(0, 1), keyable=True)] = 1.0,
) -> Pasted:
    """Mix the square into the plate."""
    alpha = (matte.alpha * np.float32(amount)).astype(np.float32)
    part = plate.crop(face.window).pixels
    image = part + alpha[..., None] * (face.pixels - part)
    return Pasted(
        Image(image.astype(np.float32), face.window),
        Image((face.pixels * alpha[..., None]).astype(np.float32), face.window), Mask(alpha, face.window),
    )


@operator("Stub References", scope="shot", version=1)
def stub_references(track: Track) -> References:
    """Lend to each frame the frame six further on, and to each third one a take's as well; in a circle."""
    CALLS.append("stub_references")
    count = len(track.frames)
    source = np.stack([np.roll(track.frames, -6), np.full(count, 5)], axis=1)
    weight = np.tile(np.array([[1.0, 0.0]], np.float32), (count, 1))
    weight[::3] = 0.5
    return References(
        frames=track.frames, clip=np.tile(np.array([[0, 1]], np.int8), (count, 1)), source=source,
        weight=weight, landmarks=np.zeros((count, 2, 478, 2), np.float32),
        gain=np.ones((count, 2, 8, 3), np.float32),
    )


@operator("Stub Lend", scope="frame", version=1)
def stub_lend(
    plate: Image, track: Track, references: References, clip: Clip, frame: Frame,
    takes: Clip | None = None, *,
    stray: Annotated[int, Knob("Stray", "Reads so many frames beside what is named.", hard=(-9, 9))] = 0,
) -> Image:
    """Fill the square with what the lenders have there."""
    CALLS.append(f"stub_lend {frame}")
    window = _square(track, frame)
    pixels = np.zeros((window.height, window.width, 3), np.float32)
    for lender in references.at(frame):
        source = takes if lender.clip else clip
        pixels += np.float32(lender.weight) * source.image(lender.frame + stray, window).pixels
    return Image(pixels, window)


STUBS = {name: REGISTRY.pop(name) for name in list(REGISTRY) if name not in _before}
