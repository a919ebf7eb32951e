"""Outside the matte the plate's bits stand, whatever they are; inside it, the dub."""

from __future__ import annotations

import errno
import os
from types import SimpleNamespace

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

from shared_core.media import open_clip
from shared_core.media.exr_header import is_whole, read_header, read_parts
from shared_core.media.exr_write import write_dub_frame
from shared_core.media.native_read import _read_planes
from shared_core.spec.errors import ColourError, DiskError, MediaError
from shared_core.values import Flow, Image, Mask, Window

FACE = Window(6, 5, 8, 6)
BITS = {"float16": np.uint16, "float32": np.uint32, "uint32": np.uint32}


def every_bit(kind, height=20, width=30, seed=0):
    """Random bit patterns, and the awkward values one by one: NaN of both kinds, inf, -0.0, 60, -0.1."""
    bits = np.random.default_rng(seed).integers(
        0, np.iinfo(BITS[kind]).max, (height, width), BITS[kind], endpoint=True
    )
    plane = bits.view(kind)
    if kind != "uint32":
        with np.errstate(invalid="ignore"):
            plane[0, :7] = [np.nan, np.inf, -np.inf, -0.0, 60.0, -0.1, np.finfo(kind).smallest_subnormal]
        plane.view(BITS[kind])[1, 0] = 0x7C01 if kind == "float16" else 0x7F800001  # a signalling NaN
    return plane


def plane_bits(path):
    """Each channel of an EXR as its type's name and raw bits."""
    part = read_parts(path)[0]
    planes = _read_planes(path, part, 0)
    return {name: (plane.dtype.name, plane.view(BITS[plane.dtype.name])) for name, plane in planes.items()}


def face(value=2.0, window=FACE, alpha=0.5, hole=(3, 5)):
    """A dubbed crop and a matte that is 0 along its border and in a hole within."""
    pixels = np.full((window.height, window.width, 3), value, np.float32)
    matte = np.zeros((window.height, window.width), np.float32)
    matte[1:-1, 1:-1] = alpha
    if hole:
        matte[hole] = 0
    return Image(pixels, window), Mask(matte, window)


@pytest.fixture
def mixed_plate(tmp_path, colour):
    """A plate of half RGBA, a float depth, a 32-bit integer Cryptomatte and a half AOV, all bits random."""
    from shared_core.media.exr_encode import encode_exr, required_attributes, text_attribute
    from shared_core.media.native import HeaderAttribute

    planes = {name: every_bit("float16", seed=i) for i, name in enumerate("RGBA")}
    planes |= {"depth.Z": every_bit("float32", seed=9), "diffuse.R": every_bit("float16", seed=10)}
    planes |= {f"CryptoAsset00.{name}": every_bit("uint32", seed=20 + i) for i, name in enumerate("RG")}
    display = Window(0, 0, 24, 16)
    attributes = [
        *required_attributes(display, 2.0),
        text_attribute("cryptomatte/abc/name", "CryptoAsset"),
        text_attribute("ümläut", "größe"),
        HeaderAttribute("studioThing", "studioOpaque", bytes(range(40))),
        HeaderAttribute("timeCode", "timecode", bytes([1, 2, 3, 4, 0, 0, 0, 0])),
        HeaderAttribute(
            "framesPerSecond", "rational", (24000).to_bytes(4, "little") + (1001).to_bytes(4, "little")
        ),
    ]
    path = tmp_path / "plates ü" / "plate.1001.exr"
    path.parent.mkdir()
    encode_exr(path, planes, Window(-3, -2, 30, 20), attributes, "zip")
    return path


def read(path, colour, **settings):
    clip = open_clip(path, colour=colour, **settings)
    return clip, clip.native(clip.frames[0])


