"""The Dub menu's own commands: settings and states."""

from __future__ import annotations

import sys

import pytest

PYTHON, CACHE = "Python of Dubnodes", "Cache folder"


@pytest.fixture
def settings(plugin, monkeypatch, tmp_path):
    monkeypatch.setattr(plugin.settings, "FILE", tmp_path / "settings.json")
    return plugin.settings


def test_settings_that_are_cancelled_change_nothing(nuke, plugin, settings):
    plugin.menus.edit_settings()
    assert nuke.panels == [{PYTHON: sys.executable, CACHE: ""}]
    assert not settings.FILE.exists()
    assert nuke.messages == []


def test_a_cache_folder_that_is_not_there_is_refused(nuke, plugin, settings, tmp_path):
    nuke.panel = {CACHE: str(tmp_path / "gone")}
    plugin.menus.edit_settings()
    assert "is not there; make it" in nuke.messages[-1]
    assert not settings.FILE.exists()


def test_a_python_that_is_not_dubnodes_is_refused_and_the_one_before_is_kept(nuke, plugin, settings):
    settings.write(python="/before/python")
    nuke.panel = {PYTHON: "/nowhere/python"}
    plugin.menus.edit_settings()
    assert "/nowhere/python: cannot be started" in nuke.messages[-1]
    assert settings.python_path() == "/before/python"


def test_damaged_settings_are_said_before_anything_is_asked(nuke, plugin, settings):
    settings.FILE.write_text("{")
    plugin.menus.edit_settings()
    assert "delete it" in nuke.messages[-1]
    assert nuke.panels == []


@pytest.mark.slow
def test_a_python_that_answers_is_kept_with_the_cache_folder(nuke, plugin, settings, tmp_path):
    nuke.panel = {PYTHON: sys.executable, CACHE: str(tmp_path)}
    plugin.menus.edit_settings()
    assert "answers. Settings are kept." in nuke.messages[-1]
    assert settings.python_path() == sys.executable
    assert settings.cache_folder() == str(tmp_path)


def test_states_tells_what_every_dub_node_says(nuke, plugin):
    plugin.menus.show_states()
    assert nuke.messages == ["There is no Dub node in this script."]
    plugin.create.create("dub")
    plugin.create.create("composite")
    plugin.menus.show_states()
    assert nuke.messages[-1] == "Dub1: Not baked.\nDubComposite1: Not baked."


def test_a_node_that_cannot_be_made_is_said(nuke, plugin):
    plugin.menus.add("no_such_group")
    assert "this Dubnodes has no group 'no_such_group'" in nuke.messages[-1]
