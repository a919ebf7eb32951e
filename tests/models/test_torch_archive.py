"""A torch archive gives tensors or is refused; what it names is never run."""

import json
import os
import struct
import zipfile

import numpy as np
import pytest

from shared_core.models import convert, manifest, store
from shared_core.models.safetensors_file import read_safetensors
from shared_core.spec.errors import ModelError

torch = pytest.importorskip("torch")


def saved(tmp_path, value, old=False):
    file = tmp_path / "checkpoint.pt"
    torch.save(value, file, _use_new_zipfile_serialization=not old)
    return file


@pytest.mark.parametrize("old", [False, True])
def test_tensors_come_through_exactly_whatever_their_layout(tmp_path, old):
    generator = torch.Generator().manual_seed(0)
    pool = torch.randn(4, 6, 5, generator=generator)
    tensors = {
        "plain": pool, "half": pool.half(), "double": pool.double(), "turned": pool.permute(2, 0, 1),
        "part": pool[1:3], "scalar": torch.tensor(2.5), "none": torch.zeros(0, 3),
        "line": pool[:1].transpose(0, 1).contiguous(),
    }
    file = saved(tmp_path, {"dims": {"n_mels": 80, "name": "tiny"}, "model_state_dict": tensors}, old)
    read = convert.read_pickle(file)
    assert sorted(read) == sorted(f"model_state_dict/{name}" for name in tensors)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(read[f"model_state_dict/{name}"], tensor.numpy())


def test_a_modules_state_with_its_notes_is_read(tmp_path):
    module = torch.nn.Linear(3, 2)
    read = convert.read_pickle(saved(tmp_path, module.state_dict()))
    np.testing.assert_array_equal(read["weight"], module.weight.detach().numpy())


class Call:
    def __init__(self, *arguments):
        self.arguments = arguments

    def __reduce__(self):
        return os.mkdir, self.arguments


@pytest.mark.parametrize("old", [False, True])
def test_an_archive_that_calls_a_function_is_refused_and_does_not_call_it(tmp_path, old):
    planted = tmp_path / "planted"
    with pytest.raises(ModelError, match="it names posix.mkdir"):
        convert.read_pickle(saved(tmp_path, {"a": torch.zeros(2), "b": Call(str(planted))}, old))
    assert not planted.exists()


@pytest.mark.parametrize("tensor, reason", [
    (torch.arange(3), "LongStorage"), (torch.zeros(4, 4)[:, ::2], "gaps"), (torch.zeros(1).expand(5), "gaps"),
])
def test_whole_numbers_and_tensors_with_gaps_are_refused(tmp_path, tensor, reason):
    with pytest.raises(ModelError, match=reason):
        convert.read_pickle(saved(tmp_path, {"a": tensor}))


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.99])
def test_an_old_archive_that_ends_early_is_refused(tmp_path, share):
    file = saved(tmp_path, {"a": torch.zeros(500), "b": torch.ones(500)}, old=True)
    data = file.read_bytes()
    file.write_bytes(data[: int(share * len(data))])
    with pytest.raises(ModelError, match="refused"):
        convert.read_pickle(file)


@pytest.mark.parametrize("behind, reason", [
    (struct.pack("<q", 4), "4 numbers; expected 3"), (struct.pack("<q", -1), "-1 numbers; expected 3"),
])
def test_an_old_archive_whose_storage_has_another_length_is_refused(tmp_path, behind, reason):
    file = saved(tmp_path, {"a": torch.tensor([7.0, 7.0, 7.0])}, old=True)
    data, size = file.read_bytes(), 3 * 4
    file.write_bytes(data[: -size - 8] + behind + data[-size:])
    with pytest.raises(ModelError, match=reason):
        convert.read_pickle(file)


def changed(file, **members):
    """The archive with members, by the end of their names, replaced; None leaves one out."""
    with zipfile.ZipFile(file) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in held.items():
            data = members.get(name.rpartition("/")[2].partition(".")[0], data)
            if data is not None:
                archive.writestr(name, data)
    return file


