"""A half-written EXR never counts, and a header is read as it stands."""

from __future__ import annotations

import itertools

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

from shared_core.media.exr_header import is_whole, read_header, read_parts
from shared_core.spec.errors import CorruptMedia, MediaError

LAYOUTS = {"scanline": {}, "tiled": {"tile": 32}}


@pytest.mark.parametrize(
    "compression", ["none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab"]
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_complete_file_is_whole_and_any_cut_is_not(layout, compression, tmp_path, write_picture):
    pixels = np.random.default_rng(0).random((90, 70, 4)).astype(np.float16)
    path = write_picture(tmp_path / "a.exr", pixels, compression=compression, **LAYOUTS[layout])
    assert is_whole(path)
    data = path.read_bytes()
    cut = tmp_path / "cut.exr"
    for length in (0, 3, 8, 200, len(data) // 3, len(data) // 2, len(data) - 1):
        cut.write_bytes(data[:length])
        assert not is_whole(cut), length


def test_a_file_whose_table_was_never_filled_is_not_whole(tmp_path, write_picture):
    path = write_picture(tmp_path / "a.exr", np.zeros((64, 64, 3), np.float16), compression="zip")
    data = bytearray(path.read_bytes())
    # 64 rows in blocks of 16: the first of 4 offsets points right behind the table.
    first = next(
        position
        for position in range(len(data) - 8)
        if int.from_bytes(data[position : position + 8], "little") == position + 8 * 4
    )
    data[first + 8 : first + 16] = bytes(8)
    path.write_bytes(data)
    assert not is_whole(path)


def test_mipmaps_and_parts_are_counted(tmp_path):
    specs = [oiio.ImageSpec(50, 40, 3, "half") for _ in range(3)]
    path = str(tmp_path / "parts.exr")
    out = oiio.ImageOutput.create(path)
    for number, spec in enumerate(specs):
        spec.attribute("oiio:subimagename", f"part{number}")
    assert out.open(path, tuple(specs))
    for number, spec in enumerate(specs):
        assert number == 0 or out.open(path, spec, "AppendSubimage")
        out.write_image(np.ones((40, 50, 3), np.float16))
    out.close()
    assert is_whole(path) and len(read_parts(tmp_path / "parts.exr")) == 3
    texture = tmp_path / "mip.exr"
    source = oiio.ImageBuf(oiio.ImageSpec(100, 60, 3, "half"))
    assert oiio.ImageBufAlgo.make_texture(oiio.MakeTxTexture, source, str(texture))
    assert is_whole(texture)
    for path in (tmp_path / "parts.exr", texture):
        path.write_bytes(path.read_bytes()[:-1])
        assert not is_whole(path)


def test_what_is_no_exr_is_not_whole(tmp_path):
    (tmp_path / "a.exr").write_bytes(b"x" * 1000)
    assert not is_whole(tmp_path / "a.exr") and not is_whole(tmp_path / "none.exr") and not is_whole(tmp_path)


def test_the_header_is_read_as_python_values(tmp_path, write_picture):
    path = write_picture(
        tmp_path / "ä.exr",
        np.zeros((4, 6, 3), np.float16),
        x=-2,
        y=1,
        full=(0, 0, 8, 9),
        **{"dub:frame_key": "abc é", "answer": 42, "PixelAspectRatio": 2.0},
    )
    header = read_header(path)
    assert header["dub:frame_key"] == "abc é" and header["answer"] == 42 and header["pixelAspectRatio"] == 2.0
    assert header["dataWindow"] == (-2, 1, 3, 4) and header["displayWindow"] == (0, 0, 7, 8)


@pytest.mark.parametrize("length", [0, 5, 30, 120])
def test_a_header_that_is_cut_off_is_damaged(length, tmp_path, write_picture):
    path = write_picture(tmp_path / "a.exr", np.zeros((4, 6, 3), np.float16))
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(CorruptMedia, match="render or copy it again"):
        read_header(path)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(MediaError, match="cannot be read"):
        read_header(tmp_path / "none.exr")


def test_no_flipped_byte_of_the_header_breaks_the_check(tmp_path, write_picture):
    path = write_picture(tmp_path / "a.exr", np.zeros((40, 6, 3), np.float16))
    data = path.read_bytes()
    broken = tmp_path / "b.exr"
    for position, flip in itertools.product(range(0, 400, 3), (0x01, 0x80, 0xFF)):
        changed = bytearray(data)
        changed[position] ^= flip
        broken.write_bytes(changed)
        is_whole(broken)  # any answer will do; an exception will not
