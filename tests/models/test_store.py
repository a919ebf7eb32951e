"""The cache: checked on load, never trusted, never the user's own file touched."""

import os

import pytest

from shared_core.models import manifest, store
from shared_core.spec.errors import DiskError, ModelError

CONTENT = b"weights " * 1000


@pytest.fixture
def own_file(tmp_path):
    file = tmp_path / "mine.bin"
    file.write_bytes(CONTENT)
    return file


def test_a_users_own_copy_is_taken_and_found(shelf, own_file):
    shelf.entry("model")
    assert store.state("model") == "missing"
    found = store.add("model", own_file)
    assert store.path("model", fetch=False) == found and found.read_bytes() == CONTENT
    assert own_file.read_bytes() == CONTENT


def test_another_file_of_the_users_is_refused_and_left_alone(shelf, own_file):
    entry = shelf.entry("model")
    own_file.write_bytes(b"another")
    with pytest.raises(ModelError, match=f"expected {entry.sha256}"):
        store.add("model", own_file)
    assert store.state("model") == "missing" and own_file.read_bytes() == b"another"


def test_any_file_is_taken_where_the_manifest_says_any(shelf, own_file):
    shelf.entry("model", sha256=manifest.ANY)
    own_file.write_bytes(b"my own checkpoint")
    assert store.add("model", own_file).read_bytes() == b"my own checkpoint"
    assert store.state("model") == "present"


def test_a_missing_model_names_the_command_that_gets_it(shelf):
    shelf.entry("model", manifest.Address("http://127.0.0.1:9/x"))
    with pytest.raises(ModelError, match="dub models fetch model"):
        store.path("model", fetch=False)
    shelf.entry("own_only", terms="Ask its authors.")
    with pytest.raises(ModelError, match="Ask its authors. .*: dub models add own_only FILE"):
        store.path("own_only")


def test_a_damaged_file_is_noticed_deleted_and_said(shelf, own_file):
    shelf.entry("model")
    found = store.add("model", own_file)
    found.write_bytes(b"x" + CONTENT[1:])
    assert store.state("model") == "damaged"
    texts = []
    with pytest.raises(ModelError):
        store.path("model", say=texts.append)
    assert "does not match its sha256: deleted" in texts[0] and not found.exists()


def test_a_change_that_keeps_the_size_is_noticed_by_its_mtime(shelf, own_file):
    shelf.entry("model")
    found = store.add("model", own_file)
    before = found.stat()
    found.write_bytes(b"x" + CONTENT[1:])
    os.utime(found, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
    assert store.state("model") == "damaged"


def test_an_unchanged_file_is_hashed_once(shelf, own_file, monkeypatch):
    shelf.entry("model")
    store.add("model", own_file)
    monkeypatch.setattr(store, "sha256_of", lambda file: pytest.fail("hashed again"))
    assert store.state("model") == "present"


def test_a_record_of_another_pin_is_not_believed(shelf, own_file):
    shelf.entry("model", sha256=manifest.ANY)
    found = store.add("model", own_file)
    changed = shelf.entry("model", sha256="1" * 64)
    target = store.location(changed)
    target.parent.mkdir(parents=True)
    for file in found.parent.iterdir():
        os.link(file, target.parent / file.name)
    assert store.state("model") == "damaged"


def test_a_cache_that_cannot_be_written_is_a_disk_error(shelf, own_file, monkeypatch):
    shelf.entry("model")
    monkeypatch.setenv("DUB_CACHE", str(own_file / "below-a-file"))
    with pytest.raises(DiskError, match="DUB_CACHE") as raised:
        store.add("model", own_file)
    assert raised.value.exit_code == 75


def test_an_unknown_name_lists_the_known_ones(shelf):
    shelf.entry("model")
    with pytest.raises(ModelError, match="no model is called 'modle'; expected one of model"):
        store.path("modle")


def test_a_file_that_is_not_there_is_bad_input(shelf, tmp_path):
    shelf.entry("model")
    with pytest.raises(ModelError, match="no such file"):
        store.add("model", tmp_path / "nowhere.bin")


@pytest.fixture
def shipped(shelf, tmp_path, monkeypatch):
    """A model that lies in the package: its file."""
    monkeypatch.setattr(store, "PACKAGE", tmp_path / "package")
    file = tmp_path / "package" / "networks" / "model.bin"
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    shelf.entry("model", shipped="networks/model.bin")
    return file


def test_what_comes_with_the_package_is_found_there_without_a_trace(shipped, monkeypatch):
    monkeypatch.setenv(store.OFFLINE, "1")
    assert store.path("model") == shipped
    assert list(shipped.parent.iterdir()) == [shipped]


def test_a_shipped_file_that_is_another_is_refused_and_left_alone(shipped):
    shipped.write_bytes(b"retrained")
    assert store.state("model") == "damaged"
    with pytest.raises(ModelError, match="reinstall Dubnodes"):
        store.path("model")
    assert shipped.read_bytes() == b"retrained"


def test_a_shipped_file_takes_no_users_copy(shipped, own_file):
    with pytest.raises(ModelError, match="comes with Dubnodes"):
        store.add("model", own_file)


def test_every_shipped_file_is_the_one_that_the_manifest_pins():
    shipped = [entry for entry in manifest.entries().values() if entry.shipped]
    assert shipped
    for entry in shipped:
        assert store.state(entry.name) == "present", entry.name
        assert store.location(entry).stat().st_size == entry.bytes
