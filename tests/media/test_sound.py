"""Sound comes with its own time, whatever it is packed in."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from shared_core.media.sound import has_sound, read_sound
from shared_core.spec.errors import CorruptMedia, MediaError


def beep(rate, seconds=1.0, at=0.5, channels=1):
    """Silence with one 20 ms beep of 1 kHz at `at` seconds."""
    time = np.arange(int(rate * seconds)) / rate
    tone = np.where((time >= at) & (time < at + 0.02), 0.8 * np.sin(2 * np.pi * 1000 * time), 0)
    return np.repeat(tone[None].astype(np.float32), channels, 0)


def onset(sound):
    """When the beep is first heard, in seconds by the sound's own clock."""
    return sound.start + int(np.argmax(np.abs(sound.samples) > 0.2)) / sound.rate


def write_sound(path, samples, rate, codec, layout="mono", start=0.0, picture=None, form="fltp"):
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        movie = None
        if picture is not None:
            movie = container.add_stream("libx264", rate=25)
            movie.width = movie.height = 32
            movie.pix_fmt, movie.options = "yuv420p", {"bf": "0"}
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        for begin in range(0, samples.shape[1], 1024):
            piece = np.ascontiguousarray(samples[:, begin : begin + 1024])
            frame = av.AudioFrame.from_ndarray(piece, format=form, layout=layout)
            frame.sample_rate, frame.pts = rate, begin + round(start * rate)
            frame.time_base = Fraction(1, rate)
            for ready in resampler.resample(frame):
                container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
        for n in range(25 if movie else 0):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            frame.pts, frame.time_base = n + round(picture * 25), Fraction(1, 25)
            container.mux(movie.encode(frame))
        if movie:
            container.mux(movie.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.wav", "pcm_s16le"),
        ("a.wav", "pcm_f32le"),
        ("a.flac", "flac"),
        ("a.m4a", "aac"),
        ("a.mp3", "libmp3lame"),
        ("a.mov", "pcm_s24le"),
    ],
)
def test_a_beep_is_heard_when_it_was_written(name, codec, tmp_path):
    sound = read_sound(write_sound(tmp_path / name, beep(44100), 44100, codec))
    assert sound.rate == 44100 and sound.samples.dtype == np.float32
    assert onset(sound) == pytest.approx(0.5, abs=0.004)


def test_another_rate_is_made_on_the_way(tmp_path):
    sound = read_sound(write_sound(tmp_path / "a.wav", beep(48000), 48000, "pcm_s16le"), 16000)
    assert sound.rate == 16000 and sound.duration == pytest.approx(1.0, abs=0.002)
    assert onset(sound) == pytest.approx(0.5, abs=0.003)


def test_stereo_is_averaged(tmp_path):
    samples = beep(16000, channels=2)
    samples[1] *= -0.5
    sound = read_sound(write_sound(tmp_path / "a.wav", samples, 16000, "pcm_f32le", "stereo"))
    assert np.allclose(sound.samples, samples[0] * 0.25, atol=1e-6)


@pytest.mark.parametrize("name", ["a.mkv", "a.mov"])
@pytest.mark.parametrize(("sound_at", "picture_at"), [(0.0, 0.0), (0.2, 0.0), (0.0, 0.2)])
def test_a_movies_sound_is_timed_against_its_first_picture(name, sound_at, picture_at, tmp_path):
    path = write_sound(tmp_path / name, beep(16000), 16000, "aac", start=sound_at, picture=picture_at)
    assert onset(read_sound(path)) == pytest.approx(0.5 + sound_at - picture_at, abs=0.005)


def test_a_movie_without_sound_says_so(tmp_path, write_movie, striped):
    path = write_movie(tmp_path / "a.mp4", [striped(0)] * 3)
    assert not has_sound(path)
    with pytest.raises(MediaError, match="has no sound; expected"):
        read_sound(path)


def test_has_sound_where_there_is(tmp_path):
    assert has_sound(write_sound(tmp_path / "a.wav", beep(16000), 16000, "pcm_s16le"))


@pytest.mark.parametrize(("content", "error"), [(b"", "zero bytes"), (b"nothing" * 40, "cannot be opened")])
def test_a_damaged_sound_file_is_said(content, error, tmp_path):
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(CorruptMedia, match=error):
        read_sound(tmp_path / "a.wav")


def test_a_sound_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(MediaError, match="cannot be read"):
        has_sound(tmp_path / "none.wav")


@pytest.mark.footage
def test_real_sound_is_as_long_as_its_picture(footage):
    sound = read_sound(footage / "public" / "obama_720p.mp4", 16000)
    assert sound.duration == pytest.approx(194 * 1001 / 30000, abs=0.06) and np.abs(sound.samples).max() > 0.1
