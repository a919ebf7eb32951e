"""The cache of models: where a file lies, whether it is the right one, how it gets there.

    $DUB_CACHE (else the user's cache folder)/models/<name>/<first 12 of sha256>/<file>

Another version of a model lies beside the old one, so nothing is ever overwritten by an update. What
comes with Dubnodes stays where it is in the package, and is neither deleted nor replaced.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

from shared_core.spec.errors import DiskError, ModelError

from . import manifest
from .manifest import ANY, Entry

PACKAGE = Path(__file__).resolve().parents[1]
OFFLINE = "DUB_OFFLINE"
"""Set on the nodes of a farm: a hundred of them do not all go and fetch."""

Progress = Callable[[int, int], None]
Say = Callable[[str], None]
_log = logging.getLogger("dubnodes.models")


class State(StrEnum):
    """What lies in the cache under a model's name."""

    PRESENT = "present"
    MISSING = "missing"
    DAMAGED = "damaged"


def cache_folder() -> Path:
    """The folder of all that can be fetched or made again: `$DUB_CACHE`, else the user's cache."""
    own = os.environ.get("DUB_CACHE")
    if own:
        return Path(own).expanduser().absolute()
    import platformdirs  # here, so that `dub doctor` can say that it is missing

    return Path(platformdirs.user_cache_dir("dubnodes"))


def path(name: str, fetch: bool = True, *, progress: Progress | None = None, say: Say | None = None) -> Path:
    """The checked file of model `name`.

    fetch: get it where it is missing or damaged; never where $DUB_OFFLINE is set. progress(done,
    total): in bytes, while it comes.
    say(text): told of every source that failed; without it, a warning is logged.
    Raises ModelError (unknown name, missing and not to be fetched, wrong sha256), Transient (no
    source answers) and DiskError.
    """
    entry = manifest.entry(name)
    say = say or _log.warning
    match state(name):
        case State.PRESENT:
            return location(entry)
        case found if entry.shipped:
            raise ModelError(
                f"{location(entry)} is {found}, or not the file that came with Dubnodes; reinstall Dubnodes"
            )
        case State.DAMAGED:
            say(f"{location(entry)} does not match its sha256: deleted")
            forget(entry)
    if not fetch or not entry.sources or os.environ.get(OFFLINE):
        raise ModelError(_how_to_get(entry))
    from . import fetch as fetching

    fetching.fetch(entry, progress or (lambda done, total: None), say)
    return location(entry)


def add(name: str, file: Path) -> Path:
    """Take the user's own copy of model `name` into the cache, checked against the manifest.

    Raises ModelError naming the expected and the actual sha256; the user's file is never touched.
    """
    entry = manifest.entry(name)
    if entry.shipped:
        raise ModelError(f"{name} comes with Dubnodes and cannot be replaced")
    if not Path(file).is_file():
        raise ModelError(f"{file}: no such file; give the path of your own copy of {entry.file}")
    with incoming(entry) as temporary:
        try:
            shutil.copyfile(file, temporary)
        except OSError as error:
            raise DiskError(f"{file} cannot be copied into {temporary.parent}: {error}") from None
        return install(entry, temporary)


def state(name: str) -> State:
    """Whether the cached file is there and is the one that the manifest pins."""
    entry = manifest.entry(name)
    file = location(entry)
    if not file.is_file():
        return State.MISSING
    if entry.shipped:  # hashed each time: no record is written into the package
        return State.PRESENT if sha256_of(file) == entry.sha256 else State.DAMAGED
    return State.PRESENT if _verified(file, pinned_sha256(entry)) else State.DAMAGED


def pinned_sha256(entry: Entry) -> str:
    """The sha256 of the file that `path` returns: the converted one where there is a conversion."""
    return entry.convert.sha256 if entry.convert else entry.sha256


def location(entry: Entry) -> Path:
    """Where the file of `entry` lies or would lie, in the cache or in the package."""
    if entry.shipped:
        return PACKAGE / entry.shipped
    name = entry.convert.file if entry.convert else entry.file
    return cache_folder() / "models" / entry.name / pinned_sha256(entry)[:12] / name


@contextlib.contextmanager
def incoming(entry: Entry) -> Iterator[Path]:
    """A temporary file name beside the entry's place; whatever lies there afterwards is deleted."""
    target = location(entry)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".incoming-")
        os.close(handle)
    except OSError as error:
        raise DiskError(
            f"{target.parent} cannot be written: {error}; make it writable, or set DUB_CACHE elsewhere"
        ) from None
    try:
        yield Path(temporary)
    finally:
        Path(temporary).unlink(missing_ok=True)


def install(entry: Entry, temporary: Path) -> Path:
    """Check a fetched or given file, convert it where the entry says so, and put it into its place.

    Raises ModelError, naming the expected and the actual sha256, where it is another file.
    """
    actual = sha256_of(temporary)
    if entry.sha256 not in (ANY, actual):
        raise ModelError(
            f"{entry.name}: sha256 is {actual}, expected {entry.sha256}; the file was not kept"
        )
    if entry.convert:
        from . import convert

        convert.convert(entry, temporary)
        actual = sha256_of(temporary)
        if actual != entry.convert.sha256:
            raise ModelError(
                f"{entry.name}: the converted file's sha256 is {actual}, expected "
                f"{entry.convert.sha256}; it was not kept"
            )
    target = location(entry)
    try:
        temporary.chmod(0o644)
        os.replace(temporary, target)
    except OSError as error:
        raise DiskError(f"{target} cannot be written: {error}") from None
    _remember(target, actual)
    return target


def forget(entry: Entry) -> None:
    """Delete the cached file of `entry`; DiskError where the cache cannot be written."""
    for file in (location(entry), _record(location(entry))):
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise DiskError(f"{file} cannot be deleted: {error}") from None


def sha256_of(file: Path) -> str:
    """The sha256 of a file's bytes, hexadecimal."""
    with open(file, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _record(file: Path) -> Path:
    return file.with_name(f".{file.name}.checked")


def _verified(file: Path, expected: str) -> bool:
    """Compare with the remembered check while size and mtime stand; else hash the file again."""
    with contextlib.suppress(OSError, ValueError):
        if json.loads(_record(file).read_text()) == _stamp(file, expected):
            return True
    actual = sha256_of(file)
    if expected not in (ANY, actual):
        return False
    _remember(file, expected)
    return True


def _stamp(file: Path, sha256: str) -> dict:
    status = file.stat()
    return {"sha256": sha256, "bytes": status.st_size, "mtime_ns": status.st_mtime_ns}


def _remember(file: Path, sha256: str) -> None:
    # A cache that cannot be written (a farm's shared one) only costs another hash next time.
    with contextlib.suppress(OSError):
        _record(file).write_text(json.dumps(_stamp(file, sha256)))


def _how_to_get(entry: Entry) -> str:
    if entry.sources:
        return f"{entry.name} is not in {cache_folder()}; run: dub models fetch {entry.name}"
    return (
        f"{entry.name} ({entry.file}) cannot be fetched: {entry.terms} "
        f"Bring your own copy: dub models add {entry.name} FILE"
    )