def test_openimageio_reads_what_was_written_bit_by_bit(mixed_plate):
    bits = plane_bits(mixed_plate)
    assert bits["R"][0] == "float16" and np.array_equal(
        bits["R"][1], every_bit("float16", seed=0).view(np.uint16)
    )
    assert bits["depth.Z"][0] == "float32"
    assert np.array_equal(bits["depth.Z"][1], every_bit("float32", seed=9).view(np.uint32))
    assert bits["CryptoAsset00.G"][0] == "uint32"
    assert np.array_equal(bits["CryptoAsset00.G"][1], every_bit("uint32", seed=21))


@pytest.mark.parametrize("compression", ["zip", "zips", "none", "keep"])
def test_outside_the_matte_every_channel_is_bit_identical(compression, mixed_plate, tmp_path, colour):
    _, native = read(mixed_plate, colour)
    dubbed, matte = face()
    out = tmp_path / "out.exr"
    write_dub_frame(
        out, native, dubbed, matte, colour=colour, passes={"dub": dubbed}, compression=compression
    )
    before, after = plane_bits(mixed_plate), plane_bits(out)
    alpha = after["dub.alpha"][1].view(np.float16)
    touched = alpha != 0
    assert touched.sum() == (FACE.height - 2) * (FACE.width - 2) - 1
    for name, (kind, bits) in before.items():
        assert after[name][0] == kind
        stands = ~touched if name in "RGB" else np.ones_like(touched)
        assert np.array_equal(after[name][1][stands], bits[stands]), name
    assert (after["R"][1].view(np.float16)[touched] == 2.0).all()


@pytest.mark.parametrize("kind", ["float16", "float32"])
def test_plates_of_half_and_of_float_keep_their_own_type(kind, tmp_path, write_picture, colour):
    planes = np.dstack([every_bit(kind, seed=i) for i in range(3)])
    _, native = read(write_picture(tmp_path / "p.exr", planes, compression="zip"), colour)
    dubbed, matte = face(value=0.3)
    write_dub_frame(tmp_path / "o.exr", native, dubbed, matte, colour=colour, passes={"dub": dubbed})
    after = plane_bits(tmp_path / "o.exr")
    touched = after["dub.alpha"][1].view(np.float16) != 0
    assert after["G"][0] == kind
    assert np.array_equal(after["G"][1][~touched], planes[..., 1].view(BITS[kind])[~touched])
    assert (after["G"][1].view(kind)[touched] == np.dtype(kind).type(0.3)).all()


def test_the_header_is_copied_attribute_by_attribute(mixed_plate, tmp_path, colour):
    _, native = read(mixed_plate, colour)
    dubbed, matte = face()
    out = tmp_path / "out.exr"
    write_dub_frame(out, native, dubbed, matte, colour=colour, header={"dub:frame_key": "abc"})
    before, after = read_parts(mixed_plate)[0].attributes, read_parts(out)[0].attributes
    for name in set(before) - {"channels"}:
        assert after[name] == before[name], name
    assert read_header(out)["dub:frame_key"] == "abc" and "ACEScg" in read_header(out)["dub:ocio"]
    source = oiio.ImageInput.open(str(out))
    spec = source.spec()
    source.close()
    assert (spec.x, spec.y, spec.width, spec.height) == (-3, -2, 30, 20)
    assert (spec.full_x, spec.full_y, spec.full_width, spec.full_height) == (0, 0, 24, 16)
    assert spec.get_float_attribute("PixelAspectRatio") == 2.0


def test_an_empty_matte_passes_the_plate_through(mixed_plate, tmp_path, colour):
    _, native = read(mixed_plate, colour)
    write_dub_frame(tmp_path / "o.exr", native, None, Mask.empty(), colour=colour)
    before, after = plane_bits(mixed_plate), plane_bits(tmp_path / "o.exr")
    assert before.keys() == after.keys()
    assert all(np.array_equal(after[name][1], before[name][1]) for name in before)


