"""Media that were read in full once: keyed by their content for as long as size and time stay.

`dub prepare --verify` and `dub render --verify` read every media file of a shot and write its sha256
into `sidecars/verified.json`. From then on the file's content counts in all keys, whoever asks for
them, until its size or time of change is another; a file that is not in there counts by path, size
and time. So a changed file that kept its time is found by verifying, and a restored shot whose files
only got new times is found unchanged.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from ..media.identity import status_text
from ..spec.errors import MediaError
from ..spec.path_mapping import PathMap
from .cancel import Cancellation
from .files import write_whole

FILE = "verified.json"


class VerifiedFiles:
    """The sums of one shot's media. file: where they lie; a missing or damaged one knows nothing.

    path_map: how other machines spell the paths; it is theirs that count.
    """

    def __init__(self, file: Path, path_map: PathMap | None = None) -> None:
        self._file, self._path_map = file, path_map or PathMap()
        self._known: dict[str, list] = {}
        self.reload()

    def reload(self) -> None:
        """Read the sums again: another process may have verified."""
        try:
            known = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        entries = known.items() if isinstance(known, dict) else ()
        self._known = {path: entry for path, entry in entries if isinstance(entry, list) and len(entry) == 3}

    def identity(self, path: Path) -> str:
        """The content of a file that was verified and has its size and time still; see media.identity."""
        status = path.stat()
        name = self._path_map.unmapped(str(path))
        known = self._known.get(name)
        if known is not None and known[:2] == [status.st_size, status.st_mtime_ns]:
            return f"sha256 {known[2]}"
        return status_text(name, status)

    def verify(
        self, paths: Iterable[Path], look: Callable[[int], None], cancel: Cancellation
    ) -> list[Path]:
        """Read all of `paths` (resolved); return those that differ from what was known, or were not known.

        look(count): files read so far. Raises MediaError for a file that cannot be read, DiskError.
        """
        found: dict[str, list] = {}
        other = []
        for count, path in enumerate(sorted(set(paths)), 1):
            cancel.check()
            status, digest = _read(path)
            name = self._path_map.unmapped(str(path))
            found[name] = [status.st_size, status.st_mtime_ns, digest]
            known = self._known.get(name)
            if known is None or known[2] != digest:
                other.append(path)
            look(count)
        self._known |= found
        write_whole(self._file, json.dumps(self._known, indent=0).encode())
        return other


def _read(path: Path) -> tuple[os.stat_result, str]:
    """What the file was before it was read, and its sha256."""
    try:
        status = path.stat()
        with path.open("rb") as file:
            return status, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MediaError(f"{path}: cannot be read: {error.strerror}; correct it and verify again") from None
