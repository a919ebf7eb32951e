"""pip's own settings and pages, read as pip reads them."""

import pytest

from shared_core.models import index
from shared_core.models.manifest import Archive
from shared_core.spec.errors import ModelError

PIN = "ab" * 32
ARCHIVE = Archive("Some_Package", "1.0", "some_package-1.0.tar.gz", PIN, "m")
PAGE = "https://name:secret@index.invalid/simple/some-package/"


def test_the_environment_outranks_a_file_and_a_file_the_default():
    items = [("file", {"global.index-url": "https://a.invalid"}), (":env:.index-url", "https://b.invalid")]
    assert index.settings_from(items, "https://default.invalid").indexes == ("https://b.invalid",)
    assert index.settings_from(items[:1], "https://default.invalid").indexes == ("https://a.invalid",)
    assert index.settings_from([], "https://default.invalid").indexes == ("https://default.invalid",)


def test_extra_indexes_come_after_the_main_one():
    items = [("global.extra-index-url", "file:///one file:///two"), ("global.cert", "/ca.pem")]
    settings = index.settings_from(items, "https://default.invalid")
    assert settings.indexes == ("https://default.invalid", "file:///one", "file:///two")
    assert settings.cafile == "/ca.pem"


def test_pip_set_to_no_index_is_said():
    with pytest.raises(ModelError, match="no-index"):
        index.settings_from([(":env:.no-index", "1")], "https://default.invalid")


def test_this_pythons_pip_tells_an_index():
    assert index.pip_settings().indexes[0].partition("://")[0] in ("http", "https", "file")


def test_a_relative_link_is_found_and_keeps_the_index_login():
    page = f'<a href="../../files/some_package-1.0.tar.gz#sha256={PIN}" data-x="1">some_package</a>'
    found = index.address_in(page, PAGE, ARCHIVE)
    assert found == "https://name:secret@index.invalid/files/some_package-1.0.tar.gz"


def test_the_index_login_is_not_given_to_another_host():
    page = '<a href="https://files.invalid/some_package-1.0.tar.gz">x</a>'
    assert index.address_in(page, PAGE, ARCHIVE) == "https://files.invalid/some_package-1.0.tar.gz"


def test_a_similar_file_name_is_not_taken():
    page = f'<a href="xsome_package-1.0.tar.gz#sha256={PIN}">x</a><a href="some_package-1.0.tar.gz.asc">y</a>'
    assert index.address_in(page, PAGE, ARCHIVE) is None


def test_another_listed_sha256_is_refused():
    page = f'<a href="some_package-1.0.tar.gz#sha256={"cd" * 32}">x</a>'
    with pytest.raises(ModelError, match=f"expected {PIN}"):
        index.address_in(page, PAGE, ARCHIVE)


def test_package_names_are_normalised(shelf):
    shelf.put("some-package", "a.whl", b"data")
    archive = Archive("Some.Package", "1.0", "a.whl", shelf.archive("a.whl", b"data").sha256, "m")
    assert index.find(archive) == [f"{shelf.address}/some-package/a.whl"]
