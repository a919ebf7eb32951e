"""Fetch a model: each source of its entry in turn, until one gives the file that the manifest pins."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from shared_core.spec.errors import DiskError, ModelError, Transient

from . import download, index, store, unpack
from .manifest import Address, Archive, Entry

# A packed file or a whole archive may be larger than its member; this only stops a runaway answer.
_ARCHIVE_LIMIT = 1 << 30


def fetch(entry: Entry, progress: Callable[[int, int], None], say: Callable[[str], None]) -> Path:
    """Get `entry` into the cache; say why each source that failed did.

    progress(done, total): bytes of the file that is coming now.
    Raises ModelError where the last word is a wrong sha256 or no source has the file, Transient
    where a later try may succeed, DiskError where the cache cannot be written.
    """
    failures: list[str] = []
    wrong, passing = False, False
    for source in entry.sources:
        where = describe(source)
        try:
            with store.incoming(entry) as temporary:
                _get(source, entry, temporary, progress)
                return store.install(entry, temporary)
        except download.Unavailable as failure:
            passing = passing or failure.worth_a_retry
            failures.append(f"{where} {failure}")
        except ModelError as failure:
            wrong = True
            failures.append(f"{where}: {failure}")
        say(f"{entry.name}: {failures[-1]}")
    kind = Transient if passing and not wrong else ModelError
    advice = "try again later, or bring" if kind is Transient else "bring"
    raise kind(
        f"{entry.name} could not be fetched: {'; '.join(failures)}; "
        f"{advice} your own copy: dub models add {entry.name} FILE"
    )


def describe(source: Address | Archive) -> str:
    """The source as messages name it: the owner's address, or a package's file."""
    if isinstance(source, Address):
        return source.url
    return f"package index: {source.file}"


def _get(source: Address | Archive, entry: Entry, target: Path, progress: Callable[[int, int], None]) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".incoming-") as folder:
        archive = Path(folder) / "archive"
        if isinstance(source, Archive):
            _get_archive(source, archive, progress)
            unpack.read_member(archive, source.file, source.member, target, entry.bytes)
        else:
            limit = _ARCHIVE_LIMIT if source.packed else entry.bytes
            download.download(source.url, archive, progress, limit)
            if source.packed:
                unpack.unpack_bz2(archive, target, entry.bytes)
            else:
                _replace(archive, target)


def _get_archive(source: Archive, archive: Path, progress: Callable[[int, int], None]) -> None:
    cafile = index.pip_settings().cafile
    addresses = index.find(source)
    if not addresses:
        raise download.Unavailable("is not listed there", worth_a_retry=False)
    for address in addresses:
        try:
            download.download(address, archive, progress, _ARCHIVE_LIMIT, cafile)
            break
        except download.Unavailable:
            if address == addresses[-1]:
                raise
    actual = store.sha256_of(archive)
    if actual != source.sha256:
        raise ModelError(f"the archive's sha256 is {actual}, expected {source.sha256}; it was deleted")


def _replace(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError as error:
        raise DiskError(f"{target} cannot be written: {error}") from None
