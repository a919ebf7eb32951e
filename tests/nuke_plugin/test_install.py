"""`dub install nuke`: what it writes, what it leaves alone, and how it goes away."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from test_plugin_code import BARE

from shared_core.cli.install_nuke import BLOCK
from shared_core.cli.main import main


def install(folder, *more):
    return main(["install", "nuke", "--folder", str(folder), *more])


def listing(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_it_makes_a_plugin_that_runs_alone(tmp_path, capsys):
    folder = tmp_path / "nuke folder"
    assert install(folder) == 0
    said = capsys.readouterr().out
    assert str(folder / "dubnodes") in said
    assert "init.py: names it" in said
    files = listing(folder)
    assert "dubnodes/groups/dub.nk" in files
    assert "dubnodes/shared_core/spec/operators.json" in files
    assert not [name for name in files if "generate" in name or "engine" in name or "__pycache__" in name]
    code = BARE.format(folder=str(folder / "dubnodes"))
    environment = {name: v for name, v in os.environ.items() if not name.startswith(("PYTHON", "DUB_"))}
    run = subprocess.run([sys.executable, "-I", "-S", "-B", "-c", code], capture_output=True, text=True,
                         check=False, env=environment, cwd=tmp_path)
    assert run.returncode == 0, run.stderr


def test_it_knows_the_python_that_installed_it_and_keeps_settings(tmp_path):
    install(tmp_path)
    path = tmp_path / "dubnodes" / "settings.json"
    assert json.loads(path.read_text())["installed_python"] == sys.executable
    path.write_text(json.dumps({"cache": "/farm/cache", "installed_python": "/old/python"}))
    install(tmp_path)
    assert json.loads(path.read_text()) == {"cache": "/farm/cache", "installed_python": sys.executable}


@pytest.mark.parametrize("own", ["", "import nuke\nnuke.tprint('mine')\n", "no_newline = 1"])
def test_the_artists_own_init_stays_and_uninstalling_gives_it_back(tmp_path, own):
    init = tmp_path / "init.py"
    if own:
        init.write_text(own)
    install(tmp_path)
    assert init.read_text().count(BLOCK) == 1
    assert init.read_text().startswith(own)
    install(tmp_path)
    assert init.read_text().count(BLOCK) == 1
    assert install(tmp_path, "--uninstall") == 0
    assert not (tmp_path / "dubnodes").exists()
    assert (init.read_text().rstrip("\n") if init.exists() else "") == own.rstrip("\n")


def test_a_folder_of_that_name_that_is_not_ours_is_refused(tmp_path, capsys):
    (tmp_path / "dubnodes").mkdir()
    (tmp_path / "dubnodes" / "mine.txt").write_text("mine")
    assert install(tmp_path) == 2
    assert "no plug-in of Dubnodes" in capsys.readouterr().err
    assert install(tmp_path, "--uninstall") == 2
    assert listing(tmp_path) == ["dubnodes/mine.txt"]


def test_a_file_in_the_folders_place_is_refused(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert install(tmp_path / "file") == 2
    assert "is a file" in capsys.readouterr().err
    assert install(tmp_path / "file" / "below") == 75


def test_an_init_that_is_not_utf_8_is_left_alone(tmp_path, capsys):
    (tmp_path / "init.py").write_bytes(b"# caf\xe9\n")
    assert install(tmp_path) == 2
    assert "by hand" in capsys.readouterr().err
    assert (tmp_path / "init.py").read_bytes() == b"# caf\xe9\n"


def test_uninstalling_what_is_not_there_says_so(tmp_path, capsys):
    assert install(tmp_path, "--uninstall") == 0
    assert "was not there" in capsys.readouterr().out
