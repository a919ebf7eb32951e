"""A path of one machine, found on another; and the same key on both."""

from __future__ import annotations

import json

import pytest

from shared_core.spec.errors import BadInput
from shared_core.spec.path_mapping import VARIABLE, PathMap, Rule, path_map_of_environment, read_path_map

SHOWS = PathMap((
    Rule("WINDOWS", "P:\\shows", "/mnt/shows"), Rule("WINDOWS", "P:\\shows\\old", "/archive"),
    Rule("POSIX", "/Volumes/shows", "/mnt/shows"), Rule("URI", "s3://bucket/shows", "/mnt/shows"),
))


@pytest.mark.parametrize(("path", "here"), [
    ("P:\\shows\\sh010\\p.exr", "/mnt/shows/sh010/p.exr"),
    ("p:/SHOWS/sh010/p.exr", "/mnt/shows/sh010/p.exr"),
    ("P:\\shows\\old\\p.exr", "/archive/p.exr"),
    ("P:\\shows2\\p.exr", "P:\\shows2\\p.exr"),
    ("/Volumes/shows/p.exr", "/mnt/shows/p.exr"),
    ("/Volumes/Shows/p.exr", "/Volumes/Shows/p.exr"),
    ("s3://bucket/shows/p.exr", "/mnt/shows/p.exr"), ("s3://bucket/shows2/p.exr", "s3://bucket/shows2/p.exr"),
    ("/elsewhere/p.exr", "/elsewhere/p.exr"), ("../plates/p.exr", "../plates/p.exr"),
])
def test_a_path_is_mapped_by_whole_folders_and_the_longest_rule(path, here):
    assert SHOWS.mapped(path) == here


def test_what_lies_here_has_its_sources_spelling_in_keys():
    rules = PathMap((Rule("POSIX", "/a/shows", "/b/shows"),))
    assert rules.unmapped("/b/shows/sh010/p.exr") == "/a/shows/sh010/p.exr"
    assert rules.unmapped("/b/shows2/p.exr") == "/b/shows2/p.exr"


def test_a_destination_behind_a_link_is_recognised(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to("disk")
    rules = PathMap((Rule("POSIX", "/a", str(tmp_path / "link")),))
    assert rules.unmapped(str(tmp_path / "disk/p.exr")) == "/a/p.exr"


def test_rules_concern_what_they_map_and_what_they_have_mapped():
    assert SHOWS.concerns("P:\\shows\\x") and SHOWS.concerns("/mnt/shows/x") and not SHOWS.concerns("/home/x")


def _file(tmp_path, data):
    file = tmp_path / "rules.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data))
    return str(file)


def test_openjds_file_is_read(tmp_path, monkeypatch):
    rule = {"source_path_format": "POSIX", "source_path": "/a", "destination_path": "/b"}
    file = _file(tmp_path, {"version": "pathmapping-1.0", "path_mapping_rules": [rule]})
    monkeypatch.setenv(VARIABLE, file)
    assert path_map_of_environment() == PathMap((Rule("POSIX", "/a", "/b"),), file)


def test_no_rules_are_no_rules(tmp_path, monkeypatch):
    assert read_path_map(_file(tmp_path, {})).rules == ()
    monkeypatch.delenv(VARIABLE, raising=False)
    assert path_map_of_environment() == PathMap()


@pytest.mark.parametrize("data", [
    "{", "[]", {"version": "pathmapping-2.0"}, {"path_mapping_rules": {}}, {"path_mapping_rules": ["/a=/b"]},
    {"path_mapping_rules": [{"source_path_format": "MAC", "source_path": "/a", "destination_path": "/b"}]},
    {"path_mapping_rules": [{"source_path_format": "POSIX", "source_path": "/a"}]},
])
def test_a_file_that_is_not_as_expected_is_named(tmp_path, data):
    with pytest.raises(BadInput, match="rules.json"):
        read_path_map(_file(tmp_path, data))


def test_a_file_that_is_not_there_names_the_variable(tmp_path):
    with pytest.raises(BadInput, match=r"cannot be read: No such file.*\$DUB_PATH_MAP"):
        read_path_map(str(tmp_path / "none.json"))
