"""A movie's frame n is its n-th frame, in any order, in its own colours and at its own time."""

from __future__ import annotations

import itertools
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import Interpolation

from shared_core.media import open_clip
from shared_core.media.clip import parse_fps
from shared_core.media.movie_decode import MovieDecoder
from shared_core.media.movie_pixels import encoding_of, to_rgb
from shared_core.spec.errors import CorruptMedia, MediaError, MissingFrame

B_FRAMES = {"g": "12", "bf": "3", "b_strategy": "0", "preset": "ultrafast"}
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 9: (0.2627, 0.0593)}


@pytest.fixture
def counted(tmp_path, write_movie, striped):
    """A movie of 50 frames, each of which says its number, with B-frames and a keyframe every 12."""
    return write_movie(tmp_path / "counted.mp4", [striped(n) for n in range(50)], options=B_FRAMES)


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", B_FRAMES),
        ("a.mov", "libx264", {"g": "2", "bf": "1", "b_strategy": "0"}),
        ("a.mkv", "libx264", B_FRAMES),
        ("a.avi", "mpeg4", {"g": "10", "bf": "2"}),
        ("a.avi", "mjpeg", {}),
        ("a.mpg", "mpeg2video", {"g": "12", "bf": "2"}),
        ("a.ts", "libx264", B_FRAMES),
        ("a.webm", "libvpx-vp9", {"g": "20", "cpu-used": "8", "deadline": "realtime"}),
    ],
)
def test_frames_in_any_order_are_the_frames_in_order(
    name, codec, options, tmp_path, write_movie, striped, number_in, colour
):
    extra = {"pix_fmt": "yuvj420p"} if codec == "mjpeg" else {}
    path = write_movie(
        tmp_path / name, [striped(n) for n in range(50)], codec=codec, options=options, **extra
    )
    clip = open_clip(path, colour=colour, cache_bytes=1)
    assert list(clip.frames) == list(range(1, 51))
    order = [1, 2, 3, 50, 49, 1, 25, 26, 13, 12, 37, 36, 30, 7, 48]
    assert [number_in(clip.preview(frame)) for frame in order] == [frame - 1 for frame in order]


def test_random_access_gives_the_same_bits_as_reading_in_order(counted, colour):
    with open_clip(counted, colour=colour, cache_bytes=1) as clip:
        in_order = {frame: clip.preview(frame).copy() for frame in clip.frames}
        for frame in (40, 3, 29, 28, 27, 50, 1):
            assert np.array_equal(clip.preview(frame), in_order[frame])


@pytest.fixture
def seeks(monkeypatch):
    """Positions that a decoder had to seek for, in order."""
    found = []
    seek = MovieDecoder._seek

    def counted_seek(self, keyframe, position):
        found.append(position)
        seek(self, keyframe, position)

    monkeypatch.setattr(MovieDecoder, "_seek", counted_seek)
    return found


def test_reading_in_order_never_seeks(counted, colour, seeks):
    clip = open_clip(counted, colour=colour, cache_bytes=1)
    for frame in clip.frames:
        clip.preview(frame)
    assert seeks == [0]


def test_the_plate_and_two_runs_of_references_do_not_disturb_each_other(counted, colour, seeks, number_in):
    clip = open_clip(counted, colour=colour, cache_bytes=1)
    for step in range(1, 12):
        for frame in (step, step + 25, step + 37):
            assert number_in(clip.preview(frame)) == frame - 1
    assert len(seeks) <= 4


def test_a_jump_back_decodes_from_the_keyframe_before_and_not_from_the_start(
    counted, colour, monkeypatch, number_in
):
    clip = open_clip(counted, colour=colour, cache_bytes=1)
    for frame in (50, 49, 48):  # every decoder is in use now
        clip.preview(frame)
    steps = []
    step = MovieDecoder._step

    def counted_step(self, wanted):
        steps.append(wanted)
        return step(self, wanted)

    monkeypatch.setattr(MovieDecoder, "_step", counted_step)
    assert number_in(clip.preview(40)) == 39 and len(steps) <= 13