def test_a_matte_too_small_for_half_is_zero(mixed_plate, tmp_path, colour):
    _, native = read(mixed_plate, colour)
    dubbed, matte = face(alpha=1e-9)
    write_dub_frame(tmp_path / "o.exr", native, dubbed, matte, colour=colour, passes={"dub": dubbed})
    before, after = plane_bits(mixed_plate), plane_bits(tmp_path / "o.exr")
    assert np.array_equal(after["R"][1], before["R"][1]) and not after["dub.alpha"][1].any()
    assert not after["dub.red"][1].any()


def test_the_matte_may_reach_over_the_data_windows_edge(mixed_plate, tmp_path, colour):
    _, native = read(mixed_plate, colour)
    dubbed, matte = face(window=Window(20, 10, 40, 40), hole=None)
    write_dub_frame(tmp_path / "o.exr", native, dubbed, matte, colour=colour)
    assert (plane_bits(tmp_path / "o.exr")["B"][1].view(np.float16)[13:, 24:] == 2.0).all()


def test_a_dub_that_does_not_cover_its_matte_is_refused(mixed_plate, tmp_path, colour):
    _, native = read(mixed_plate, colour)
    dubbed, matte = face()
    with pytest.raises(ValueError, match="but the dubbed image covers"):
        write_dub_frame(tmp_path / "o.exr", native, dubbed.crop(Window(7, 6, 2, 2)), matte, colour=colour)
    assert os.listdir(tmp_path) == ["plates ü"]


@pytest.mark.parametrize("compression", ["dwaa", "b44", "pxr24"])
def test_lossy_compression_becomes_zip_and_that_is_said(compression, tmp_path, write_picture, colour):
    plate = write_picture(
        tmp_path / "p.exr",
        np.random.default_rng(0).random((40, 40, 3)).astype(np.float16),
        compression=compression,
    )
    _, native = read(plate, colour)
    out = tmp_path / "o.exr"
    write_dub_frame(out, native, None, Mask.empty(), colour=colour, compression="keep")
    assert read_parts(out)[0].compression == "zip" and f"lossy {compression}" in read_header(out)["dub:notes"]
    assert np.array_equal(plane_bits(out)["G"][1], plane_bits(plate)["G"][1])


def test_a_tiled_plate_is_written_in_scanlines_and_that_is_said(tmp_path, write_picture, colour):
    pixels = np.random.default_rng(0).random((70, 50, 4)).astype(np.float16)
    _, native = read(write_picture(tmp_path / "p.exr", pixels, tile=32), colour)
    write_dub_frame(tmp_path / "o.exr", native, None, Mask.empty(), colour=colour)
    assert not read_parts(tmp_path / "o.exr")[0].tiled
    assert "tiled" in read_header(tmp_path / "o.exr")["dub:notes"]
    assert np.array_equal(plane_bits(tmp_path / "o.exr")["A"][1], pixels[..., 3].view(np.uint16))


def test_a_picture_in_a_layer_is_dubbed_at_the_top_and_the_layer_stands(tmp_path, write_picture, colour):
    pixels = np.random.default_rng(0).random((20, 30, 4)).astype(np.float16)
    names = ["beauty.R", "beauty.G", "beauty.B", "beauty.A"]
    clip, native = read(write_picture(tmp_path / "p.exr", pixels, names), colour)
    assert any("layer 'beauty'" in note for note in clip.notes)
    dubbed, matte = face()
    write_dub_frame(tmp_path / "o.exr", native, dubbed, matte, colour=colour)
    after = plane_bits(tmp_path / "o.exr")
    assert np.array_equal(after["beauty.R"][1], pixels[..., 0].view(np.uint16))
    assert (after["R"][1].view(np.float16)[8, 9] == 2.0) and after["A"][1][0, 0] == pixels[0, 0, 3].view(
        np.uint16
    )


