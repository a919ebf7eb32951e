"""models.toml: what ships is whole, and a slip in it is named."""

import pytest

from shared_core.models import manifest
from shared_core.spec.errors import ModelError

ENTRY = """
[model]
kind = "weights"
title = "t"
file = "m.bin"
bytes = 3
sha256 = "{pin}"
licence = "MIT"
terms = "None."
"""


def read(tmp_path, text):
    file = tmp_path / "models.toml"
    file.write_text(text)
    return manifest.entries(file)


def test_the_shipped_manifest_names_what_the_house_needs():
    names = set(manifest.entries())
    assert {"face_landmarker", "dlib_68", "lpips_alex", "demo_plate", "demo_driver"} <= names


def test_every_shipped_entry_has_a_licence_terms_and_a_pin():
    for entry in manifest.entries().values():
        assert entry.licence and entry.terms and entry.title and entry.bytes > 0
        assert entry.sha256 == manifest.ANY or len(entry.sha256) == 64


def test_no_package_index_is_named_by_address():
    for entry in manifest.entries().values():
        for source in entry.sources:
            address = getattr(source, "url", "")
            assert not any(word in address for word in ("pypi", "pythonhosted", "/simple/", "registry"))


@pytest.mark.parametrize(
    "change, reason",
    [
        (('bytes = 3', 'bites = 3'), "bites"),
        (('kind = "weights"', 'kind = "weight"'), "expected weights or footage"),
        (('sha256 = "{pin}"', 'sha256 = "123"'), "64 hexadecimal digits"),
        (('file = "m.bin"', 'file = "../m.bin"'), "bare file name"),
        (('terms = "None."', 'terms = "None."\nsources = [{url = "http://x", packed = "rar"}]'), "rar"),
        (('terms = "None."', 'terms = "None."\nsources = [{package = "p"}]'), "version"),
        (('[model]', '[model'), "cannot be read"),
    ],
)
def test_a_slip_is_named(tmp_path, change, reason):
    text = ENTRY.replace(*change).replace("{pin}", "a" * 64)
    with pytest.raises(ModelError, match=reason):
        read(tmp_path, text)


def test_sources_need_a_pin(tmp_path):
    text = ENTRY.replace("{pin}", "any") + 'sources = [{url = "http://x.invalid"}]'
    with pytest.raises(ModelError, match="pin it"):
        read(tmp_path, text)