def test_the_first_frame_is_1_unless_it_is_named(counted, colour, number_in):
    clip = open_clip(counted, colour=colour, first=1001)
    assert (clip.frames[0], clip.frames[-1]) == (1001, 1050) and number_in(clip.preview(1004)) == 3
    with pytest.raises(MissingFrame, match="no frame 1; it has 1001 to 1050"):
        clip.preview(1)


@pytest.mark.parametrize(
    "fps", [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(25), Fraction(60000, 1001)]
)
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_the_rate_is_kept_as_a_fraction(fps, name, tmp_path, write_movie, striped, colour):
    path = write_movie(tmp_path / name, [striped(n) for n in range(30)], fps=fps)
    clip = open_clip(path, colour=colour)
    assert clip.fps == fps and not any("evenly" in note for note in clip.notes)
    assert clip.seconds(30) == pytest.approx(29 / fps, abs=1e-3)


def test_frames_of_varying_length_keep_their_own_times(tmp_path, write_movie, striped, number_in, colour):
    times = [0, 40, 80, 200, 210, 500, 540, 1000]
    path = write_movie(
        tmp_path / "vfr.mp4",
        [striped(n) for n in range(8)],
        times=times,
        time_base=Fraction(1, 1000),
        options={"bf": "0"},
    )
    clip = open_clip(path, colour=colour)
    assert [round(clip.seconds(frame) * 1000) for frame in clip.frames] == times
    assert [number_in(clip.preview(frame)) for frame in clip.frames] == list(range(8))
    assert any("not evenly spaced" in note for note in clip.notes)


def test_a_movie_that_starts_late_starts_at_0_seconds(tmp_path, write_movie, striped, colour):
    path = write_movie(tmp_path / "late.mkv", [striped(n) for n in range(4)], times=[10, 11, 12, 13])
    assert open_clip(path, colour=colour).seconds(1) == 0.0


def flat(y, u, v, bits, kind, matrix, full):
    """A flat YUV frame with the matrix and range named."""
    frame = av.VideoFrame(32, 32, kind)
    for plane, value in zip(frame.planes, (y, u, v), strict=True):
        kind_of = "<u2" if bits > 8 else "u1"
        plane.update(np.full(plane.buffer_size // np.dtype(kind_of).itemsize, value, kind_of).tobytes())
    frame.colorspace, frame.color_range = matrix, 2 if full else 1
    return frame


@pytest.mark.parametrize(
    ("matrix", "full", "bits"), list(itertools.product((1, 5, 9), (False, True), (8, 10, 12, 16)))
)
def test_matrix_and_range_are_those_of_the_standards(matrix, full, bits):
    scale = 2 ** (bits - 8)
    red_weight, blue_weight = WEIGHTS[matrix]
    kind = "yuv420p" if bits == 8 else f"yuv420p{bits}le"
    for y, u, v in ((16, 128, 128), (235, 128, 128), (126, 128, 128), (81, 90, 240), (145, 54, 34)):
        frame = flat(y * scale, u * scale, v * scale, bits, kind, matrix, full)
        top = 2**bits - 1
        luma, blue, red = (
            (y * scale / top, (u - 128) * scale / top, (v - 128) * scale / top)
            if full
            else ((y - 16) / 219, (u - 128) / 224, (v - 128) / 224)
        )
        r, b = luma + 2 * (1 - red_weight) * red, luma + 2 * (1 - blue_weight) * blue
        expected = np.array(
            [r, (luma - red_weight * r - blue_weight * b) / (1 - red_weight - blue_weight), b]
        )
        encoding = encoding_of(frame)
        found = to_rgb(frame, encoding)[16, 16]
        if bits == 8:
            assert np.abs(found - np.clip(expected, 0, 1) * 255).max() <= 0.51
        else:
            assert np.abs(found - expected).max() < 1e-5
        assert not encoding.notes


def test_ten_bits_keep_what_lies_above_white():
    frame = flat(1019, 512, 512, 10, "yuv420p10le", 1, full=False)
    assert to_rgb(frame, encoding_of(frame))[5, 5] == pytest.approx((1019 - 64) / 876, abs=1e-5)


@pytest.mark.parametrize(("size", "matrix"), [((64, 48), "BT.601"), ((1280, 720), "BT.709")])
def test_a_guessed_matrix_is_said(size, matrix, tmp_path, write_movie, striped, colour):
    path = write_movie(tmp_path / "a.mp4", [striped(0, *size)] * 2, options={"preset": "ultrafast"})
    notes = open_clip(path, colour=colour).notes
    assert any(matrix in note and "taken" in note for note in notes)
    assert any("limited is taken" in note for note in notes)


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "tolerance"),
    [
        ("a.mov", "prores_ks", "yuv422p10le", 0.01),
        ("a.mkv", "ffv1", "gbrp10le", 1 / 1023),
        ("a.mkv", "ffv1", "gbrp16le", 1 / 65535),
        ("a.mov", "png", "rgb48be", 1 / 65535),
        ("a.mkv", "ffv1", "gray16le", 0.003),
    ],
)
def test_movies_of_more_than_8_bits_come_as_floats(
    name, codec, pix_fmt, tolerance, tmp_path, write_movie, colour
):
    value = np.full((32, 32, 3), 30_000, np.uint16)
    path = write_movie(tmp_path / name, [value] * 2, codec=codec, pix_fmt=pix_fmt)
    native = open_clip(path, colour=colour).native(1)
    assert native.planes["G"].dtype == np.float32
    assert native.planes["G"][16, 16] == pytest.approx(30_000 / 65535, abs=tolerance)


