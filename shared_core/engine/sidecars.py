"""Where the results of shot-scope operators lie: sidecars/<node>/v001/<node>.npz and manifest.json.

A version is complete when its folder has its name: it is written under a hidden name and renamed.
Versions are never changed and never deleted here; `current` names the one in use, so that undoing
a knob finds the earlier result again. `dub cache prune` deletes, when somebody asks for it.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import itertools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import __version__, values
from ..media.atomic import disk_errors, unfinished
from ..values.sidecar import Sidecar
from .files import rename_to_free, sweep, temporary_name, write_whole

SIDECARS = "sidecars"
_VERSION = re.compile(r"v(\d{3,})\Z")


@dataclass(frozen=True)
class Version:
    """One stored result of one node."""

    node: str
    folder: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def key(self) -> str:
        return self.manifest["key"]

    @property
    def file(self) -> Path:
        return self.folder / f"{self.node}.npz"

    def size(self) -> int:
        """In bytes."""
        return sum(file.stat().st_size for file in self.folder.iterdir())


class SidecarStore:
    """The sidecars of one shot; folder: `sidecars` beside the shot file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def versions(self, node: str) -> list[Version]:
        """Complete versions, newest first; folders without a readable manifest do not count."""
        found = []
        for folder in self._version_folders(node):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
                version = Version(node, folder, manifest)
                if isinstance(version.key, str) and version.file.is_file():
                    found.append(version)
        return found

    def _version_folders(self, node: str) -> list[Path]:
        try:
            folders = [path for path in (self.folder / node).iterdir() if _VERSION.match(path.name)]
        except OSError:
            return []
        return sorted(folders, key=lambda path: int(path.name[1:]), reverse=True)

    def current(self, node: str) -> str:
        """The name of the version in use, or "" where there is none."""
        try:
            return (self.folder / node / "current").read_text(encoding="utf-8").strip()
        except OSError:
            return ""

    def find(self, node: str, key: str) -> Version | None:
        """The version with that key, the one in use first."""
        current = self.current(node)
        matching = [version for version in self.versions(node) if version.key == key]
        return next((v for v in matching if v.name == current), matching[0] if matching else None)

    def load(self, version: Version) -> Sidecar | None:
        """The stored value; None where the file is damaged and has to be made again."""
        try:
            data = version.file.read_bytes()
            if hashlib.sha256(data).hexdigest() != version.manifest["sha256"]:
                return None
            kind = getattr(values, version.manifest["type"], None)
            return kind.from_bytes(data) if isinstance(kind, type) and issubclass(kind, Sidecar) else None
        except (OSError, ValueError, KeyError):
            return None

    def use(self, version: Version) -> None:
        """Point `current` at `version`."""
        if self.current(version.node) != version.name:
            write_whole(self.folder / version.node / "current", f"{version.name}\n".encode())

    def save(self, node: str, key: str, value: Sidecar, about: dict[str, Any]) -> Version:
        """Store a new version and use it; `about` goes into its manifest.

        Raises DiskError; what was there before stays.
        """
        parent = self.folder / node
        data = value.to_bytes()
        manifest = {
            "key": key, "node": node, "type": type(value).__name__, "core": __version__,
            "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), **about,
        }
        temporary = temporary_name(parent / "version")
        with disk_errors(parent), unfinished(temporary):
            temporary.mkdir(parents=True)
            write_whole(temporary / f"{node}.npz", data)
            write_whole(temporary / "manifest.json", json.dumps(manifest, indent=1).encode())
            folder = self._rename_to_next(temporary, node)
        version = Version(node, folder, manifest)
        self.use(version)
        return version

    def _rename_to_next(self, temporary: Path, node: str) -> Path:
        """Give the finished folder the next free number, also when another process does the same."""
        taken = self._version_folders(node)
        first = int(taken[0].name[1:]) + 1 if taken else 1
        return rename_to_free(temporary, (temporary.with_name(f"v{n:03d}") for n in itertools.count(first)))

    def nodes(self) -> list[str]:
        """Names of the nodes that have a folder here."""
        with contextlib.suppress(OSError):
            return sorted(path.name for path in self.folder.iterdir() if path.is_dir())
        return []

    def sweep(self) -> None:
        """Delete what killed processes left behind."""
        for node in self.nodes():
            sweep(self.folder / node)
