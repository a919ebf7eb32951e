"""Read a pickle of nested dicts of numpy arrays, or a torch archive of tensors, and run nothing in it.

Runs as a program in a process of its own (see convert.py), with the standard library alone:
`pickled_arrays.py FILE` writes one line of JSON, `{key: [dtype, shape, axes, byte count], ...}`, and
then the arrays' bytes in that order; shape is as the bytes lie, axes says which axis of the array each
of its numbers is. The pickle may name three numpy objects, for which stand-ins are taken that only
remember what they were given; any other name, and any opcode beyond the plain ones, is refused. A
torch archive is a zip file of such a pickle (five names, of torch's and Python's) and of the tensors'
bytes, or, from before torch 1.6, pickles one after the other and the bytes behind them; numbers and
texts beside its tensors are passed over.
Reference: torch.serialization's zip format, and its legacy one.
"""

from __future__ import annotations

import io
import json
import pickle
import pickletools
import struct
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
_OLD_OPCODES = _OPCODES | {"LONG1", "EMPTY_LIST", "APPEND", "APPENDS"}
_OLD_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
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


class _Storage:
    """count numbers of a dtype, width bytes each; `data` comes after the tensors that lie in it."""

    def __init__(self, word, kind, key, place, count, view=None) -> None:
        (self.dtype, self.width), self.count, self.data = kind, count, b""
        if word != "storage" or view is not None or self.count < 0:
            raise RefusedPickle(f"a {word} of {self.count} numbers, view {view}; expected a whole storage")


class _Tensor(_Array):
    def __init__(self, storage, offset, shape, stride, *_) -> None:
        axes = sorted(range(len(shape)), key=lambda axis: -stride[axis])
        size = storage.width
        for axis in reversed(axes):
            if shape[axis] > 1 and stride[axis] * storage.width != size:
                raise RefusedPickle(f"a tensor of shape {shape} and stride {stride} that has gaps")
            size *= shape[axis]
        self.dtype, self.shape, self.axes = storage.dtype, [int(shape[axis]) for axis in axes], axes
        self._storage, self._first, self._size = storage, offset * storage.width, size

    @property
    def data(self) -> bytes:
        found = self._storage.data[self._first : self._first + self._size] if self._first >= 0 else b""
        if min(self.shape, default=1) < 0 or len(found) != self._size:
            raise RefusedPickle(f"a tensor of shape {self.shape} with {len(found)} bytes")
        return found


class _TorchUnpickler(_Unpickler):
    """Leaves in `storages` what was asked for, by key; whoever reads the file fills them."""

    stand_ins = {
        ("collections", "OrderedDict"): _Ordered,
        ("torch._utils", "_rebuild_tensor_v2"): _Tensor,
        **{("torch", name): kind for name, kind in _STORAGES.items()},
    }

    def __init__(self, file) -> None:
        super().__init__(file)
        self.storages: dict = {}

    def persistent_load(self, pid):
        return self.storages.setdefault(pid[2], _Storage(*pid))


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
        old = file.peek(len(_OLD_MAGIC)).startswith(_OLD_MAGIC)
        content = _load_old_archive(file) if old else _load_plain(file, _OPCODES)
    _collect(content, "", arrays, pass_over=(int, float, str) if old else ())
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
    unpickler = _TorchUnpickler(file)
    content = unpickler.load()
    for key, storage in unpickler.storages.items():
        member = archive.getinfo(f"{folder}/data/{key}")
        if member.file_size != storage.count * storage.width:
            raise RefusedPickle(f"a storage of {storage.count} numbers in {member.file_size} bytes")
        storage.data = archive.read(member)
    return content


def _load_old_archive(file):
    """Magic number, version, machine, content, and the keys in whose order the storages lie behind."""
    _, version, machine = (_load_plain(file) for _ in range(3))
    if version != 1001 or not machine["little_endian"]:
        raise RefusedPickle(f"version {version}, of {machine}; expected 1001, little endian")
    _refuse_other_opcodes(file, _ARCHIVE_OPCODES)
    unpickler = _TorchUnpickler(file)
    content = unpickler.load()
    for key in _load_plain(file):
        (count,) = struct.unpack("<q", file.read(8))
        storage = unpickler.storages[key]
        if count != storage.count:
            raise RefusedPickle(f"storage {key} of {count} numbers; expected {storage.count}")
        storage.data = file.read(count * storage.width)
    return content


def _load_plain(file, allowed: frozenset = _OLD_OPCODES):
    _refuse_other_opcodes(file, allowed)
    return _Unpickler(file).load()


def _refuse_other_opcodes(file, allowed: frozenset) -> None:
    """RefusedPickle for any other in the next pickle; afterwards `file` stands at its start again."""
    start = file.tell()
    for opcode, _, position in pickletools.genops(file):
        if opcode.name not in allowed:
            raise RefusedPickle(f"opcode {opcode.name} at byte {position}")
    file.seek(start)


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