def test_other_parts_are_joined_as_layers(tmp_path, colour):
    path = tmp_path / "p.exr"
    specs = []
    for name, channels in (("ids", ("X", "Y")), ("main", "RGB"), ("diffuse", ("diffuse.R",))):
        spec = oiio.ImageSpec(8, 6, len(channels), "half")
        spec.channelnames = tuple(channels)
        spec.attribute("oiio:subimagename", name)
        specs.append(spec)
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), tuple(specs))
    for number, spec in enumerate(specs):
        assert number == 0 or out.open(str(path), spec, "AppendSubimage")
        out.write_image(np.full((6, 8, spec.nchannels), number + 1, np.float16))
    out.close()
    clip, native = read(path, colour)
    assert any("part 1" in note for note in clip.notes)
    assert clip.image(1).pixels.mean() == 2.0
    assert set(native.planes) == {"R", "G", "B", "ids.X", "ids.Y", "diffuse.R"}
    assert native.planes["ids.X"][0, 0] == 1 and native.planes["diffuse.R"][0, 0] == 3
    write_dub_frame(tmp_path / "o.exr", native, None, Mask.empty(), colour=colour)
    assert (
        plane_bits(tmp_path / "o.exr").keys() == native.planes.keys()
        and len(read_parts(tmp_path / "o.exr")) == 1
    )


def all_passes(window=FACE):
    dubbed, matte = face(value=3.0)
    mattes = [
        Mask(np.full((window.height, window.width), level, np.float32), window)
        for level in (0.1, 0.2, 0.3, 0.4)
    ]
    vectors = np.dstack([np.full(matte.alpha.shape, 1.25), np.full(matte.alpha.shape, -0.5)]).astype(
        np.float32
    )
    flow = Flow(vectors, np.full(matte.alpha.shape, 0.75, np.float32), window)
    named = SimpleNamespace(
        **dict(zip(("lower_face", "lips", "inner_mouth", "jaw"), mattes, strict=True)), full_face=None
    )
    return (
        dubbed,
        matte,
        {
            "dub": dubbed,
            "dub_raw": dubbed,
            "dub_matte": named,
            "dub_st": flow,
            "dub_flow": flow,
            "dub_ref_st": flow,
        },
    )


def test_passes_are_named_and_typed_as_both_hosts_read_them(mixed_plate, tmp_path, colour):
    _, native = read(mixed_plate, colour)
    dubbed, matte, passes = all_passes()
    out = tmp_path / "o.exr"
    write_dub_frame(
        out, native, dubbed, matte, colour=colour, passes=passes, reference_display=Window(0, 0, 100, 50)
    )
    planes = {name: bits.view(kind) for name, (kind, bits) in plane_bits(out).items()}
    y, x = FACE.y + 2 + 2, FACE.x + 2 + 3  # a pixel inside the matte, in the array of the data window
    assert [planes[f"dub.{c}"][y, x] for c in ("red", "green", "blue", "alpha")] == [3, 3, 3, 0.5]
    assert [planes[f"dub_raw.{c}"][FACE.y + 2, FACE.x + 3] for c in ("red", "alpha")] == [3, 1]
    assert [planes[f"dub_raw.{c}"][0, 0] for c in ("red", "alpha")] == [0, 0]
    assert [
        float(planes[f"dub_matte.{c}"][y, x]) for c in ("red", "green", "blue", "alpha")
    ] == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=1e-3)
    assert [planes[f"dub_flow.{c}"][y, x] for c in ("red", "green", "blue")] == [1.25, 0.5, 0.75]
    # Plate pixel (8, 7): the array's column 11, row 9. Its centre, moved by the flow, over 24 x 16.
    assert planes["dub_st.red"][y, x] == pytest.approx((8.5 + 1.25) / 24, abs=1e-7)
    assert planes["dub_st.green"][y, x] == pytest.approx(1 - (7.5 - 0.5) / 16, abs=1e-7)
    assert planes["dub_ref_st.red"][y, x] == pytest.approx((8.5 + 1.25) / 100, abs=1e-7)
    # Outside the face: the pixel's own position, with no confidence.
    assert planes["dub_st.red"][0, 0] == pytest.approx((-3 + 0.5) / 24, abs=1e-7)
    assert (
        planes["dub_st.green"][0, 0] == pytest.approx(1 + 1.5 / 16, abs=1e-7)
        and planes["dub_st.blue"][0, 0] == 0
    )
    types = {name: plane.dtype.name for name, plane in planes.items()}
    assert all(
        types[name] == "float32" for name in types if name.startswith(("dub_st.", "dub_flow.", "dub_ref_st."))
    )
    assert all(
        types[name] == "float16" for name in types if name.startswith(("dub.", "dub_raw.", "dub_matte."))
    )
    assert (
        read_header(out)["dub:legend_dub_matte"] == "red lower face, green lips, blue inner mouth, alpha jaw"
    )


