"""Read the constants of a frozen TensorFlow graph without TensorFlow: nothing in the file is run.

Reference: Protocol Buffers' wire format; tensorflow/core/framework/{graph,node_def,attr_value,
tensor,tensor_shape}.proto, whose field numbers stand below.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...spec.errors import ModelError

_GRAPH_NODE = 1
_NODE_NAME, _NODE_OP, _NODE_ATTRIBUTE = 1, 2, 5
_ENTRY_KEY, _ENTRY_VALUE = 1, 2
_VALUE_TENSOR = 8
_TENSOR_DTYPE, _TENSOR_SHAPE, _TENSOR_CONTENT, _TENSOR_FLOATS = 1, 2, 4, 5
_SHAPE_DIM, _DIM_SIZE = 2, 1
_DT_FLOAT = 1
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class _Damaged(Exception):
    pass


def read_constants(path: Path) -> dict[str, np.ndarray]:
    """The float constants of the graph at `path`, by their nodes' names: float32, copies.

    Raises ModelError where the file is no such graph, is cut off, or holds none.
    """
    constants: dict[str, np.ndarray] = {}
    try:
        with open(path, "rb") as file:
            # Mapped, not read: half a gigabyte. It is closed when the last view of it goes.
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        for number, node in _fields(data):
            if number == _GRAPH_NODE:
                _read_node(node, constants)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error}") from None
    except (_Damaged, ValueError) as error:
        raise ModelError(f"{path}: is no frozen TensorFlow graph, or is cut off: {error}") from None
    if not constants:
        raise ModelError(f"{path}: holds no float constants; expected a frozen graph (output_graph.pb)")
    return constants


def _read_node(node: int | memoryview, constants: dict[str, np.ndarray]) -> None:
    name, op, tensor = "", "", None
    for number, value in _fields(_bytes_of(node)):
        if number == _NODE_NAME:
            name = _text(value)
        elif number == _NODE_OP:
            op = _text(value)
        elif number == _NODE_ATTRIBUTE:
            tensor = _tensor_attribute(value) or tensor
    if op == "Const" and tensor is not None:
        array = _read_tensor(tensor, name)
        if array is not None:
            constants[name] = array


def _tensor_attribute(entry: int | memoryview) -> memoryview | None:
    """The tensor of a node's attribute called "value"; None for any other attribute."""
    found = dict(_fields(_bytes_of(entry)))
    if _text(found.get(_ENTRY_KEY, memoryview(b""))) != "value" or _ENTRY_VALUE not in found:
        return None
    tensor = dict(_fields(_bytes_of(found[_ENTRY_VALUE]))).get(_VALUE_TENSOR)
    return None if tensor is None else _bytes_of(tensor)


def _read_tensor(tensor: memoryview, name: str) -> np.ndarray | None:
    """The array of a float tensor, from its bytes or its list of values; None for another type."""
    shape: tuple[int, ...] = ()
    kind, content, listed = 0, None, []
    for number, value in _fields(tensor):
        if number == _TENSOR_DTYPE:
            kind = value
        elif number == _TENSOR_SHAPE:
            shape = _read_shape(value)
        elif number == _TENSOR_CONTENT:
            content = _bytes_of(value)
        elif number == _TENSOR_FLOATS:
            listed.append(_bytes_of(value))
    if kind != _DT_FLOAT:
        return None
    values = np.frombuffer(content if content is not None else b"".join(listed), "<f4")
    size = math.prod(shape)
    # A list may leave out what repeats its last value.
    if content is None and 0 < len(values) < size:
        values = np.concatenate([values, np.full(size - len(values), values[-1], np.float32)])
    if len(values) != size:
        raise _Damaged(f"{name} has {len(values)} values for shape {shape}")
    return values.reshape(shape).astype(np.float32)


def _read_shape(shape: int | memoryview) -> tuple[int, ...]:
    sizes = []
    for number, dimension in _fields(_bytes_of(shape)):
        if number == _SHAPE_DIM:
            size = dict(_fields(_bytes_of(dimension))).get(_DIM_SIZE, 0)
            if not isinstance(size, int) or size >= 1 << 40:
                raise _Damaged("a tensor of unknown size")
            sizes.append(size)
    return tuple(sizes)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Field numbers and values of a message: an int for a varint, else the value's bytes."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        kind = tag & 7
        if kind == _VARINT:
            value, position = _varint(message, position)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            size, position = _varint(message, position)
        elif kind in (_FIXED32, _FIXED64):
            size = 4 if kind == _FIXED32 else 8
        else:
            raise _Damaged(f"wire type {kind}")
        if position + size > len(message):
            raise _Damaged(f"a field of {size} bytes runs past its end")
        yield tag >> 3, message[position : position + size]
        position += size


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first, and where the next field starts."""
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            raise _Damaged("it ends inside a number")
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise _Damaged("a number of more than ten bytes")


def _bytes_of(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise _Damaged("a number stands where a message is expected")
    return value


def _text(value: int | memoryview) -> str:
    return bytes(_bytes_of(value)).decode("utf-8", "replace")
