"""What the native nodes do to pixels, in NumPy, from Foundry's formulas. Imports nothing of the core.

A picture has named float32 channels over its bounding box; outside it is black. Rows run downwards,
as in an EXR; only ST maps know that Nuke's y runs up.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

RGBA = ("rgba.red", "rgba.green", "rgba.blue", "rgba.alpha")
RGB = RGBA[:3]


@dataclass(frozen=True)
class Box:
    """x, y of the upper left pixel, width, height; in pixels of the format, y down."""

    x: int
    y: int
    width: int
    height: int

    def union(self, other: Box) -> Box:
        x, y = min(self.x, other.x), min(self.y, other.y)
        right = max(self.x + self.width, other.x + other.width)
        bottom = max(self.y + self.height, other.y + other.height)
        return Box(x, y, right - x, bottom - y)


@dataclass(frozen=True)
class Picture:
    """channels: (height, width) of `box` each. display: the format's width and height.

    aspect: of its pixels, width / height.
    """

    box: Box
    display: tuple[int, int]
    channels: dict[str, np.ndarray] = field(default_factory=dict)
    aspect: float = 1.0

    def channel(self, name: str, box: Box | None = None) -> np.ndarray:
        """A channel over `box` (its own without), black where the picture has none."""
        box = box or self.box
        out = np.zeros((box.height, box.width), np.float32)
        if name not in self.channels:
            return out
        left, top = max(box.x, self.box.x), max(box.y, self.box.y)
        right = min(box.x + box.width, self.box.x + self.box.width)
        bottom = min(box.y + box.height, self.box.y + self.box.height)
        if right > left and bottom > top:
            out[top - box.y: bottom - box.y, left - box.x: right - box.x] = self.channels[name][
                top - self.box.y: bottom - self.box.y, left - self.box.x: right - self.box.x]
        return out

    def with_channels(self, channels: dict[str, np.ndarray], box: Box | None = None) -> Picture:
        """The picture with some channels replaced, over another box where one is given."""
        box = box or self.box
        kept = {name: self.channel(name, box) for name in self.channels}
        given = {name: np.asarray(values, np.float32) for name, values in channels.items()}
        return Picture(box, self.display, {**kept, **given}, self.aspect)


def names_of(text: str, picture: Picture) -> list[str]:
    """The channels that a channels knob chooses."""
    if text == "all":
        return sorted(set(picture.channels) | set(RGBA))
    if text in ("rgb", "rgba", "alpha"):
        return list({"rgb": RGB, "rgba": RGBA, "alpha": RGBA[3:]}[text])
    return [text] if "." in text else [name for name in picture.channels if name.startswith(f"{text}.")]


def shuffle(picture: Picture, mappings: str) -> Picture:
    """Shuffle: rgba anew from the channels that the mappings name; the others stay."""
    words = mappings.split()[1:]
    made = {}
    for n in range(0, len(words), 6):
        source, target = words[n], words[n + 3]
        full = np.full((picture.box.height, picture.box.width), float(source == "white"), np.float32)
        made[target] = full if source in ("black", "white") else picture.channel(source)
    return picture.with_channels(made)


MERGE = {
    "over": lambda a, b, alpha, beta: a + b * (1 - alpha),
    "copy": lambda a, b, alpha, beta: a,
    "from": lambda a, b, alpha, beta: b - a,
    "minus": lambda a, b, alpha, beta: a - b,
    "plus": lambda a, b, alpha, beta: a + b,
    "multiply": lambda a, b, alpha, beta: np.where((a < 0) & (b < 0), a, a * b),
    "max": lambda a, b, alpha, beta: np.maximum(a, b),
    "min": lambda a, b, alpha, beta: np.minimum(a, b),
    "mask": lambda a, b, alpha, beta: b * alpha,
    "stencil": lambda a, b, alpha, beta: b * (1 - alpha),
}


def merge(b: Picture, a: Picture, operation: str, output: str = "rgba", box: str = "union") -> Picture:
    """Merge: the algorithms of the guide's table, on rgba; b is input 0."""
    over = _box(b, a, box)
    alpha, beta = a.channel("rgba.alpha", over), b.channel("rgba.alpha", over)
    wanted = names_of(output, b)
    made = {n: MERGE[operation](a.channel(n, over), b.channel(n, over), alpha, beta) for n in wanted}
    return b.with_channels(made, over)


def copy(b: Picture, a: Picture, *pairs: tuple[str, str]) -> Picture:
    """Copy: channels of A into B, each as (A's, B's), over both boxes."""
    over = b.box.union(a.box)
    return b.with_channels({target: a.channel(source, over) for source, target in pairs}, over)


def copy_box(b: Picture, a: Picture) -> Picture:
    """CopyBBox: B within the bounding box of A."""
    return b.with_channels({}, a.box)


