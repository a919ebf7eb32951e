"""Read a pickle of nested dicts of numpy arrays, or a torch archive of tensors, and run nothing in it.

Runs as a program in a process of its own (see convert.py), with the standard library alone:
`pickled_arrays.py FILE` writes one line of JSON, `{key: [dtype, shape, axes, byte count], ...}`, and
then the arrays' bytes in that order; shape is as the bytes lie, axes says which axis of the array each
of its numbers is. The pickle may name three numpy objects, for which stand-ins are taken that only
remember what they were given; any other name, and any opcode beyond the plain ones, is refused. A
torch archive is a zip file of such a pickle (five names, of torch's and Python's) and of the tensors'
bytes; numbers and texts beside its tensors are passed over.
Reference: torch.serialization's zip format.
"""

from __future__ import annotations

import io
import json
import pickle
import pickletools
import sys
import zipfile

_OPCODES = frozenset((
    "PROTO", "FRAME", "STOP", "MARK", "EMPTY_DICT", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3",
    "SETITEM", "SETITEMS", "BINUNICODE", "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES", "BININT",
    "BININT1", "BININT2", "NEWTRUE", "NEWFALSE", "NONE", "BINPUT", "LONG_BINPUT", "BINGET",
    "LONG_BINGET", "MEMOIZE", "GLOBAL", "REDUCE", "BUILD",
))
GUARD_SECONDS = 60
GUARD_BYTES = 2 << 30
_DTYPES = {"f4": "F32", "f2": "F16", "f8": "F64"}
_ARCHIVE_OPCODES = _OPCODES | {"BINPERSID"}
_STORAGES = {"HalfStorage": ("F16", 2), "FloatStorage": ("F32", 4), "DoubleStorage": ("F64", 8)}


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
        self.axes = list(range(len(shape)))
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
    stand_ins = _STAND_INS

    def find_class(self, module: str, name: str):
        try:
            return self.stand_ins[module, name]
        except KeyError:
            raise RefusedPickle(f"it names {module}.{name}") from None


class _Ordered(dict):
    """An OrderedDict without its attributes: torch hangs notes on them."""

    def __setstate__(self, state) -> None:
        pass


def _rebuild_tensor(storage, offset, shape, stride, *_) -> _Array:
    dtype, width, data = storage
    axes = sorted(range(len(shape)), key=lambda axis: -stride[axis])
    size = width
    for axis in reversed(axes):
        if shape[axis] > 1 and stride[axis] * width != size:
            raise RefusedPickle(f"a tensor of shape {shape} and stride {stride} that has gaps")
        size *= shape[axis]
    tensor = _Array()
    tensor.dtype, tensor.shape, tensor.axes = dtype, [int(shape[axis]) for axis in axes], axes
    tensor.data = data[offset * width : offset * width + size]
    if offset < 0 or min(shape, default=1) < 0 or len(tensor.data) != size:
        raise RefusedPickle(f"a tensor of shape {shape} with {len(tensor.data)} bytes")
    return tensor


class _ArchiveUnpickler(_Unpickler):
    stand_ins = {
        ("collections", "OrderedDict"): _Ordered,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
        **{("torch", name): kind for name, kind in _STORAGES.items()},
    }

    def __init__(self, file, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(file)
        self._archive, self._folder = archive, folder

    def persistent_load(self, pid):
        """The bytes of a storage: (dtype, bytes a number, bytes)."""
        word, (dtype, width), key, _, count = pid
        member = self._archive.getinfo(f"{self._folder}/data/{key}")
        if word != "storage" or member.file_size != count * width:
            raise RefusedPickle(f"a {word} of {count} numbers in {member.file_size} bytes")
        return dtype, width, self._archive.read(member)


def read(path: str) -> dict:
    """Arrays by their path in the nested dicts, joined by "/": (dtype, shape, axes, bytes).

    Raises RefusedPickle.
    """
    arrays: dict = {}
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            _collect(_load_archive(archive), "", arrays, pass_over=(int, float, str))
        return arrays
    with open(path, "rb") as file:
        _refuse_other_opcodes(file, _OPCODES)
        content = _Unpickler(file).load()
    _collect(content, "", arrays)
    return arrays


def _load_archive(archive: zipfile.ZipFile):
    pickles = [name for name in archive.namelist() if name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise RefusedPickle(f"a zip file with {len(pickles)} data.pkl; expected a torch archive")
    folder = pickles[0].rpartition("/")[0]
    order = f"{folder}/byteorder"
    if order in archive.namelist() and archive.read(order) != b"little":
        raise RefusedPickle(f"byte order {archive.read(order)!r}; expected little")
    file = io.BytesIO(archive.read(pickles[0]))
    _refuse_other_opcodes(file, _ARCHIVE_OPCODES)
    return _ArchiveUnpickler(file, archive, folder).load()


def _refuse_other_opcodes(file, allowed: frozenset) -> None:
    """RefusedPickle for any other; afterwards `file` stands at its start again."""
    for opcode, _, position in pickletools.genops(file):
        if opcode.name not in allowed:
            raise RefusedPickle(f"opcode {opcode.name} at byte {position}")
    file.seek(0)


def _collect(value, key: str, arrays: dict, pass_over: tuple = ()) -> None:
    if isinstance(value, dict):
        for name in sorted(value):
            _collect(value[name], f"{key}/{name}" if key else name, arrays, pass_over)
    elif isinstance(value, _Array):
        arrays[key] = (value.dtype, value.shape, value.axes, value.data)
    elif not isinstance(value, pass_over):
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
    head = {key: [*about, len(data)] for key, (*about, data) in arrays.items()}
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n")
    for *_, data in arrays.values():
        out.write(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