@pytest.mark.parametrize("members, reason", [
    ({"0": b"short"}, "5 bytes"), ({"0": None}, "data/0"), ({"data": None}, "expected a torch archive"),
    ({"byteorder": b"big"}, "byte order"),
])
def test_a_damaged_archive_is_refused(tmp_path, members, reason):
    file = changed(saved(tmp_path, {"a": torch.zeros(2)}), **members)
    with pytest.raises(ModelError, match=reason):
        convert.read_pickle(file)


def sequence_of_vgg():
    """Places of all 16 convolutions of the normalised VGG-19 and of the one before them."""
    places = [0, 2, 5, 9, 12, 16, 19, 22, 25, 29, 32, 35, 38, 42, 45, 48, 51]
    return {f"{place}.{part}": np.float32([place]) for place in places for part in ("weight", "bias")}


def test_of_vgg_the_layers_to_conv5_1_get_their_names():
    named = convert.vgg19(sequence_of_vgg())
    assert len(named) == 2 * (1 + 13)
    for name, place in {"input": 0, "conv1_1": 2, "conv2_2": 12, "conv3_4": 25, "conv5_1": 42}.items():
        assert named[f"{name}.weight"] == named[f"{name}.bias"] == place
    arrays = sequence_of_vgg()
    del arrays["22.bias"]
    with pytest.raises(ModelError, match="22.bias"):
        convert.vgg19(arrays)


def test_of_whisper_the_first_blocks_are_kept():
    names = [f"encoder.conv{n}.{part}" for n in (1, 2) for part in ("weight", "bias")]
    for block in range(3):
        for layer in ("attn.query", "attn.value", "attn.out", "mlp.0", "mlp.2", "attn_ln", "mlp_ln"):
            names += [f"encoder.blocks.{block}.{layer}.{part}" for part in ("weight", "bias")]
        names.append(f"encoder.blocks.{block}.attn.key.weight")
    others = ["encoder.blocks.3.mlp.0.weight", "encoder.ln_post.bias", "decoder.blocks.0.mlp.0.weight",
              "encoder.positional_embedding"]
    arrays = {f"model_state_dict/{name}": np.zeros(1, np.float16) for name in [*names, *others]}
    assert sorted(convert.whisper_blocks(arrays)) == sorted(names)
    del arrays["model_state_dict/encoder.conv2.bias"]
    with pytest.raises(ModelError, match="48 arrays .* expected 49"):
        convert.whisper_blocks(arrays)


def test_the_pinned_whisper_weights_are_the_pinned_safetensors(whisper_weights):
    entry = manifest.entry("whisper_tiny_en")
    assert whisper_weights.name == entry.convert.file
    assert store.sha256_of(whisper_weights) == entry.convert.sha256


def test_what_was_written_as_safetensors_is_read_back_with_its_facts(tmp_path):
    arrays = {"b": np.ones((2, 3), np.float32), "a": np.zeros(0, np.float16), "c": np.float64([1.5])}
    convert.write_safetensors(tmp_path / "x", arrays, {"licence": "MIT"})
    read, facts = read_safetensors(tmp_path / "x")
    assert facts == {"licence": "MIT"}
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == array.dtype


def headed(header) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text


@pytest.mark.parametrize("data, reason", [
    (b"", "requires a buffer"), (b"\xff" * 8, "a header of"), (headed({})[:9], "a header of"),
    (headed([1]), "no object"), (struct.pack("<Q", 3) + b"{x}", "whole safetensors"),
    (headed({"a": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]}}) + bytes(8), "a is I64"),
    (headed({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}) + bytes(7), "not lie at 0 to 8"),
    (headed({"a": {"dtype": "F32", "shape": [2]}}), "data_offsets"),
])
def test_a_damaged_safetensors_file_is_refused(tmp_path, data, reason):
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(ModelError, match=reason):
        read_safetensors(tmp_path / "x")


def test_a_missing_safetensors_file_is_refused(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        read_safetensors(tmp_path / "none")
