"""Read a pickle of nested dicts of numpy arrays without running anything that it names.

Runs as a program in a process of its own (see convert.py), with the standard library alone:
`pickled_arrays.py FILE` writes one line of JSON, `{key: [dtype, shape, byte count], ...}`, and then
the arrays' bytes in that order. The pickle may name three numpy objects, for which stand-ins are
taken that only remember what they were given; any other name, and any opcode beyond the plain
ones, is refused.
"""

from __future__ import annotations

import json
import pickle
import pickletools
import sys

_OPCODES = frozenset((
    "PROTO", "FRAME", "STOP", "MARK", "EMPTY_DICT", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3",
    "SETITEM", "SETITEMS", "BINUNICODE", "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES", "BININT",
    "BININT1", "BININT2", "NEWTRUE", "NEWFALSE", "NONE", "BINPUT", "LONG_BINPUT", "BINGET",
    "LONG_BINGET", "MEMOIZE", "GLOBAL", "REDUCE", "BUILD",
))
GUARD_SECONDS = 60
GUARD_BYTES = 2 << 30
_DTYPES = {"f4": "F32", "f2": "F16", "f8": "F64"}


class RefusedPickle(Exception):
    """The pickle asks for more than arrays."""


class _Dtype:
    def __init__(self, name, *_) -> None:
        if name not in _DTYPES:
            raise RefusedPickle(f"dtype {name!r}; expected one of {', '.join(_DTYPES)}")
        self.name = name

    def __setstate__(self, state) -> None:
        if state[1] != "<":
            raise RefusedPickle(f"byte order {state[1]!r}; expected little endian")


class _Array:
    def __setstate__(self, state) -> None:
        _, shape, dtype, fortran_order, data = state
        if not isinstance(dtype, _Dtype) or not isinstance(data, bytes) or fortran_order:
            raise RefusedPickle("an array that is not plain bytes in C order")
        self.shape, self.dtype, self.data = [int(size) for size in shape], _DTYPES[dtype.name], data
        expected = int(dtype.name[1])
        for size in self.shape:
            expected *= size
        if min(self.shape, default=1) < 0 or expected != len(data):
            raise RefusedPickle(f"an array of shape {self.shape} with {len(data)} bytes")


def _reconstruct(*_) -> _Array:
    return _Array()


_STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "ndarray"): "numpy.ndarray",
    ("numpy", "dtype"): _Dtype,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str):
        try:
            return _STAND_INS[module, name]
        except KeyError:
            raise RefusedPickle(f"it names {module}.{name}") from None


def read(path: str) -> dict:
    """Arrays by their path in the nested dicts, joined by "/": (dtype, shape, bytes).

    Raises RefusedPickle.
    """
    with open(path, "rb") as file:
        for opcode, _, position in pickletools.genops(file):
            if opcode.name not in _OPCODES:
                raise RefusedPickle(f"opcode {opcode.name} at byte {position}")
        file.seek(0)
        content = _Unpickler(file).load()
    arrays: dict = {}
    _collect(content, "", arrays)
    return arrays


def _collect(value, key: str, arrays: dict) -> None:
    if isinstance(value, dict):
        for name in sorted(value):
            _collect(value[name], f"{key}/{name}" if key else name, arrays)
    elif isinstance(value, _Array):
        arrays[key] = (value.dtype, value.shape, value.data)
    else:
        raise RefusedPickle(f"{key or 'the top'} holds a {type(value).__name__}")


def guard() -> None:
    """Bound this process: processor time, memory, and no byte written to any file.

    Windows has no such limits; there the caller's time-out is the only bound.
    """
    try:
        import resource
    except ImportError:
        return
    for limit, value in (("CPU", GUARD_SECONDS), ("AS", GUARD_BYTES), ("FSIZE", 0)):
        resource.setrlimit(getattr(resource, f"RLIMIT_{limit}"), (value, value))


def main(path: str) -> int:
    """Print the arrays of the pickle at `path`; 1 and the reason on stderr where it is refused."""
    guard()
    try:
        arrays = read(path)
    except Exception as error:  # whatever a hostile file provokes ends this process alone
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    head = {key: [dtype, shape, len(data)] for key, (dtype, shape, data) in arrays.items()}
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n")
    for _, _, data in arrays.values():
        out.write(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
