"""Pictures with words on them: labels, tiles, grids. All uint8 sRGB (height, width, 3)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np

BACKGROUND, INK, DIM = (24, 24, 26), (238, 238, 238), (150, 150, 156)
GAP = 4


@cache
def _font(size: int):
    """DejaVu Sans, which matplotlib carries: the same letters on every machine."""
    import matplotlib
    from PIL import ImageFont

    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"), size)


def text_size(text: str, size: int) -> tuple[int, int]:
    """Width and height of a line, in px."""
    left, _, right, _ = _font(size).getbbox(text)
    ascent, descent = _font(size).getmetrics()
    return int(right - min(left, 0)), ascent + descent


def write_text(
    picture: np.ndarray, text: str, x: int, y: int, size: int = 16,
    ink: tuple[int, int, int] = INK, shade: bool = False,
) -> None:
    """Write `text` into `picture` with its top left corner at (x, y); shade: on a dark box."""
    from PIL import Image, ImageDraw

    width, height = text_size(text, size)
    pad = size // 3 if shade else 0
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(picture.shape[1], x + width + 2 * pad), min(picture.shape[0], y + height + pad)
    if x1 <= x0 or y1 <= y0:
        return
    part = picture[y0:y1, x0:x1]
    if shade:
        part[:] = (part * 0.3).astype(np.uint8)
    canvas = Image.fromarray(part)
    ImageDraw.Draw(canvas).text((x + pad - x0, y + pad // 2 - y0), text, fill=ink, font=_font(size))
    part[:] = np.asarray(canvas)


def blank(width: int, height: int) -> np.ndarray:
    """The background alone."""
    # Filling a whole picture with a triple takes 70 times as long as repeating one row of it.
    row = np.full((1, width, 3), BACKGROUND, np.uint8)
    return np.repeat(row, height, axis=0)


def fitted(picture: np.ndarray, width: int, height: int, pixel_aspect: float = 1.0) -> np.ndarray:
    """Scale into a box, keeping the shape that a screen shows, on the background's colour.

    May be `picture` itself where that fits already.
    """
    rows, columns = picture.shape[:2]
    scale = min(width / (columns * pixel_aspect), height / rows)
    size = (max(1, round(columns * pixel_aspect * scale)), max(1, round(rows * scale)))
    small = picture
    if size != (columns, rows):
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    if size == (width, height):
        return small
    result = blank(width, height)
    x, y = (width - size[0]) // 2, (height - size[1]) // 2
    result[y : y + size[1], x : x + size[0]] = small
    return result


def zoomed(picture: np.ndarray, centre: Sequence[float], span: float, size: int) -> np.ndarray:
    """A square of `span` px around `centre` (x, y), at size x size px; edge pixels repeat outside."""
    scale = size / span
    if scale < 1:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.5 / scale)
    # Pixel centres: (i + .5) / scale + corner, then to OpenCV's whole numbers.
    corner = np.asarray(centre, float) - span / 2
    start = corner + 0.5 / scale - 0.5
    warp = np.array([[1 / scale, 0, start[0]], [0, 1 / scale, start[1]]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, warp, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def captioned(tile: np.ndarray, text: str, size: int = 15) -> np.ndarray:
    """A copy of a tile with a line at its lower left."""
    tile = tile.copy()
    write_text(tile, text, 4, tile.shape[0] - text_size(text, size)[1] - size // 3 - 3, size, shade=True)
    return tile


def grid(
    title: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[np.ndarray]]]
) -> np.ndarray:
    """A sheet: a title, a name over each column and before each row, tiles in between.

    rows: (name, tiles), all as many as `columns`; the tiles of one row are of one height, of one
    column of one width.
    """
    widths = [max(tiles[index].shape[1] for _, tiles in rows) for index in range(len(columns))]
    heights = [max(tile.shape[0] for tile in tiles) for _, tiles in rows]
    margin = max(text_size(name, 18)[0] for name, _ in rows) + 20
    head = 72
    across, down = sum(widths) + GAP * (len(widths) + 1), sum(heights) + GAP * (len(heights) + 1)
    sheet = blank(margin + across, head + down)
    write_text(sheet, title, 12, 8, 20)
    x = margin + GAP
    for name, width in zip(columns, widths, strict=True):
        write_text(sheet, name, x + max(0, (width - text_size(name, 16)[0]) // 2), 44, 16, DIM)
        x += width + GAP
    y = head
    for (name, tiles), height in zip(rows, heights, strict=True):
        write_text(sheet, name, 10, y + height // 2 - 10, 18)
        x = margin + GAP
        for tile, width in zip(tiles, widths, strict=True):
            sheet[y : y + tile.shape[0], x : x + tile.shape[1]] = tile
            x += width + GAP
        y += height + GAP
    return sheet


def stacked(sheets: Sequence[np.ndarray]) -> np.ndarray:
    """Sheets below each other, left aligned."""
    width = max(sheet.shape[1] for sheet in sheets)
    result = blank(width, sum(sheet.shape[0] for sheet in sheets))
    y = 0
    for sheet in sheets:
        result[y : y + sheet.shape[0], : sheet.shape[1]] = sheet
        y += sheet.shape[0]
    return result


def encoded(picture: np.ndarray, suffix: str = ".png", quality: int = 88) -> bytes:
    """The picture as the bytes of a PNG or JPEG file."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if suffix == ".jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 3]
    done, data = cv2.imencode(suffix, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise ValueError(f"{suffix} of {picture.shape} could not be encoded")
    return data.tobytes()
