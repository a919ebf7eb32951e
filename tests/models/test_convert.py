"""A foreign pickle gives arrays or is refused; what it names is never run."""

import os
import pickle
from dataclasses import replace

import numpy as np
import pytest

from shared_core.models import convert, manifest, store
from shared_core.spec.errors import ModelError


class Call:
    """Pickles into a call of `function`."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def pickled(tmp_path, value, names=(b"numpy._core", b"numpy.core")):
    file = tmp_path / "checkpoint.ckpt"
    # Protocol 3 with numpy's older module name, as the field's checkpoints have it.
    file.write_bytes(pickle.dumps(value, protocol=3).replace(b"c" + names[0], b"c" + names[1]))
    return file


def test_nested_dicts_of_arrays_come_through_exactly(tmp_path):
    arrays = {"a": {"kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}, "b": np.float16([[1.5]])}
    read = convert.read_pickle(pickled(tmp_path, arrays))
    assert sorted(read) == ["a/kernel", "b"]
    np.testing.assert_array_equal(read["a/kernel"], arrays["a"]["kernel"])
    assert read["b"].dtype == np.float16 and read["b"].shape == (1, 1)


@pytest.mark.parametrize("function", [os.system, eval, os.mkdir])
def test_a_pickle_that_calls_a_function_is_refused_and_does_not_call_it(tmp_path, function):
    planted = tmp_path / "planted"
    text = {os.system: f"mkdir {planted}", eval: f"__import__('os').mkdir({str(planted)!r})"}.get(function)
    file = pickled(tmp_path, {"a": Call(function, text or str(planted))})
    with pytest.raises(ModelError, match="it names"):
        convert.read_pickle(file)
    assert not planted.exists()


def test_a_pickle_that_holds_more_than_arrays_is_refused(tmp_path):
    with pytest.raises(ModelError, match="holds a str"):
        convert.read_pickle(pickled(tmp_path, {"a": "text"}))


def test_an_array_of_objects_is_refused(tmp_path):
    with pytest.raises(ModelError, match="refused"):
        convert.read_pickle(pickled(tmp_path, {"a": np.array([object], dtype=object)}))


def test_a_new_kind_of_opcode_is_refused(tmp_path):
    file = tmp_path / "x.ckpt"
    file.write_bytes(pickle.dumps({"a": {1, 2}}, protocol=4))
    with pytest.raises(ModelError, match="opcode EMPTY_SET"):
        convert.read_pickle(file)


def test_a_file_that_is_no_pickle_is_refused(tmp_path):
    file = tmp_path / "x.ckpt"
    file.write_bytes(b"\x00not a pickle")
    with pytest.raises(ModelError, match="refused"):
        convert.read_pickle(file)


def test_safetensors_are_read_back_by_their_own_library(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    arrays = {"b": np.ones((2, 3), np.float32), "a": np.zeros(5, np.float16)}
    convert.write_safetensors(tmp_path / "x.safetensors", arrays, {"licence": "MIT"})
    read = library.load_file(tmp_path / "x.safetensors")
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)


def test_the_same_arrays_give_the_same_bytes(tmp_path):
    one, two = np.ones(3, np.float32), np.zeros(3, np.float32)
    convert.write_safetensors(tmp_path / "x", {"one": one, "two": two}, {"a": "1", "b": "2"})
    convert.write_safetensors(tmp_path / "y", {"two": two, "one": one}, {"b": "2", "a": "1"})
    assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()


def lpips_arrays(heads=5):
    arrays = {}
    for number in range(5):
        arrays[f"AlexNet_0/Conv_{number}/kernel"] = np.ones((1, 2, 3, 4), np.float32)
        arrays[f"AlexNet_0/Conv_{number}/bias"] = np.ones(4, np.float32)
    for number in range(heads):
        arrays[f"NetLinLayer_{number}/Conv_0/kernel"] = np.ones((1, 1, 4, 1), np.float32)
    return arrays


def test_kernels_get_torchs_axes():
    kernel = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    renamed = convert.lpips_alex(lpips_arrays() | {"AlexNet_0/Conv_1/kernel": kernel})
    assert renamed["features.3.weight"].shape == (4, 3, 1, 2)
    assert renamed["features.3.weight"][3, 2, 0, 1] == kernel[0, 1, 2, 3]
    assert renamed["lin4.model.1.weight"].shape == (1, 4, 1, 1)


def test_a_checkpoint_of_another_layout_is_refused_by_name():
    with pytest.raises(ModelError, match="NetLinLayer_4"):
        convert.lpips_alex(lpips_arrays(heads=4))
    with pytest.raises(ModelError, match="extra"):
        convert.lpips_alex(lpips_arrays() | {"extra": np.ones(1, np.float32)})


def test_a_converted_file_with_another_sha256_is_not_kept(shelf, tmp_path):
    nested: dict = {}
    for key, array in lpips_arrays().items():
        first, second, last = key.split("/")
        nested.setdefault(first, {}).setdefault(second, {})[last] = array
    file = pickled(tmp_path, nested)
    entry = shelf.entry("model", sha256=store.sha256_of(file))
    conversion = manifest.Conversion("lpips_alex", "x.safetensors", "0" * 64)
    shelf.entries["model"] = replace(entry, convert=conversion)
    with pytest.raises(ModelError, match="converted file's sha256 is"):
        store.add("model", file)
    assert store.state("model") == "missing"


def test_the_pinned_lpips_weights_give_the_pinned_safetensors(lpips_weights):
    entry = manifest.entry("lpips_alex")
    assert lpips_weights.name == entry.convert.file
    assert store.sha256_of(lpips_weights) == entry.convert.sha256
