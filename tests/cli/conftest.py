"""The stub shot, and the command in this process over the stub operators."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))

import stub_operators  # noqa: E402
from stub_shot import StubShot, write_plate  # noqa: E402

from shared_core.cli import main as command  # noqa: E402
from shared_core.engine.plan import live_operators  # noqa: E402


@pytest.fixture
def stub_registry():
    """The live registry, with the stub operators in it for one test."""
    registry = live_operators()
    registry.update(stub_operators.STUBS)
    yield registry
    for name in stub_operators.STUBS:
        registry.pop(name, None)


@pytest.fixture
def shot(tmp_path):
    """The stub shot, written but not prepared."""
    write_plate(tmp_path / "plates")
    return StubShot(tmp_path / "sh 010", stub_operators.STUBS).save()


@pytest.fixture
def dub(capfd):
    """Run `dub ...`; returns the exit code, standard output and standard error."""

    def run(*arguments):
        code = command.main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def refused(dub, tmp_path, monkeypatch):
    """Run `dub ...` in an empty folder; it has to end with 2 and one line that holds `complaint`."""

    def run(*arguments, complaint):
        monkeypatch.chdir(tmp_path)
        code, _, said = dub(*arguments)
        assert code == 2
        assert complaint in said
        assert len(said.strip().splitlines()) == 1

    return run