def test_dub_is_black_wherever_its_alpha_is_zero(mixed_plate, tmp_path, colour):
    _, native = read(mixed_plate, colour)
    dubbed, matte, passes = all_passes()
    write_dub_frame(tmp_path / "o.exr", native, dubbed, matte, colour=colour, passes=passes)
    after = plane_bits(tmp_path / "o.exr")
    assert not after["dub.red"][1][after["dub.alpha"][1] == 0].any()


def test_float_passes_beside_a_half_plate(mixed_plate, tmp_path, colour):
    _, native = read(mixed_plate, colour)
    dubbed, matte, passes = all_passes()
    write_dub_frame(
        tmp_path / "o.exr", native, dubbed, matte, colour=colour, passes=passes, pixel_type="float"
    )
    after = plane_bits(tmp_path / "o.exr")
    assert after["dub.red"][0] == "float32" and after["R"][0] == "float16"


def test_the_first_dub_is_the_second_ones_plate(mixed_plate, tmp_path, colour):
    _, native = read(mixed_plate, colour)
    dubbed, matte, passes = all_passes()
    write_dub_frame(
        tmp_path / "a.exr", native, dubbed, matte, colour=colour, passes=passes, header={"dub:frame_key": "1"}
    )
    _, native = read(tmp_path / "a.exr", colour)
    dubbed, matte = face(value=7.0, window=Window(15, 0, 6, 6))
    write_dub_frame(
        tmp_path / "b.exr",
        native,
        dubbed,
        matte,
        colour=colour,
        passes={"dub": dubbed},
        header={"dub:frame_key": "2"},
    )
    first, second = plane_bits(tmp_path / "a.exr"), plane_bits(tmp_path / "b.exr")
    header = read_header(tmp_path / "b.exr")
    assert header["dub:frame_key"] == "2" and "'s own dub were replaced" in header["dub:notes"]
    stands = second["dub.alpha"][1] == 0
    assert np.array_equal(second["R"][1][stands], first["R"][1][stands])
    assert (second["R"][1].view(np.float16)[~stands] == 7.0).all()


def test_a_dub_is_converted_to_the_plates_own_space(tmp_path, write_picture, colour):
    plate = write_picture(tmp_path / "p.exr", np.full((20, 30, 3), 0.25, np.float32))
    _, native = read(plate, colour, colourspace="ACES2065-1")
    light = np.array([0.5, 0.25, 0.125], np.float32)
    dubbed = Image(np.broadcast_to(light, (6, 8, 3)).copy(), FACE)
    write_dub_frame(tmp_path / "o.exr", native, dubbed, face()[1], colour=colour)
    after = plane_bits(tmp_path / "o.exr")
    found = [after[name][1].view(np.float32)[8, 9] for name in "RGB"]
    # AP1 to AP0, Academy S-2014-004.
    ap0 = np.array(
        [
            [0.6954522, 0.1406787, 0.1638691],
            [0.0447946, 0.8596711, 0.0955343],
            [-0.0055259, 0.0040252, 1.0015007],
        ]
    )
    assert found == pytest.approx(ap0 @ light, abs=1e-5)
    assert read_header(tmp_path / "o.exr")["dub:colourspace"] == "ACES2065-1"