def test_a_movies_alpha_is_kept(tmp_path, write_movie, colour):
    path = write_movie(
        tmp_path / "a.mov",
        [np.full((32, 32, 3), 30_000, np.uint16)],
        codec="prores_ks",
        pix_fmt="yuva444p10le",
        options={"profile": "4444", "alpha_bits": "16"},
    )
    native = open_clip(path, colour=colour).native(1)
    assert native.alpha == "A" and native.planes["A"][16, 16] == pytest.approx(1.0, abs=1e-3)


def test_an_8_bit_preview_is_the_decoded_picture_itself(counted, colour):
    clip = open_clip(counted, colour=colour)
    with av.open(str(counted)) as container:
        frame = next(container.decode(video=0))
        flags = (
            Interpolation.BICUBIC
            | Interpolation.ACCURATE_RND
            | Interpolation.FULL_CHR_H_INP
            | Interpolation.FULL_CHR_H_INT
        )
        decoded = frame.reformat(
            format="rgb24",
            src_colorspace=5,
            dst_colorspace=5,
            src_color_range=1,
            dst_color_range=2,
            interpolation=flags,
        ).to_ndarray()
    assert np.array_equal(clip.preview(1), decoded)
    native = clip.native(1)
    assert np.array_equal(np.dstack([native.planes[name] for name in "RGB"]), decoded)


