"""A decoded movie frame to R'G'B': the matrix and the range that the movie says, or that are guessed.

Convention: 8-bit movies give uint8, all others float32 with 1.0 at the format's white; the values
of the latter may leave 0 to 1 (a limited range has room above white). Alpha, where the movie has
one, is the fourth channel and goes from 0 to 1 over its full range.
Reference: ITU-R BT.601-7, BT.709-6, BT.2020-2, for the luma weights and the ranges.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from shared_core.spec.errors import MediaError

# libav's codes for a matrix (AVCOL_SPC): what to hand to the converter, and the luma weights.
_MATRICES = {
    1: (Colorspace.ITU709, "BT.709", (0.2126, 0.0722)),
    5: (Colorspace.ITU601, "BT.601", (0.299, 0.114)),
    6: (Colorspace.ITU601, "BT.601", (0.299, 0.114)),
    4: (Colorspace.FCC, "FCC", (0.30, 0.11)),
    7: (Colorspace.SMPTE240M, "SMPTE 240M", (0.212, 0.087)),
    9: (Colorspace.BT2020, "BT.2020", (0.2627, 0.0593)),
}
_RGB_MATRIX, _UNSPECIFIED = 0, 2
# Without the last two flags the converter repeats chroma and rounds down: 1 to 2 codes too dark.
_EXACT = (
    Interpolation.BICUBIC | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INP | Interpolation.FULL_CHR_H_INT
)
_TRANSFERS = {16: "PQ (SMPTE ST 2084)", 18: "HLG (ARIB STD-B67)"}


@dataclass(frozen=True)
class Encoding:
    """How a movie's values become R'G'B'. notes: what was guessed, or needs a person's eye."""

    matrix: int
    full_range: bool
    bits: int
    alpha: bool
    rgb: bool
    notes: tuple[str, ...]


def encoding_of(frame: av.VideoFrame) -> Encoding:
    """Read the encoding off a decoded frame; MediaError for a matrix that is not known here."""
    components = frame.format.components
    name = frame.format.name
    rgb = frame.format.is_rgb or name.startswith(("gray", "pal8", "mono"))
    notes = []
    matrix = int(frame.colorspace)
    if rgb:
        matrix = 1
    elif matrix in (_UNSPECIFIED, _RGB_MATRIX):
        matrix = 1 if frame.height >= 720 or frame.width > 1024 else 5
        notes.append(f"the movie names no matrix: {_MATRICES[matrix][1]} is taken, by its size")
    elif matrix not in _MATRICES:
        raise MediaError(
            f"the movie's matrix (libav code {matrix}) is not one of BT.601, BT.709, BT.2020, FCC or "
            "SMPTE 240M; convert it to an EXR sequence"
        )
    full_range = int(frame.color_range) == 2 or name.startswith("yuvj") or rgb
    if not rgb and int(frame.color_range) not in (1, 2) and not name.startswith("yuvj"):
        notes.append("the movie names no range: limited is taken")
    if int(frame.color_trc) in _TRANSFERS:
        transfer = _TRANSFERS[int(frame.color_trc)]
        notes.append(f"the movie's transfer is {transfer}: write its `colourspace` into the shot")
    if frame.interlaced_frame:
        notes.append("the movie is interlaced; its fields are kept as they are woven")
    bits = max(component.bits for component in components)
    alpha = any(component.is_alpha for component in components)
    return Encoding(matrix, full_range, bits, alpha, rgb, tuple(notes))


def to_rgb(frame: av.VideoFrame, encoding: Encoding) -> np.ndarray:
    """The frame's R'G'B' (height, width, 3 or 4), upright by its rotation; see the Convention."""
    if encoding.bits <= 8:
        pixels = _convert(frame, "rgba" if encoding.alpha else "rgb24", encoding)
    elif encoding.rgb:
        pixels = _deep_rgb(frame, encoding)
    else:
        pixels = _deep_yuv(frame, encoding)
    turns = quarter_turns(frame)
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels


def quarter_turns(frame: av.VideoFrame) -> int:
    """Quarter turns against the clock that set the frame upright, 0 to 3.

    Raises MediaError for a rotation that is not a multiple of 90 degrees.
    """
    degrees = frame.rotation
    if degrees % 90:
        raise MediaError(f"the movie is rotated by {degrees} degrees; expected a multiple of 90: convert it")
    return (degrees // 90) % 4


def _convert(frame: av.VideoFrame, target: str, encoding: Encoding) -> np.ndarray:
    matrix = _MATRICES[encoding.matrix][0]
    source_range = ColorRange.JPEG if encoding.full_range else ColorRange.MPEG
    converted = frame.reformat(
        format=target, src_colorspace=matrix, dst_colorspace=matrix, threads=1,
        src_color_range=source_range, dst_color_range=ColorRange.JPEG, interpolation=_EXACT,
    )
    return converted.to_ndarray()


def _deep_rgb(frame: av.VideoFrame, encoding: Encoding) -> np.ndarray:
    if frame.format.name.endswith(("f32le", "f32be")):
        target, white = ("gbrapf32le" if encoding.alpha else "gbrpf32le"), 1.0
    else:
        # The converter repeats bits to widen RGB: white is 65535. (It shifts YUV: see below.)
        target, white = ("rgba64le" if encoding.alpha else "rgb48le"), 65535.0
    pixels = _convert(frame, target, encoding).astype(np.float32)
    return pixels / np.float32(white)


def _deep_yuv(frame: av.VideoFrame, encoding: Encoding) -> np.ndarray:
    """YUV of 9 to 16 bits: chroma to full size by the converter, the matrix in float, no clip."""
    keep = ColorRange.JPEG if encoding.full_range else ColorRange.MPEG
    wide = frame.reformat(
        format="yuva444p16le" if encoding.alpha else "yuv444p16le", threads=1,
        src_color_range=keep, dst_color_range=keep, interpolation=_EXACT,
    )
    planes = [_plane16(plane, wide.width, wide.height) for plane in wide.planes]
    red_weight, blue_weight = _MATRICES[encoding.matrix][2]
    if encoding.full_range:
        white = np.float32((2**encoding.bits - 1) << (16 - encoding.bits))
        luma, half_blue, half_red = planes[0] / white, planes[1] - 32768.0, planes[2] - 32768.0
        half_blue, half_red = half_blue / white, half_red / white
    else:
        luma = (planes[0] - np.float32(16 << 8)) / np.float32(219 << 8)
        half_blue = (planes[1] - np.float32(32768)) / np.float32(224 << 8)
        half_red = (planes[2] - np.float32(32768)) / np.float32(224 << 8)
    red = luma + np.float32(2 * (1 - red_weight)) * half_red
    blue = luma + np.float32(2 * (1 - blue_weight)) * half_blue
    green_weight = np.float32(1 - red_weight - blue_weight)
    green = (luma - np.float32(red_weight) * red - np.float32(blue_weight) * blue) / green_weight
    channels = [red, green, blue]
    if encoding.alpha:
        channels.append(planes[3] / np.float32((2**encoding.bits - 1) << (16 - encoding.bits)))
    return np.stack(channels, axis=-1).astype(np.float32, copy=False)


def _plane16(plane: av.video.plane.VideoPlane, width: int, height: int) -> np.ndarray:
    rows = np.frombuffer(plane, "<u2").reshape(-1, plane.line_size // 2)
    return rows[:height, :width].astype(np.float32)