def halved(picture: Picture) -> Picture:
    """What proxy mode at half the size gives, coarsely: every second pixel."""
    box, (width, height) = picture.box, picture.display
    made = {name: values[::2, ::2] for name, values in picture.channels.items()}
    rows, columns = -(-box.height // 2), -(-box.width // 2)
    small = Box(box.x // 2, box.y // 2, columns, rows)
    return Picture(small, (width // 2, height // 2), made, picture.aspect)


def _box(b: Picture, a: Picture, which: str) -> Box:
    return {"union": b.box.union(a.box), "B": b.box, "A": a.box}[which]


def clamp(picture: Picture, channels: str, low: float = 0.0, high: float = 1.0) -> Picture:
    return picture.with_channels(
        {n: np.clip(picture.channel(n), low, high) for n in names_of(channels, picture)})


def multiply(picture: Picture, channels: str, value: float) -> Picture:
    return picture.with_channels(
        {n: picture.channel(n) * np.float32(value) for n in names_of(channels, picture)})


def grade(picture: Picture, channels: str, *, blackpoint=0.0, whitepoint=1.0, black=0.0, white=1.0,
          multiply=1.0, add=0.0, gamma=1.0, black_clamp=True, white_clamp=False) -> Picture:
    """Grade: A = multiply (gain - lift) / (whitepoint - blackpoint), B = offset + lift - A blackpoint,
    out = (A x + B) ^ (1 / gamma); below 0 the power is left out."""
    slope = multiply * (white - black) / (whitepoint - blackpoint)
    offset = add + black - slope * blackpoint
    made = {}
    for name in names_of(channels, picture):
        out = picture.channel(name) * np.float32(slope) + np.float32(offset)
        if gamma != 1.0:
            out = np.where(out > 0, np.power(np.maximum(out, 0), 1.0 / gamma), out)
        out = np.maximum(out, 0) if black_clamp else out
        made[name] = np.minimum(out, 1) if white_clamp else out
    return picture.with_channels(made)


def saturation(picture: Picture, amount: float) -> Picture:
    """Saturation, mode Rec 709: towards 0.2126 r + 0.7152 g + 0.0722 b."""
    if amount == 1.0:
        return picture
    r, g, b = (picture.channel(name) for name in RGB)
    grey = np.float32(0.2126) * r + np.float32(0.7152) * g + np.float32(0.0722) * b
    return picture.with_channels({n: grey + (picture.channel(n) - grey) * np.float32(amount) for n in RGB})


def dilate(picture: Picture, channels: str, size: float) -> Picture:
    """Erode (fast): the greatest (below 0: the least) of the square of whole pixels around each."""
    reach = int(round(abs(size)))
    if reach == 0:
        return picture
    box = Box(picture.box.x - reach, picture.box.y - reach, picture.box.width + 2 * reach,
              picture.box.height + 2 * reach) if size > 0 else picture.box
    pick = np.maximum if size > 0 else np.minimum
    made = {}
    for name in names_of(channels, picture):
        values = picture.channel(name, box)
        for axis in (0, 1):
            padded = np.pad(values, [(reach, reach) if one == axis else (0, 0) for one in (0, 1)])
            length = values.shape[axis]
            shifted = [np.take(padded, range(n, n + length), axis) for n in range(2 * reach + 1)]
            values = pick.reduce(shifted)
        made[name] = values
    return picture.with_channels(made, box)


def blur(picture: Picture, channels: str, size: float) -> Picture:
    """Blur, gaussian: here with a sigma of size / 2.5. How Nuke relates the two is not documented: no
    test may depend on it beyond mass, symmetry, and that 0 leaves all as it is."""
    if size <= 0:
        return picture
    sigma, reach = size / 2.5, int(np.ceil(size * 1.5))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    box = Box(picture.box.x - reach, picture.box.y - reach, picture.box.width + 2 * reach,
              picture.box.height + 2 * reach)
    made = {}
    for name in names_of(channels, picture):
        values = picture.channel(name, box)
        for axis in (0, 1):
            values = np.apply_along_axis(lambda row: np.convolve(row, weights, "same"), axis, values)
        made[name] = values
    return picture.with_channels(made, box)


def st_map(picture: Picture, uv: Picture, channels: str) -> Picture:
    """STMap: each pixel shows the source at (u width, v height), origin bottom left, centres at +.5.

    Between pixels bilinear; Nuke's filters agree with that on centres, and half-way by symmetry.
    """
    width, height = picture.display
    x = uv.channel("rgba.red").astype(np.float64) * width - 0.5 - picture.box.x
    y = (1.0 - uv.channel("rgba.green").astype(np.float64)) * height - 0.5 - picture.box.y
    left, top = np.floor(x + 1e-4).astype(int), np.floor(y + 1e-4).astype(int)
    across, down = np.clip(x - left, 0, 1), np.clip(y - top, 0, 1)
    across[across < 2e-3], down[down < 2e-3] = 0, 0
    made = {}
    for name in names_of(channels, picture):
        values = np.pad(picture.channel(name), 1)
        total = np.zeros(uv.channel("rgba.red").shape)
        for dy, wy in ((0, 1 - down), (1, down)):
            for dx, wx in ((0, 1 - across), (1, across)):
                rows = np.clip(top + dy + 1, 0, values.shape[0] - 1)
                columns = np.clip(left + dx + 1, 0, values.shape[1] - 1)
                total += wy * wx * values[rows, columns]
        made[name] = total
    shown = {n: np.asarray(v, np.float32) for n, v in made.items()}
    return Picture(uv.box, picture.display, shown, picture.aspect)
