"""The encoder in numpy against the same encoder in torch; windows without seams."""

import numpy as np
import pytest
from voices import warble, whisper_arrays

from shared_core.networks.speech import log_mel, whisper_blocks
from shared_core.networks.speech.whisper_blocks import WhisperBlocks
from shared_core.spec.errors import ModelError


def encode_by_torch(arrays, spectrum, first_position=500):
    """Whisper's encoder as its authors wrote it down, from torch's own layers; blocks 1 and 2."""
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    held = {name: torch.from_numpy(np.float32(array)) for name, array in arrays.items()}
    width = len(held["encoder.conv1.bias"])

    def linear(name, rows):
        return functional.linear(rows, held[f"{name}.weight"], held.get(f"{name}.bias"))

    def norm(name, rows):
        return functional.layer_norm(rows, (width,), held[f"{name}.weight"], held[f"{name}.bias"])

    def heads(rows):
        return rows.reshape(1, len(rows), width // 64, 64).transpose(1, 2)

    rows = torch.from_numpy(spectrum.T.copy())[None]
    for name, stride in (("encoder.conv1", 1), ("encoder.conv2", 2)):
        weight, bias = held[f"{name}.weight"], held[f"{name}.bias"]
        rows = functional.gelu(functional.conv1d(rows, weight, bias, stride, padding=1))
    rows = rows[0].T
    step = torch.arange(first_position, first_position + len(rows)).double()
    wave = torch.arange(width // 2).double()
    angle = step[:, None] / 10000 ** (wave / (width // 2 - 1))
    rows = rows + torch.cat([angle.sin(), angle.cos()], 1).float()
    tapped = []
    for number in range(3):
        block = f"encoder.blocks.{number}"
        normal = norm(f"{block}.attn_ln", rows)
        parts = [heads(linear(f"{block}.attn.{part}", normal)) for part in ("query", "key", "value")]
        mixed = functional.scaled_dot_product_attention(*parts)
        rows = rows + linear(f"{block}.attn.out", mixed.transpose(1, 2).reshape(-1, width))
        inner = functional.gelu(linear(f"{block}.mlp.0", norm(f"{block}.mlp_ln", rows)))
        rows = rows + linear(f"{block}.mlp.2", inner)
        tapped += [rows] if number else []
    return torch.cat(tapped, 1).numpy()


@pytest.fixture(scope="module")
def small():
    return WhisperBlocks(whisper_arrays())


def test_the_encoder_equals_the_one_of_torch(small):
    spectrum = log_mel.log_mel(warble(1.2), 200)
    expected = encode_by_torch(whisper_arrays(), spectrum)
    found = small.encode(spectrum)
    assert found.shape == (100, 256) and found.dtype == np.float32
    assert np.abs(found - expected).max() < 1e-4
    assert np.abs(expected).max() > 1


def test_the_real_weights_give_what_torch_gives(whisper_weights):
    from shared_core.models.safetensors_file import read_safetensors

    arrays, _ = read_safetensors(whisper_weights)
    spectrum = log_mel.log_mel(warble(4.0), 400)
    expected = encode_by_torch(arrays, spectrum)
    # Single channels of trained encoders reach tens: the tolerance is relative to that.
    assert np.abs(WhisperBlocks(arrays).encode(spectrum) - expected).max() < 1e-4 * np.abs(expected).max()


def test_the_real_weights_have_the_width_of_tiny(whisper_weights):
    from shared_core.models.safetensors_file import read_safetensors

    arrays, facts = read_safetensors(whisper_weights)
    assert arrays["encoder.blocks.2.mlp.0.weight"].shape == (1536, 384)
    assert facts["licence"] == "MIT"
    assert len(arrays) == 49


def test_gelu_is_the_exact_one():
    from math import erf, sqrt

    values = np.linspace(-6, 6, 101, dtype=np.float32)
    exact = [0.5 * value * (1 + erf(value / sqrt(2))) for value in values.astype(float)]
    assert np.allclose(whisper_blocks.gelu(values), exact, atol=1e-6)


def test_a_missing_or_misshapen_array_is_named():
    arrays = whisper_arrays()
    with pytest.raises(ModelError, match=r"no encoder\.blocks\.1\.attn\.key\.weight"):
        WhisperBlocks({k: v for k, v in arrays.items() if k != "encoder.blocks.1.attn.key.weight"})
    with pytest.raises(ModelError, match=r"conv1\.weight has shape \(128, 40, 3\); expected \(128, 80, 3\)"):
        WhisperBlocks(arrays | {"encoder.conv1.weight": arrays["encoder.conv1.weight"][:, :40]})
    with pytest.raises(ModelError, match="width is 100"):
        WhisperBlocks(arrays | {"encoder.conv2.bias": np.zeros(100, np.float32)})


def test_a_short_sound_is_one_window_without_silence(small):
    samples = warble(1.501)
    expected = encode_by_torch(whisper_arrays(), log_mel.log_mel(samples, 152))
    assert np.allclose(small.features(samples), expected, atol=1e-4)
    assert len(expected) == 76


@pytest.mark.parametrize("steps", [501, 799, 800, 801, 3000, 7321])
def test_windows_cover_all_steps_with_four_seconds_in_common(steps):
    starts = whisper_blocks.window_starts(steps)
    assert starts[0] == 0 and starts[-1] == steps - 500
    assert all(1 <= after - before <= 300 for before, after in zip(starts, starts[1:], strict=False))
    shares = np.zeros(steps)
    for number, start in enumerate(starts):
        share = whisper_blocks.window_share(starts, number)
        shares[start : start + 500] += share
        assert number == 0 or not share[:75].any()
        assert number == len(starts) - 1 or not share[-75:].any()
    assert np.allclose(shares, 1, atol=1e-6)


class Reporter(WhisperBlocks):
    """An encoder that gives back, as its features, what it was shown."""

    def __init__(self):
        self._width = 80

    def encode(self, spectrum):
        return np.concatenate([spectrum[::2], spectrum[1::2]], axis=1)


def test_a_long_sound_is_put_together_from_its_windows_in_place():
    samples = warble(23.0)
    spectrum = log_mel.log_mel(samples, 2300)
    together = Reporter().features(samples)
    assert together.shape == (1150, 160)
    assert np.allclose(together, np.concatenate([spectrum[::2], spectrum[1::2]], axis=1), atol=1e-5)


def test_a_seam_is_no_louder_than_what_lies_around_it(whisper_weights):
    from shared_core.models.safetensors_file import read_safetensors

    network = WhisperBlocks(read_safetensors(whisper_weights)[0])
    change = np.linalg.norm(np.diff(network.features(warble(13.0)), axis=0), axis=1)
    first, last = whisper_blocks.window_starts(650)
    seam = (first + last + 500) // 2
    near = slice(seam - 40, seam + 40)
    assert change[near].max() < 1.2 * np.delete(change, near).max()
    assert np.median(change[near]) < 1.5 * np.median(change)
