"""A cache of its own, a package index on disk, and a manifest that names its files."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared_core.models import download, index, manifest

CONTENT = b"weights " * 1000


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Shelf:
    """A folder index (file://) as pip reads it, and the entries that tests make of it."""

    folder: Path
    entries: dict[str, manifest.Entry] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"file://{self.folder}"

    def put(self, package: str, file: str, data: bytes, listed_sha256: str = "") -> None:
        """List `file` on the package's page, with the sha256 that the page shall claim."""
        page = self.folder / package / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        (page.parent / file).write_bytes(data)
        before = page.read_text() if page.exists() else "<!DOCTYPE html><html><body>"
        page.write_text(f'{before}<a href="{file}#sha256={listed_sha256 or sha256(data)}">{file}</a><br>')

    def put_tar(self, package: str, file: str, members: dict[str, bytes]) -> bytes:
        """List a .tar.gz with these members; its bytes."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as opened:
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                opened.addfile(info, io.BytesIO(data))
        self.put(package, file, buffer.getvalue())
        return buffer.getvalue()

    def put_wheel(self, package: str, file: str, members: dict[str, bytes]) -> bytes:
        """List a zip file with these members; its bytes."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as opened:
            for name, data in members.items():
                opened.writestr(name, data)
        self.put(package, file, buffer.getvalue())
        return buffer.getvalue()

    def archive(self, file: str, data: bytes, member: str = "folder/member.bin") -> manifest.Archive:
        """A source that names a file on the shelf."""
        return manifest.Archive("some-package", "1.0", file, sha256(data), member)

    def entry(self, name: str, *sources, content: bytes = CONTENT, **changes) -> manifest.Entry:
        values = {
            "name": name, "kind": "weights", "title": "a model", "file": "member.bin", "bytes": len(content),
            "sha256": sha256(content), "licence": "MIT", "terms": "None.", "sources": tuple(sources),
        }
        self.entries[name] = manifest.Entry(**(values | changes))
        return self.entries[name]


@pytest.fixture
def shelf(tmp_path, monkeypatch) -> Shelf:
    made = Shelf(tmp_path / "shelf")
    made.folder.mkdir()
    monkeypatch.setenv("DUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(index, "pip_settings", lambda: index.PipSettings((made.address,)))
    monkeypatch.setattr(manifest, "entries", lambda: made.entries)
    monkeypatch.setattr(download, "_unreachable", {})
    monkeypatch.setattr(download, "time", type("NoWait", (), {"sleep": staticmethod(lambda seconds: None)}))
    return made
