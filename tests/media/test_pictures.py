"""Picture sequences of every kind are read with their own numbers, windows and rows."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

from shared_core.media import open_clip, picture_file
from shared_core.spec.errors import ColourError, CorruptMedia, MediaError, MissingFrame
from shared_core.values import Window


def noise(kind, height=40, width=30, channels=3):
    random = np.random.default_rng(0)
    if np.dtype(kind).kind == "u":
        return random.integers(0, np.iinfo(kind).max, (height, width, channels), kind, endpoint=True)
    return random.uniform(-0.1, 60, (height, width, channels)).astype(kind)


@pytest.mark.parametrize(
    ("suffix", "kind", "role"),
    [
        ("exr", np.float16, "scene_linear"),
        ("exr", np.float32, "scene_linear"),
        ("png", np.uint8, "texture_paint"),
        ("png", np.uint16, "texture_paint"),
        ("tif", np.uint8, "texture_paint"),
        ("tiff", np.uint16, "texture_paint"),
        ("tif", np.float32, "scene_linear"),
        ("dpx", np.uint16, "compositing_log"),
    ],
)
def test_every_format_gives_its_own_numbers_in_the_space_of_its_kind(
    suffix, kind, role, tmp_path, write_picture, colour
):
    pixels = noise(kind)
    for frame in (7, 8):
        write_picture(tmp_path / f"p.{frame:04d}.{suffix}", pixels)
    clip = open_clip(tmp_path / f"p.####.{suffix}", colour=colour)
    native = clip.native(7)
    assert clip.frames == (7, 8) and clip.space == colour.resolve(role)
    assert np.array_equal(np.dstack([native.planes[name] for name in native.picture]), pixels)
    values = pixels.astype(np.float32) / (np.iinfo(kind).max if np.dtype(kind).kind == "u" else 1)
    assert np.array_equal(clip.image(8).pixels, colour.to_working(values, role))


def test_a_jpeg_is_8_bit_and_display_referred(tmp_path, write_picture, colour):
    clip = open_clip(
        write_picture(tmp_path / "still.jpg", np.full((16, 16, 3), 128, np.uint8)), colour=colour
    )
    assert clip.frames == (1,) and abs(int(clip.preview(1)[8, 8, 0]) - 128) <= 1


@pytest.mark.parametrize(
    ("transfer", "role"),
    [
        ("ITU-R 709-4", "texture_paint"),
        ("Linear", "scene_linear"),
        ("Logarithmic", "compositing_log"),
        ("Printing density", "compositing_log"),
    ],
)
def test_a_dpx_is_log_unless_its_header_says_otherwise(transfer, role, tmp_path, write_picture, colour):
    path = write_picture(tmp_path / "p.dpx", noise(np.uint16), **{"dpx:Transfer": transfer})
    assert open_clip(path, colour=colour).space == colour.resolve(role)


def test_a_window_is_the_same_part_of_the_whole_and_repeats_the_edge(tmp_path, write_picture, colour):
    path = write_picture(tmp_path / "p.exr", noise(np.float32), x=5, y=-4, full=(0, 0, 30, 40))
    whole = open_clip(path, colour=colour).image(1)
    assert whole.window == Window(5, -4, 30, 40)
    inside = open_clip(path, colour=colour).image(1, Window(9, 3, 7, 5))
    assert np.array_equal(inside.pixels, whole.crop(inside.window).pixels)
    around = open_clip(path, colour=colour).image(1, Window(0, -10, 60, 80)).pixels
    expected = np.pad(whole.pixels, ((6, 34), (5, 25), (0, 0)), mode="edge")
    assert np.array_equal(around, expected)
    beyond = open_clip(path, colour=colour).image(1, Window(100, 100, 2, 2)).pixels
    assert np.array_equal(beyond, np.broadcast_to(whole.pixels[-1, -1], (2, 2, 3)))


@pytest.mark.parametrize("tile", [0, 32])
def test_only_the_rows_or_tiles_that_are_needed_are_read(tile, tmp_path, write_picture, colour):
    pixels = noise(np.float16, 300, 200)
    path = write_picture(tmp_path / "p.exr", pixels, tile=tile, x=-7, y=3, full=(0, 0, 200, 300))
    file = picture_file.read_picture_file(path)
    read, covers = picture_file.read_rows(path, file, ("R", "G", "B"), Window(50, 103, 20, 10))
    assert covers.height <= (64 if tile else 10) and covers.width <= (64 if tile else 200)
    rows, columns = covers.slices_in(Window(-7, 3, 200, 300))
    assert np.array_equal(read, pixels[rows, columns])


def test_neighbouring_windows_of_one_frame_add_up_in_the_cache(tmp_path, write_picture, colour):
    pixels = noise(np.float32, 100, 30)
    clip = open_clip(write_picture(tmp_path / "p.exr", pixels), colour=colour)
    for top in (40, 20, 60, 45):
        assert np.array_equal(clip.image(1, Window(3, top, 9, 10)).pixels, pixels[top : top + 10, 3:12])


def test_a_preview_shows_the_display_window_and_black_where_no_data_is(tmp_path, write_picture, colour):
    path = write_picture(
        tmp_path / "p.exr", np.full((10, 10, 3), 0.18, np.float32), x=-4, y=2, full=(0, 0, 20, 16)
    )
    shown = open_clip(path, colour=colour).preview(1)
    assert shown.shape == (16, 20, 3)
    assert (shown[2:12, :6] == 118).all() and not shown[:, 6:].any() and not shown[:2].any()


def test_an_8_bit_preview_is_the_file_itself_unless_another_space_is_named(tmp_path, write_picture, colour):
    codes = noise(np.uint8)
    path = write_picture(tmp_path / "p.png", codes)
    assert np.array_equal(open_clip(path, colour=colour).preview(1), codes)
    linear = open_clip(path, colour=colour, colourspace="scene_linear")
    assert not np.array_equal(linear.preview(1), codes)


def test_straight_alpha_is_left_straight(tmp_path, write_picture, colour):
    codes = noise(np.uint8, channels=4)
    path = write_picture(tmp_path / "p.png", codes, **{"oiio:UnassociatedAlpha": 1})
    native = open_clip(path, colour=colour).native(1)
    assert np.array_equal(np.dstack([native.planes[name] for name in "RGBA"]), codes)


def test_nan_and_infinity_reach_the_operator_as_they_are(tmp_path, write_picture, colour):
    pixels = np.array([[[np.nan] * 3, [np.inf] * 3, [-0.1] * 3, [60.0] * 3]], np.float16)
    image = open_clip(write_picture(tmp_path / "p.exr", pixels), colour=colour).image(1).pixels[0, :, 0]
    assert np.isnan(image[0]) and np.isinf(image[1]) and image[3] == 60


def test_channels_in_odd_spellings_are_found(tmp_path, write_picture, colour):
    pixels = noise(np.float16, channels=5)
    names = ["mask.A", "diffuse.blue", "diffuse.green", "diffuse.red", "Z"]
    clip = open_clip(write_picture(tmp_path / "p.exr", pixels, names), colour=colour)
    assert np.array_equal(clip.image(1).pixels, pixels[..., [3, 2, 1]].astype(np.float32))
    assert any("layer 'diffuse'" in note for note in clip.notes)


def test_a_grey_picture_is_read_as_three_equal_colours(tmp_path, write_picture, colour):
    codes = noise(np.uint8, channels=1)
    clip = open_clip(write_picture(tmp_path / "p.png", codes, ["Y"]), colour=colour)
    assert np.array_equal(clip.preview(1), codes.repeat(3, 2))
    assert any("grey" in note for note in clip.notes)


@pytest.mark.parametrize("names", [["A"], ["X", "Y", "Z"], ["depth.Z"], ["Y", "RY", "BY"]])
def test_a_file_without_colours_lists_its_channels(names, tmp_path, write_picture, colour):
    path = write_picture(tmp_path / "p.exr", noise(np.float16, channels=len(names)), names)
    with pytest.raises(MediaError, match=rf"no red, green and blue; its channels are .*{names[0]}"):
        open_clip(path, colour=colour)


def test_a_deep_exr_is_refused_with_what_to_do(tmp_path, colour):
    spec = oiio.ImageSpec(4, 3, 5, "half")
    spec.channelnames, spec.deep = ("R", "G", "B", "A", "Z"), True
    deep = oiio.DeepData()
    deep.init(12, 5, tuple([oiio.HALF] * 5), spec.channelnames)
    for pixel in range(12):
        deep.set_samples(pixel, 1)
    out = oiio.ImageOutput.create(str(tmp_path / "deep.exr"))
    assert out.open(str(tmp_path / "deep.exr"), spec) and out.write_deep_image(deep)
    out.close()
    with pytest.raises(MediaError, match=r"deep EXR; a flat one is expected: merge it"):
        open_clip(tmp_path / "deep.exr", colour=colour)


def test_frames_of_differing_size_are_both_named(tmp_path, write_picture, colour):
    write_picture(tmp_path / "p.0001.png", noise(np.uint8, 20, 30))
    write_picture(tmp_path / "p.0002.png", noise(np.uint8, 21, 30))
    clip = open_clip(tmp_path / "p.####.png", colour=colour)
    clip.preview(1)
    with pytest.raises(
        MediaError, match=r"frame 2 \(p\.0002\.png\) is 30x21, frame 1 \(p\.0001\.png\) is 30x20"
    ):
        clip.preview(2)


def test_data_windows_may_differ_from_frame_to_frame(tmp_path, write_picture, colour):
    write_picture(tmp_path / "p.0001.exr", noise(np.float16, 20, 30), full=(0, 0, 40, 40))
    write_picture(tmp_path / "p.0002.exr", noise(np.float16, 10, 12), x=3, y=4, full=(0, 0, 40, 40))
    clip = open_clip(tmp_path / "p.####.exr", colour=colour)
    assert clip.image(1).window == Window(0, 0, 30, 20) and clip.image(2).window == Window(3, 4, 12, 10)


def test_a_missing_frame_names_the_nearest(tmp_path, write_picture, colour):
    write_picture(tmp_path / "p.1001.png", noise(np.uint8))
    write_picture(tmp_path / "p.1005.png", noise(np.uint8))
    with pytest.raises(MissingFrame, match=r"frame 1004 .*nearest that exists is 1005"):
        open_clip(tmp_path / "p.####.png", colour=colour).image(1004)


@pytest.mark.parametrize("suffix", ["exr", "png", "tif", "dpx", "jpg"])
def test_an_empty_file_is_damaged_and_named(suffix, tmp_path, colour):
    (tmp_path / f"p.0001.{suffix}").write_bytes(b"")
    with pytest.raises(CorruptMedia, match=rf"p\.0001\.{suffix}.*zero bytes"):
        open_clip(tmp_path / f"p.####.{suffix}", colour=colour)


@pytest.mark.parametrize("suffix", ["exr", "png", "tif", "dpx"])
def test_a_truncated_file_is_damaged_and_named(suffix, tmp_path, write_picture, colour):
    whole = write_picture(
        tmp_path / f"p.0001.{suffix}", noise(np.uint16 if suffix != "exr" else np.float16, 300, 200)
    )
    cut = tmp_path / f"p.0002.{suffix}"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    clip = open_clip(tmp_path / f"p.####.{suffix}", colour=colour)
    clip.image(1)
    with pytest.raises(CorruptMedia, match=rf"p\.0002\.{suffix}"):
        clip.image(2)
    with pytest.raises(CorruptMedia, match=rf"p\.0002\.{suffix}"):
        clip.native(2)


def test_garbage_is_damaged(tmp_path, colour):
    (tmp_path / "p.exr").write_bytes(b"no picture at all" * 20)
    with pytest.raises(CorruptMedia, match="cannot be opened"):
        open_clip(tmp_path / "p.exr", colour=colour)


def test_16k_wide_pictures_are_read_by_the_window(tmp_path, write_picture, colour):
    pixels = np.zeros((256, 16384, 3), np.float16)
    pixels[200, 16000] = 5
    clip = open_clip(write_picture(tmp_path / "p.exr", pixels, compression="zip"), colour=colour)
    assert clip.image(1, Window(15990, 190, 20, 20)).pixels[10, 10, 0] == 5
    assert clip.preview(1).shape == (256, 16384, 3)


def test_a_sequence_keeps_its_numbers_and_is_moved_only_by_a_foreign_first(tmp_path, write_picture, colour):
    for frame in (1001, 1002, 1003):
        write_picture(tmp_path / f"p.{frame}.png", np.full((8, 8, 3), frame - 1000, np.uint8))
    pattern = tmp_path / "p.####.png"
    assert open_clip(pattern, colour=colour, first=1002).frames == (1001, 1002, 1003)
    moved = open_clip(pattern, colour=colour, first=1)
    assert (
        moved.frames == (1, 2, 3)
        and moved.preview(2)[0, 0, 0] == 2
        and moved.seconds(3) == pytest.approx(2 / 24)
    )


def test_the_rate_comes_from_the_header_or_is_said_to_be_assumed(tmp_path, write_picture, colour):
    pixels = noise(np.float16)
    plain = open_clip(write_picture(tmp_path / "a.exr", pixels), colour=colour)
    assert plain.fps == 24 and any("nothing says the frame rate" in note for note in plain.notes)
    told = open_clip(plain._reader.files.path(1), colour=colour, fps="23.976")
    assert told.fps == Fraction(24000, 1001)


def test_a_growing_sequence_keeps_its_frames_keys_and_a_changed_file_loses_its_own(
    tmp_path, write_picture, colour
):
    pattern = tmp_path / "p.####.png"
    for frame in (1, 2):
        write_picture(tmp_path / f"p.{frame:04d}.png", noise(np.uint8))
    before = open_clip(pattern, colour=colour)
    write_picture(tmp_path / "p.0003.png", noise(np.uint8))
    grown = open_clip(pattern, colour=colour)
    assert grown.key != before.key and grown.frame_key(2) == before.frame_key(2) != before.frame_key(1)
    old = [grown.frame_key(frame) for frame in (1, 2)]
    write_picture(tmp_path / "p.0002.png", noise(np.uint8, channels=4))
    changed = open_clip(pattern, colour=colour)
    assert changed.frame_key(1) == old[0] and changed.frame_key(2) != old[1]


def test_the_keys_say_of_a_file_what_the_caller_knows_of_it(tmp_path, write_picture, colour):
    for frame in (1, 2):
        write_picture(tmp_path / f"p.{frame:04d}.png", noise(np.uint8))
    asked = []

    def identity(path):
        asked.append(path.name)
        return "same"

    clip = open_clip(tmp_path / "p.####.png", colour=colour, identity=identity)
    key, one, two = clip.key, clip.frame_key(1), clip.frame_key(2)
    assert asked == ["p.0001.png", "p.0002.png", "p.0001.png", "p.0002.png"]
    assert one == two != key
    assert open_clip(tmp_path / "p.####.png", colour=colour).key != key


def test_the_key_follows_how_the_media_are_read(tmp_path, write_picture, colour):
    path = write_picture(tmp_path / "p.png", noise(np.uint8))
    keys = {
        open_clip(path, colour=colour, **how).key
        for how in ({}, {"colourspace": "scene_linear"}, {"fps": "25"}, {"first": 9})
    }
    assert len(keys) == 4


def test_an_unknown_colour_space_lists_what_there_is(tmp_path, write_picture, colour):
    path = write_picture(tmp_path / "p.png", noise(np.uint8))
    with pytest.raises(ColourError, match=r"'sRGB of mine'.*texture_paint = "):
        open_clip(path, colour=colour, colourspace="sRGB of mine")


def test_a_small_look_has_the_pictures_shape_and_colours(tmp_path, write_picture, colour):
    half = np.full((48, 96, 3), 0.18, np.float16)
    half[:, 48:] = (4.0, 0.5, 0.02)
    write_picture(tmp_path / "s.0001.exr", half)
    clip = open_clip(tmp_path / "s.####.exr", colour=colour)
    whole = colour.preview(clip.image(1).pixels)
    small = clip.small(1, 24, 24)
    assert small.shape == (12, 24, 3)
    np.testing.assert_array_equal(small[6, 3], whole[20, 10])
    np.testing.assert_array_equal(small[6, 20], whole[20, 90])
    assert clip.small(1, 500, 500).shape == whole.shape, "nothing is enlarged"


def test_channels_come_in_the_order_asked_for_from_one_read(tmp_path, write_picture):
    values = np.random.default_rng(5).uniform(0, 1, (6, 9, 5)).astype(np.float32)
    path = write_picture(tmp_path / "m.exr", values, ("R", "G", "B", "matte.red", "matte.alpha"))
    names = ["matte.alpha", "R", "matte.red"]
    found = picture_file.read_channels(path, names)
    np.testing.assert_array_equal(found, values[..., [4, 0, 3]])
    assert found.flags.c_contiguous
