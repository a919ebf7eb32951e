"""Read one member out of an archive, or a packed file. Nothing in it is run or installed."""

from __future__ import annotations

import bz2
import tarfile
import zipfile
from pathlib import Path
from typing import BinaryIO

from shared_core.spec.errors import ModelError

from .download import writing

_CHUNK = 1 << 20


def read_member(archive: Path, name: str, member: str, target: Path, limit: int) -> None:
    """Write `member` of `archive`, a tar or zip file called `name`, to `target`.

    limit: bytes that the member may have at most. Raises ModelError where the archive has no such
    regular file, is damaged, or the member is larger.
    """
    try:
        if name.endswith((".whl", ".zip")):
            with zipfile.ZipFile(archive) as opened, opened.open(member) as source:
                _write(source, target, limit, member)
        else:
            with tarfile.open(archive) as opened:
                _write(_regular_file(opened, member), target, limit, member)
    except KeyError:
        raise ModelError(f"{name}: holds no {member}") from None
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise ModelError(f"{name}: is damaged or not an archive: {error}") from None


def _regular_file(opened: tarfile.TarFile, member: str) -> BinaryIO:
    found = opened.getmember(member)
    # The filter refuses what an extraction would: links and devices that lead out of the archive.
    # Debian 12's Python 3.11.2 has none yet; reading a regular file's bytes is safe without it.
    if hasattr(tarfile, "data_filter"):
        found = tarfile.data_filter(found, "/")
    source = opened.extractfile(found) if found.isreg() else None
    if source is None:
        raise tarfile.TarError(f"{member} is not a regular file")
    return source


def unpack_bz2(packed: Path, target: Path, limit: int) -> None:
    """Write the unpacked bytes of a .bz2 file to `target`; ModelError where it is damaged or larger."""
    try:
        with bz2.open(packed) as source:
            _write(source, target, limit, packed.name)
    except (EOFError, OSError) as error:
        raise ModelError(f"{packed.name}: is damaged: {error}") from None


def _write(source: BinaryIO, target: Path, limit: int, what: str) -> None:
    written = 0
    with writing(target) as write:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > limit:
                raise ModelError(f"{what}: is larger than the {limit} bytes that were expected")
            write(chunk)