def test_an_output_space_that_would_convert_the_plate_is_refused(mixed_plate, tmp_path, colour):
    _, native = read(mixed_plate, colour)
    with pytest.raises(ColourError, match="cannot both stand and be converted"):
        write_dub_frame(
            tmp_path / "o.exr", native, None, Mask.empty(), colour=colour, colourspace="ACES2065-1"
        )


def test_an_8_bit_source_gives_its_scene_linear_values_in_half(tmp_path, write_picture, colour):
    codes = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    clip, native = read(write_picture(tmp_path / "p.png", codes), colour)
    dubbed, matte = face()
    write_dub_frame(tmp_path / "o.exr", native, dubbed, matte, colour=colour, passes={"dub": dubbed})
    after = plane_bits(tmp_path / "o.exr")
    linear = clip.image(1).pixels.astype(np.float16)
    stands = after["dub.alpha"][1] == 0
    for i, name in enumerate("RGB"):
        assert after[name][0] == "float16"
        assert np.array_equal(after[name][1][stands], linear[..., i].view(np.uint16)[stands])
    assert (after["A"][1].view(np.float16) == 1).all()
    assert "decoded frame in ACEScg" in read_header(tmp_path / "o.exr")["dub:notes"]
    # Back through the same transforms, the 8-bit codes are there again (half rounds a few by one).
    back = colour.from_working(
        np.dstack([after[n][1].view(np.float16) for n in "RGB"]).astype(np.float32), "texture_paint"
    )
    away = np.abs(np.rint(back * 255) - codes)[stands]
    assert away.max() <= 1 and (away == 0).mean() > 0.98


def test_a_value_beyond_half_is_held_and_not_made_infinite(tmp_path, write_picture, colour):
    _, native = read(write_picture(tmp_path / "p.exr", np.zeros((20, 30, 3), np.float16)), colour)
    dubbed, matte = face(value=1e6)
    write_dub_frame(tmp_path / "o.exr", native, dubbed, matte, colour=colour)
    assert plane_bits(tmp_path / "o.exr")["R"][1].view(np.float16).max() == 65504


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"compression": "dwaa"}, "compression 'dwaa'"),
        ({"pixel_type": "uint8"}, "pixel type 'uint8'"),
        ({"passes": {"dub_depth": None}}, "pass 'dub_depth'"),
    ],
)
def test_unknown_settings_are_refused(setting, message, mixed_plate, tmp_path, colour):
    _, native = read(mixed_plate, colour)
    with pytest.raises(MediaError, match=message):
        write_dub_frame(tmp_path / "o.exr", native, None, Mask.empty(), colour=colour, **setting)


def test_a_full_disk_leaves_the_old_frame_and_no_rest(mixed_plate, tmp_path, colour, monkeypatch):
    _, native = read(mixed_plate, colour)
    out = tmp_path / "out" / "o.exr"
    write_dub_frame(out, native, None, Mask.empty(), colour=colour)
    old = out.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shared_core.media.atomic.os.fsync", full)
    with pytest.raises(DiskError, match="disk is full: free some space"):
        write_dub_frame(out, native, *face(), colour=colour)
    assert out.read_bytes() == old and os.listdir(out.parent) == ["o.exr"]


def test_a_folder_that_may_not_be_written_is_a_disk_error(mixed_plate, tmp_path, colour):
    _, native = read(mixed_plate, colour)
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError, match="cannot be written"):
        write_dub_frame(tmp_path / "file" / "o.exr", native, None, Mask.empty(), colour=colour)


def test_writing_twice_gives_the_same_bytes(mixed_plate, tmp_path, colour):
    _, native = read(mixed_plate, colour)
    dubbed, matte, passes = all_passes()
    for name in "ab":
        write_dub_frame(tmp_path / f"{name}.exr", native, dubbed, matte, colour=colour, passes=passes)
    assert (tmp_path / "a.exr").read_bytes() == (tmp_path / "b.exr").read_bytes() and is_whole(
        tmp_path / "a.exr"
    )
