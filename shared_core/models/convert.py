"""Turn a foreign checkpoint into safetensors, once, before it enters the cache.

A pickle is never loaded here: a guarded process (pickled_arrays.py: nothing that it names is run, no
file is written, time and memory are bounded) hands its arrays over a pipe. The safetensors file has
sorted keys and fixed padding, so that its sha256 can stand in the manifest.
Reference: the safetensors format, 8 bytes of header length, JSON header, raw little-endian arrays.
"""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from shared_core.spec.errors import ModelError

from .download import writing
from .manifest import Entry
from .pickled_arrays import GUARD_SECONDS

_READER = Path(__file__).with_name("pickled_arrays.py")
_DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}


def convert(entry: Entry, file: Path) -> None:
    """Replace `file` by its safetensors form, by the converter that `entry.convert` names."""
    converters: dict[str, Callable[[dict], dict]] = {
        "lpips_alex": lpips_alex, "vgg19": vgg19, "whisper_blocks": whisper_blocks,
    }
    try:
        layout = converters[entry.convert.converter]
    except KeyError:
        raise ModelError(
            f"{entry.name}: converter {entry.convert.converter!r}; expected one of {', '.join(converters)}"
        ) from None
    arrays = layout(read_pickle(file))
    facts = {
        "architecture": entry.convert.converter, "licence": entry.licence, "provenance": entry.terms,
        "source_sha256": entry.sha256,
    }
    write_safetensors(file, arrays, facts)


def lpips_alex(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """LPIPS over AlexNet, from flax' names and H,W,I,O kernels to torch's names and O,I,H,W.

    Backbone: `features.{0,3,6,8,10}.{weight,bias}`, as torchvision's AlexNet has them. Heads:
    `lin{0..4}.model.1.weight`, (1, channels, 1, 1), as lpips 0.1 has them.
    """
    renamed: dict[str, np.ndarray] = {}
    try:
        for number, layer in enumerate((0, 3, 6, 8, 10)):
            kernel = arrays.pop(f"AlexNet_0/Conv_{number}/kernel")
            renamed[f"features.{layer}.weight"] = kernel.transpose(3, 2, 0, 1)
            renamed[f"features.{layer}.bias"] = arrays.pop(f"AlexNet_0/Conv_{number}/bias")
            head = arrays.pop(f"NetLinLayer_{number}/Conv_0/kernel")
            renamed[f"lin{number}.model.1.weight"] = head.transpose(3, 2, 0, 1)
    except KeyError as missing:
        raise ModelError(f"lpips_alex: the checkpoint has no {missing}; has {sorted(arrays)}") from None
    if arrays:
        raise ModelError(f"lpips_alex: the checkpoint has unknown arrays {sorted(arrays)}")
    return renamed


def whisper_blocks(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Of OpenAI's Whisper, the audio encoder's two convolutions and its first three blocks.

    Names and precision (half) stay those of the checkpoint, without `model_state_dict/`. What is left
    out is nine tenths of the file. Raises ModelError where an array is missing.
    """
    prefix = "model_state_dict/"
    kept = re.compile(r"encoder\.(conv[12]|blocks\.[012]\..+)\.(weight|bias)")
    found = {
        name.removeprefix(prefix): array for name, array in arrays.items()
        if kept.fullmatch(name.removeprefix(prefix))
    }
    # Two convolutions of two arrays; a block has six linear layers, one without bias, and two norms.
    if len(found) != 2 * 2 + 3 * 15:
        raise ModelError(
            f"whisper_blocks: {len(found)} arrays of the stem and the first three blocks are there;"
            f" expected 49; the checkpoint has {sorted(arrays)[:8]} and more"
        )
    return found


def vgg19(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The normalised VGG-19 up to conv5_1, from its places in a sequence to the layers' own names.

    `input` is the 1 x 1 convolution that turns RGB, 0 to 1, into what the network was trained on; then
    `conv1_1` to `conv5_1`. The three convolutions behind are left out. ModelError where one is missing.
    """
    places = {"input": 0}
    place = 2  # a padding stands before each convolution, a ReLU behind it, a pool behind each block
    for block, count in enumerate((2, 2, 4, 4, 1), start=1):
        for number in range(count):
            places[f"conv{block}_{number + 1}"] = place
            place += 3
        place += 1
    try:
        return {f"{name}.{part}": arrays[f"{place}.{part}"]
                for name, place in places.items() for part in ("weight", "bias")}
    except KeyError as missing:
        raise ModelError(f"vgg19: the checkpoint has no {missing}; has {sorted(arrays)}") from None


def read_pickle(file: Path) -> dict[str, np.ndarray]:
    """The arrays of a pickle or torch archive, read by the guarded process; ModelError where refused."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_READER), str(file)],
            capture_output=True, stdin=subprocess.DEVNULL, timeout=GUARD_SECONDS,
            env={name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ},
        )
    except subprocess.TimeoutExpired:
        raise ModelError(f"{file.name}: not read within {GUARD_SECONDS} s; it was refused") from None
    if done.returncode != 0:
        reason = done.stderr.decode("utf-8", "replace").strip() or f"the reader ended with {done.returncode}"
        raise ModelError(f"{file.name}: refused, for a checkpoint holds arrays alone: {reason}")
    head, _, data = done.stdout.partition(b"\n")
    arrays, offset = {}, 0
    for key, (dtype, shape, axes, size) in json.loads(head).items():
        lying = np.frombuffer(data[offset : offset + size], _DTYPES[dtype]).reshape(shape)
        arrays[key] = lying.transpose(np.argsort(axes))
        offset += size
    return arrays


def write_safetensors(file: Path, arrays: dict[str, np.ndarray], facts: dict[str, str]) -> None:
    """Write float arrays and a header of texts; the same content gives the same bytes."""
    names = {np.dtype(kind): name for name, kind in _DTYPES.items()}
    header: dict = {"__metadata__": dict(sorted(facts.items()))}
    offset, pieces = 0, []
    for key, array in sorted(arrays.items()):
        piece = np.ascontiguousarray(array)
        extent = [offset, offset + piece.nbytes]
        header[key] = {"dtype": names[piece.dtype], "shape": list(piece.shape), "data_offsets": extent}
        pieces.append(piece.tobytes())
        offset = extent[1]
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with writing(file) as write:
        write(struct.pack("<Q", len(text)) + text)
        for piece in pieces:
            write(piece)
