"""Weights that are not those of the manifest are refused and deleted, and the command says so."""

from __future__ import annotations

import hashlib
import shutil

import pytest

from shared_core.faces import landmarker
from shared_core.models import fetch, store
from shared_core.models.manifest import entry
from shared_core.spec.errors import Transient

NAME = "face_landmarker"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, in a process that has loaded no model yet."""
    monkeypatch.setenv("DUB_CACHE", str(tmp_path / "cache"))
    landmarker._model_bytes.cache_clear()
    yield tmp_path / "cache"
    landmarker._model_bytes.cache_clear()


def _files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_of_another_sha256_is_refused_and_not_kept(cache, refused, tmp_path):
    mine = tmp_path / "mine.task"
    mine.write_bytes(b"not the landmarker")
    said = refused("models", "add", NAME, mine)
    assert hashlib.sha256(b"not the landmarker").hexdigest() in said and entry(NAME).sha256 in said
    assert "was not kept" in said
    assert _files(cache) == []
    assert mine.read_bytes() == b"not the landmarker"


def test_a_download_of_another_sha256_is_refused_and_deleted(cache, dub, monkeypatch):
    monkeypatch.setattr(fetch, "_get", lambda source, entry, target, _: target.write_bytes(b"tampered"))
    code, out, err = dub("models", "fetch", NAME)
    assert code == 2, err
    assert hashlib.sha256(b"tampered").hexdigest() in err and "dub models add" in err.splitlines()[-1]
    assert out == ""
    assert _files(cache) == []


@pytest.mark.slow
@pytest.mark.footage
def test_a_damaged_model_in_the_cache_is_deleted_before_it_is_used(
    shot, landmark_model, cache, dub, monkeypatch, caplog
):
    target = store.location(entry(NAME))
    target.parent.mkdir(parents=True)
    target.write_bytes(b"damaged" + landmark_model.read_bytes()[7:])
    monkeypatch.setattr(fetch, "fetch", _no_network)
    shutil.rmtree(shot.folder / "sidecars/track")
    code, _, err = dub("prepare", shot.path, "--progress", "none")
    assert code == 75, err
    assert "repeat when the network is back" in err
    assert f"{target} does not match its sha256: deleted" in caplog.text
    assert not target.exists()


def _no_network(*_):
    raise Transient("no source answers; repeat when the network is back")
