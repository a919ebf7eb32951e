"""The log-mel spectrogram against a written oracle: bands, frames, range."""

import numpy as np
import pytest
from voices import RATE, warble

from shared_core.networks.speech import log_mel


def slaney_mel(hz):
    return hz * 3 / 200 if hz < 1000 else 15 + np.log(hz / 1000) / (np.log(6.4) / 27)


def slaney_hz(mel):
    return mel * 200 / 3 if mel < 15 else 1000 * np.exp(np.log(6.4) / 27 * (mel - 15))


def bands_one_by_one():
    top = slaney_mel(8000.0)
    edges = [slaney_hz(top * number / 81) for number in range(82)]
    bands = np.zeros((201, 80))
    for line in range(201):
        hz = 40.0 * line
        for band in range(80):
            low, middle, high = edges[band : band + 3]
            if low < hz <= middle:
                bands[line, band] = (hz - low) / (middle - low) * 2 / (high - low)
            elif middle < hz < high:
                bands[line, band] = (high - hz) / (high - middle) * 2 / (high - low)
    return bands


def spectrum_by_torch(samples, frames):
    """As Whisper makes it: 30 s of silence behind the sound, torch's stft, the last frame dropped."""
    torch = pytest.importorskip("torch")
    padded = torch.from_numpy(np.pad(samples, (0, 30 * RATE)))
    wave = torch.stft(padded, 400, 160, window=torch.hann_window(400), return_complex=True)
    power = wave[..., :-1].abs() ** 2
    spectrum = torch.clamp(torch.from_numpy(bands_one_by_one()).float().T @ power, min=1e-10).log10()
    spectrum = torch.maximum(spectrum, spectrum.max() - 8.0)
    return ((spectrum + 4.0) / 4.0).T.numpy()[:frames]


def test_bands_are_slaneys_triangles():
    assert np.allclose(log_mel.mel_bands(), bands_one_by_one(), atol=1e-7)
    assert log_mel.mel_bands()[1, 0] == pytest.approx(0.0248626, abs=1e-6)


@pytest.mark.parametrize("seconds", [0.1, 1.0, 2.337])
def test_the_spectrum_is_what_torch_makes_of_it(seconds):
    samples = warble(seconds)
    spectrum = log_mel.log_mel(samples, 600)
    assert spectrum.dtype == np.float32
    assert np.allclose(spectrum, spectrum_by_torch(samples, 600), atol=1e-4)


def test_frames_are_those_whose_centre_lies_in_the_sound():
    assert len(log_mel.log_mel(warble(1.0))) == 100
    assert len(log_mel.log_mel(np.zeros(1601, np.float32))) == 11


def test_a_click_stands_in_the_frame_of_its_moment():
    samples = np.zeros(RATE, np.float32)
    samples[round(0.37 * RATE)] = 1.0
    assert log_mel.log_mel(samples).sum(axis=1).argmax() == 37


def test_a_tone_stands_in_the_band_around_it():
    samples = np.sin(2 * np.pi * 2000 * np.arange(RATE) / RATE).astype(np.float32)
    band = log_mel.log_mel(samples)[50].argmax()
    top = slaney_mel(8000.0)
    centres = [slaney_hz(top * (number + 1) / 81) for number in range(80)]
    assert band == np.abs(np.array(centres) - 2000).argmin()


def test_it_ends_eight_decades_below_its_maximum():
    spectrum = log_mel.log_mel(warble(1.0))
    assert spectrum.max() - spectrum.min() == pytest.approx(2.0, abs=1e-5)
    silence = log_mel.log_mel(np.zeros(RATE, np.float32))
    assert np.ptp(silence) == 0 and silence[0, 0] == pytest.approx(-1.5)


def test_work_in_parts_changes_no_bit(monkeypatch):
    samples = warble(1.0)
    whole = log_mel.log_mel(samples)
    monkeypatch.setattr(log_mel, "_FRAMES_AT_ONCE", 7)
    assert np.array_equal(log_mel.log_mel(samples), whole)


def test_half_the_frames_lie_on_the_even_ones():
    ramp = np.arange(9, dtype=np.float32)[:, None] * np.ones((1, 3), np.float32)
    half = log_mel.halved(ramp)
    assert np.allclose(half[:, 0], [0.25, 2, 4, 6, 7.75])
    spike = np.zeros((5, 1), np.float32)
    spike[3] = 1
    assert np.allclose(log_mel.halved(spike)[:, 0], [0, 0.25, 0.25])
