"""`dub install blender`, before a stand-in of Blender's command line."""

from __future__ import annotations

import json
import sys
import zipfile

import pytest

from shared_core.cli.main import main

BLENDER = """#!/bin/sh
if [ "$1" = --version ]; then echo "Blender {version}"; exit 0; fi
for last; do :; done
echo "$@" >> "{folder}/said"
[ ! -f "$last" ] || cp "$last" "{folder}/got.zip"
echo '{answer}'
"""


@pytest.fixture
def blender(tmp_path):
    """Writes a program that calls itself Blender, notes its words, and answers."""
    def make(version="4.5.1", answer='STATUS Installed "dubnodes"'):
        path = tmp_path / "blender"
        path.write_text(BLENDER.format(version=version, folder=tmp_path, answer=answer))
        path.chmod(0o755)
        return str(path)

    return make


def test_blender_gets_a_zip_that_knows_the_cores_python(blender, tmp_path, capsys):
    assert main(["install", "blender", "--blender", blender()]) == 0
    said = (tmp_path / "said").read_text()
    assert said.startswith("--command extension install-file --repo user_default --enable ")
    with zipfile.ZipFile(tmp_path / "got.zip") as archive:
        assert json.loads(archive.read("core.json")) == {"python": sys.executable}
    assert "Add > Dubnodes" in capsys.readouterr().out


def test_uninstall_asks_blender_to_remove_it(blender, tmp_path):
    program = blender(answer='STATUS Uninstalled "dubnodes"')
    assert main(["install", "blender", "--blender", program, "--uninstall"]) == 0
    assert "remove user_default.dubnodes" in (tmp_path / "said").read_text()


def test_a_blender_that_installs_nothing_and_ends_with_0_is_no_success(blender, capsys):
    assert main(["install", "blender", "--blender", blender(answer="nothing happened")]) == 2
    assert "nothing happened" in capsys.readouterr().err


def test_an_old_blender_another_program_and_none_are_refused(blender, capsys):
    for program, text in ((blender("4.1.0"), "expected 4.2 or later"), ("/bin/ls", "does not call itself"),
                          ("/nowhere/blender", "--zip")):
        assert main(["install", "blender", "--blender", program]) == 2
        assert text in capsys.readouterr().err


def test_without_blender_a_zip_is_written(tmp_path, capsys):
    target = tmp_path / "new folder" / "dub.zip"
    assert main(["install", "blender", "--zip", str(target)]) == 0
    assert "blender_manifest.toml" in zipfile.ZipFile(target).namelist()
    assert main(["install", "blender", "--zip", str(tmp_path / "dub.tar")]) == 2
    assert "ends in .zip" in capsys.readouterr().err
