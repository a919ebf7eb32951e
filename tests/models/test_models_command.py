"""`dub models`: what it prints, and what it leaves in the cache."""

import argparse
from pathlib import Path

import pytest

from shared_core.cli import models as command
from shared_core.models import manifest
from shared_core.spec.errors import ModelError

CONTENT = b"weights " * 1000


def run(*words):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_list_names_every_model_with_its_state_and_terms(own_cache, capsys):
    assert run("list") == 0
    printed = capsys.readouterr().out
    for entry in manifest.entries().values():
        assert f"{entry.name}: {entry.terms}" in printed
    shipped = sum(bool(entry.shipped) for entry in manifest.entries().values())
    assert printed.count("missing") == len(manifest.entries()) - shipped
    assert printed.count("  present  ") == shipped > 0


def test_fetch_prints_the_path_alone_on_standard_output(shelf, capsys):
    data = shelf.put_tar("some-package", "a.tar.gz", {"folder/member.bin": CONTENT})
    shelf.entry("model", manifest.Address("http://127.0.0.1:9/x"), shelf.archive("a.tar.gz", data))
    assert run("fetch", "model") == 0
    out, err = capsys.readouterr()
    assert Path(out.strip()).read_bytes() == CONTENT
    assert "cannot be reached" in err


def test_a_misspelt_name_is_refused_before_anything_is_fetched(own_cache):
    with pytest.raises(ModelError, match="no model is called 'face'"):
        run("fetch", "demo_driver", "face")
    assert not own_cache.exists()


def test_add_takes_a_file_and_refuses_another(shelf, tmp_path, capsys):
    shelf.entry("model")
    (tmp_path / "good").write_bytes(CONTENT)
    (tmp_path / "bad").write_bytes(b"bad")
    assert run("add", "model", str(tmp_path / "good")) == 0
    assert Path(capsys.readouterr().out.strip()).read_bytes() == CONTENT
    with pytest.raises(ModelError, match="sha256 is"):
        run("add", "model", str(tmp_path / "bad"))
