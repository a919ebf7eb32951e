"""The command itself."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time

import pytest

from shared_core import __version__
from shared_core.cli.main import COMMANDS


def test_help_lists_every_command_and_answers_at_once():
    subprocess.run([sys.executable, "-m", "shared_core.cli.main", "--help"], capture_output=True, check=True)
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        run = subprocess.run(
            [sys.executable, "-m", "shared_core.cli.main", "--help"],
            capture_output=True, text=True, check=True,
        )
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.3
    assert all(f"  {name} " in run.stdout and text in run.stdout for name, text in COMMANDS.items())


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_listed_command_is_there_and_explains_itself(name, dub):
    assert importlib.util.find_spec(f"shared_core.cli.{name}"), f"`dub {name}` is listed and has no module"
    with pytest.raises(SystemExit) as caught:
        dub(name, "--help")
    assert caught.value.code == 0


def test_the_version_is_said(capfd):
    from shared_core.cli.main import main

    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capfd.readouterr().out.strip() == f"dub {__version__}"


def test_an_unknown_command_is_named_with_the_nearest(dub):
    code, _, err = dub("rendr")
    assert code == 2
    assert "'rendr'" in err
    assert "'render'" in err


def test_an_unknown_option_ends_with_2(dub):
    with pytest.raises(SystemExit) as caught:
        dub("render", "x.json", "--fast")
    assert caught.value.code == 2


def test_an_error_is_one_line_and_its_exit_code(dub, tmp_path):
    code, out, err = dub("render", tmp_path / "none.json")
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("dub render: ")
    assert "none.json" in err


def test_a_reader_that_leaves_is_no_error():
    process = subprocess.Popen(
        [sys.executable, "-m", "shared_core.cli.main", "describe", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    process.stdout.read(10)
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 0
    assert b"Traceback" not in err


def test_a_fault_of_our_own_says_so_first_and_keeps_its_traceback(dub, monkeypatch):
    from shared_core.cli import doctor

    def broken(arguments):
        raise KeyError("no such thing")

    monkeypatch.setattr(doctor, "run", broken)
    code, out, err = dub("doctor")
    first, *rest = err.splitlines()
    assert (code, out) == (1, "")
    assert first.startswith("dub doctor: this is a fault in Dubnodes")
    assert "KeyError" in first and "shot file" in first and "dub doctor" in first
    assert rest[0] == "Traceback (most recent call last):"
    assert rest[-1] == "KeyError: 'no such thing'"


def test_threads_of_libraries_are_settled_before_a_command_loads_them():
    code = (
        "import os, sys\n"
        "os.environ.pop('OPENBLAS_NUM_THREADS', None); os.environ['OMP_WAIT_POLICY'] = 'ACTIVE'\n"
        "from shared_core.cli import main\n"
        "assert 'numpy' not in sys.modules\n"
        "main.main(['describe'])\n"
        "assert os.environ['OPENBLAS_NUM_THREADS'] == '1'\n"
        "assert os.environ['OMP_WAIT_POLICY'] == 'ACTIVE', 'what a person has set stays'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