def rotated(path, degrees):
    """Write a rotation into an MP4's track header; its display matrix holds 16.16 fixed point."""
    data = bytearray(path.read_bytes())
    cosine, sine = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    at = data.index(b"tkhd") + 4 + 40
    for place, value in ((0, cosine), (4, sine), (12, -sine), (16, cosine)):
        data[at + place : at + place + 4] = (value * 65536).to_bytes(4, "big", signed=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_rotated_movie_comes_upright(degrees, tmp_path, write_movie, colour):
    picture = np.zeros((32, 64, 3), np.uint8)
    picture[:8, :16] = 255  # the top left corner
    path = write_movie(tmp_path / "r.mp4", [picture] * 2, sample_aspect_ratio=Fraction(4, 3))
    clip = open_clip(rotated(path, degrees), colour=colour)
    shown = clip.preview(1)[..., 1] > 128
    # A track header's rotation turns the picture with the clock.
    assert shown.shape == ((64, 32) if degrees != 180 else (32, 64))
    corner = {90: shown[:16, -8:], 180: shown[-8:, -16:], 270: shown[-16:, :8]}[degrees]
    assert corner.mean() > 0.9 and shown.mean() < 0.09
    assert clip.pixel_aspect == pytest.approx(4 / 3 if degrees == 180 else 3 / 4)
    assert (clip.display.height, clip.display.width) == shown.shape


def test_the_cache_is_bounded_and_prefetch_fills_it_in_order(counted, colour):
    clip = open_clip(counted, colour=colour, cache_bytes=10 * 64 * 48 * 3)
    clip.prefetch(range(20, 60))
    assert clip._cache.bytes <= clip._cache.limit
    assert clip._cache.get(20) is not None and clip._cache.get(29) is not None and clip._cache.get(30) is None


def test_a_truncated_movie_is_damaged(counted, colour, tmp_path):
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(counted.read_bytes()[:-2000])
    with pytest.raises(CorruptMedia, match="cut off"):
        open_clip(cut, colour=colour)


def test_a_movie_with_its_index_in_front_that_is_cut_off_is_damaged(tmp_path, write_movie, striped, colour):
    noise = np.random.default_rng(0)
    frames = [noise.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(30)]
    whole = write_movie(tmp_path / "whole.mp4", frames)
    fast = tmp_path / "fast.mp4"
    with av.open(str(whole)) as source, av.open(str(fast), "w", options={"movflags": "faststart"}) as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(fast.read_bytes()[: fast.stat().st_size // 2])
    with pytest.raises(CorruptMedia, match="cut off"):
        open_clip(cut, colour=colour)


def test_a_cut_mkv_is_read_as_far_as_it_goes_and_that_is_said(tmp_path, write_movie, colour):
    noise = np.random.default_rng(0)
    frames = [noise.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(100)]
    whole = write_movie(tmp_path / "whole.mkv", frames)
    assert not any("cut off" in note for note in open_clip(whole, colour=colour).notes)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    clip = open_clip(cut, colour=colour)
    assert len(clip.frames) < 60 and any("may be cut off" in note for note in clip.notes)


@pytest.mark.parametrize(("content", "message"), [(b"", "zero bytes"), (b"hello" * 50, "cannot be opened")])
def test_a_file_that_is_no_movie_is_damaged(content, message, tmp_path, colour):
    (tmp_path / "a.mov").write_bytes(content)
    with pytest.raises(CorruptMedia, match=message):
        open_clip(tmp_path / "a.mov", colour=colour)


def test_a_stream_without_times_is_refused(tmp_path, write_movie, striped, colour):
    path = write_movie(tmp_path / "raw.h264", [striped(n) for n in range(5)])
    with pytest.raises(CorruptMedia, match="has no time.*container"):
        open_clip(path, colour=colour)


def test_a_sound_file_is_no_plate(footage, colour):
    with pytest.raises(MediaError, match="no picture"):
        open_clip(footage / "audio" / "jfk_en_11s.wav", colour=colour)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("25", Fraction(25)),
        ("23.976", Fraction(24000, 1001)),
        ("23.98", Fraction(24000, 1001)),
        ("24", Fraction(24)),
        ("29.97", Fraction(30000, 1001)),
        ("24000/1001", Fraction(24000, 1001)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_frame_rates_are_read_as_people_write_them(text, rate):
    assert parse_fps(text) == rate


@pytest.mark.parametrize("text", ["", "fast", "0", "-25", "1/0", "1e9"])
def test_other_frame_rates_are_refused(text):
    with pytest.raises(MediaError, match="frame rate"):
        parse_fps(text)


def test_a_rate_named_in_the_shot_rules(counted, colour):
    clip = open_clip(counted, colour=colour, fps="50")
    assert clip.fps == 50 and clip.seconds(51 - 1) == pytest.approx(49 / 50)


@pytest.mark.footage
@pytest.mark.parametrize(
    "name", ["public/grid_swwp2s.mpg", "public/hand_over_mouth.mp4", "internal/french_512.mp4"]
)
def test_real_clips_give_the_same_frames_in_any_order(name, footage, colour):
    with open_clip(footage / name, colour=colour, cache_bytes=1) as clip:
        in_order = {frame: clip.preview(frame).copy() for frame in clip.frames[:40]}
        for frame in (33, 5, 40, 2, 1, 17, 18):
            assert np.array_equal(clip.preview(frame), in_order[frame])


@pytest.mark.footage
def test_the_demos_avi_has_all_its_frames(demo_footage, colour):
    clip = open_clip(demo_footage["driver"], colour=colour, cache_bytes=1)
    assert clip.fps == 25 and len(clip.frames) == 132
    last = clip.preview(clip.frames[-1]).copy()
    clip.preview(3)
    assert np.array_equal(clip.preview(clip.frames[-1]), last)
