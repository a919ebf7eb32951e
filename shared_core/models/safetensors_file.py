"""Read a safetensors file with numpy alone: what the light networks ship with or are converted to.

Reference: the safetensors format, 8 bytes of header length, JSON header, raw little-endian arrays.
"""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import numpy as np

from shared_core.spec.errors import ModelError

_DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}
_LARGEST_HEADER = 100 << 20


def read_safetensors(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays of the file by name, in their own precision, and its header's texts.

    Raises ModelError where the file cannot be read, is damaged or cut off, or holds another type
    than half, single or double floats.
    """
    try:
        data = Path(path).read_bytes()
        (size,) = struct.unpack_from("<Q", data)
        if size > min(_LARGEST_HEADER, len(data) - 8):
            raise ValueError(f"a header of {size} bytes in a file of {len(data)}")
        header = json.loads(data[8 : 8 + size])
        if not isinstance(header, dict):
            raise ValueError("its header is no object")
        facts = header.pop("__metadata__", {})
        body = memoryview(data)[8 + size :]
        return {name: _array(name, item, body) for name, item in header.items()}, facts
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ModelError(f"{path}: is no whole safetensors file: {error}; fetch or bring it again") from None


def _array(name: str, item: dict, body: memoryview) -> np.ndarray:
    if item["dtype"] not in _DTYPES:
        raise ValueError(f"{name} is {item['dtype']}; expected one of {', '.join(_DTYPES)}")
    first, last = item["data_offsets"]
    dtype, shape = np.dtype(_DTYPES[item["dtype"]]), tuple(item["shape"])
    if not 0 <= first <= last <= len(body) or last - first != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{name}, {shape}, does not lie at {first} to {last}")
    return np.frombuffer(body[first:last], dtype).reshape(shape)
