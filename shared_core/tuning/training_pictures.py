"""What a training looks like while it runs: curves of its losses, and sheets of what the network makes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from ..faces.face_crop import MIDDLE, MOUTH_PX, SIZE
from ..media.atomic import atomic_path
from ..spec.errors import BadInput

COLUMNS = ("source with hole", "warped", "made", "truth")
TILE_PX = 208
"""How high each picture and each zoomed mouth is on a sheet."""
_MOUTH = (128, 160)
"""Height and width of what is zoomed, px of a crop of SIZE: the mouth image I_M."""
_BACKGROUND, _INK, _DIM = (24, 24, 26), (238, 238, 238), (150, 150, 156)
_GAP, _HEAD = 4, 30
_LINE, _MEAN, _MARK = "#9ecae1", "#0072b2", "#999999"
_MEAN_OVER = 50
_PLOTS_BESIDE = 3


def draw_losses(
    history: Sequence[Mapping[str, float | Sequence[float]]], path: Path | str, *,
    clips: Sequence[str] = (), stages: Sequence[int] = (), title: str = "",
) -> None:
    """Write the curves of each loss and of the held-out PSNR over steps, as a PNG, whole or not at all.

    history: one entry a step: "step", every loss by its name and, now and then, "held_out": dB, one number or
    one a clip. An entry may lack any but the step. clips: names of the held-out clips. stages: steps at which
    the training changed its size. Raises BadInput where there is nothing to draw, DiskError.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = sorted({name for entry in history for name in entry} - {"step", "held_out"})
    judged = any("held_out" in entry for entry in history)
    if not names and not judged:
        raise BadInput(f"{path}: there is no loss to draw yet; train a step first")
    count = len(names) + judged
    across = min(count, _PLOTS_BESIDE)
    down = -(-count // across)
    figure = Figure(figsize=(5 * across, 3.2 * down), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, x=0.01, ha="left")
    plots = list(figure.subplots(down, across, squeeze=False).flat)
    for plot, name in zip(plots, names, strict=False):
        _draw_loss(plot, *_series(history, name), name)
    if judged:
        _draw_held_out(plots[len(names)], *_series(history, "held_out"), clips)
    for plot in plots[:count]:
        for step in stages:
            plot.axvline(step, color=_MARK, linestyle=":", linewidth=1.2)
        plot.set_xlabel("step")
        plot.grid(alpha=0.25)
    for plot in plots[count:]:
        plot.set_axis_off()
    buffer = io.BytesIO()
    # No version in the file: the same numbers give the same bytes.
    figure.savefig(buffer, format="png", metadata={"Software": None})
    _write(buffer.getvalue(), path)


def running_mean(values: np.ndarray, over: int) -> np.ndarray:
    """The mean of each value of (T,) and the up to `over` - 1 before it; gaps (NaN) are passed over."""
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    first = np.maximum(np.arange(len(values)) - over + 1, 0)
    with np.errstate(invalid="ignore"):
        return (sums[1:] - sums[first]) / (counts[1:] - counts[first])


def sample_sheet(
    rows: Sequence[tuple[str, Sequence[np.ndarray]]], path: Path | str, *, columns: Sequence[str] = COLUMNS,
    title: str = "",
) -> None:
    """Write a sheet of samples, each a row of pictures and of the mouths in them, zoomed; PNG or JPEG.

    rows: a caption, and uint8 (H, W, 3) crops (see faces.face_crop), as many as `columns`, all of one size.
    The first column is not zoomed: it has no mouth. Written whole or not at all. Raises BadInput for
    pictures of another kind, DiskError.
    """
    if not rows:
        raise BadInput(f"{path}: there is no sample to show")
    for caption, pictures in rows:
        shapes = {picture.shape for picture in pictures}
        if len(pictures) != len(columns) or len(shapes) != 1 or pictures[0].dtype != np.uint8:
            raise BadInput(
                f"{path}: {caption!r} has {len(pictures)} pictures of {sorted(shapes)}, {pictures[0].dtype};"
                f" expected {len(columns)} of one size, uint8")
    lines = [_captioned(_row_of(pictures), caption) for caption, pictures in rows]
    head = _head_of(lines[0].shape[1], rows[0][1], columns, title)
    sheet = np.vstack([part for line in [head, *lines] for part in (line, _blank(line.shape[1], _GAP))])
    options = [cv2.IMWRITE_JPEG_QUALITY, 90] if Path(path).suffix in (".jpg", ".jpeg") else []
    done, data = cv2.imencode(Path(path).suffix or ".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise BadInput(f"{path}: a sheet of {sheet.shape} could not be encoded; expected .png or .jpg")
    _write(data.tobytes(), path)


def mouth_of(picture: np.ndarray) -> np.ndarray:
    """The mouth of a crop (H, W, 3) of any size: its 128 x 160 px of a crop of SIZE, around the mouth."""
    factor = picture.shape[0] / SIZE[0]
    height, width = (round(side * factor) for side in _MOUTH)
    middle = np.array(SIZE) / 2 - np.array(MIDDLE[::-1]) * MOUTH_PX
    top, left = (round(at * factor - side / 2) for at, side in zip(middle, (height, width), strict=True))
    return picture[top : top + height, left : left + width]


def _series(history: Sequence[Mapping], name: str) -> tuple[np.ndarray, list]:
    """Steps and values of the entries that have `name`."""
    chosen = [entry for entry in history if name in entry]
    return np.array([entry["step"] for entry in chosen], float), [entry[name] for entry in chosen]


def _draw_loss(plot, steps: np.ndarray, values: list, name: str) -> None:
    values = np.array(values, float)
    plot.plot(steps, values, color=_LINE, linewidth=0.7)
    plot.plot(steps, running_mean(values, _MEAN_OVER), color=_MEAN, linewidth=1.8)
    plot.set_title(f"{name}, and its mean of {_MEAN_OVER} steps", fontsize=10)
    if (values[np.isfinite(values)] > 0).all() and np.isfinite(values).any():
        plot.set_yscale("log")


def _draw_held_out(plot, steps: np.ndarray, values: list, clips: Sequence[str]) -> None:
    table = np.array([np.atleast_1d(np.asarray(value, float)) for value in values])
    if table.shape[1] > 1:
        for column, name in enumerate(clips or [""] * table.shape[1]):
            plot.plot(steps, table[:, column], linewidth=0.9, marker=".", markersize=3, label=name or None)
        if clips:
            plot.legend(fontsize=6, ncols=2)
    plot.plot(steps, table.mean(axis=1), color="black", linewidth=2.0, marker="o", markersize=3)
    plot.set_title("held-out PSNR in the hole, dB" + ("; black: the mean" if table.shape[1] > 1 else ""),
                   fontsize=10)


def _row_of(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Whole pictures, then the mouths of all but the first, side by side."""
    tiles = [_high(picture) for picture in pictures] + [_high(mouth_of(picture)) for picture in pictures[1:]]
    gap = _blank(_GAP, TILE_PX)
    return np.hstack([part for tile in tiles for part in (tile, gap)])


def _head_of(width: int, pictures: Sequence[np.ndarray], columns: Sequence[str], title: str) -> np.ndarray:
    """The sheet's title, and a name over each column."""
    head = _blank(width, (_HEAD if title else 0) + _HEAD)
    _write_text(head, title, 6, 4, 16, _INK)
    x = 0
    names = [*columns, *(f"{name}, mouth" for name in columns[1:])]
    shown = [*pictures, *map(mouth_of, pictures[1:])]
    for name, picture in zip(names, shown, strict=True):
        _write_text(head, name, x + 6, head.shape[0] - _HEAD + 6, 13, _DIM)
        x += _high(picture).shape[1] + _GAP
    return head


def _high(picture: np.ndarray) -> np.ndarray:
    """The picture at TILE_PX."""
    factor = TILE_PX / picture.shape[0]
    size = (round(picture.shape[1] * factor), TILE_PX)
    if size == picture.shape[1::-1]:
        return picture
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)


def _captioned(row: np.ndarray, caption: str) -> np.ndarray:
    strip = _blank(row.shape[1], 20)
    _write_text(strip, caption, 6, 2, 13, _INK)
    return np.vstack([strip, row])


def _blank(width: int, height: int) -> np.ndarray:
    return np.tile(np.array(_BACKGROUND, np.uint8), (height, width, 1))


def _write_text(
    picture: np.ndarray, text: str, x: int, y: int, size: int, ink: tuple[int, int, int]
) -> None:
    from PIL import Image, ImageDraw

    canvas = Image.fromarray(picture)
    ImageDraw.Draw(canvas).text((x, y), text, fill=ink, font=_font(size))
    picture[:] = np.asarray(canvas)


@cache
def _font(size: int):
    """DejaVu Sans, which matplotlib carries: the same letters on every machine."""
    import matplotlib
    from PIL import ImageFont

    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"), size)


def _write(data: bytes, path: Path | str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)
