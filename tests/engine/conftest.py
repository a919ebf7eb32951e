"""The stub shot as fixtures. Its modules are imported by name, as the stub process does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import stub_operators  # noqa: E402
from stub_shot import StubShot, write_plate  # noqa: E402


@pytest.fixture(scope="session")
def stubs():
    """The stub operators by name."""
    return stub_operators.STUBS


@pytest.fixture
def calls():
    """Names of the stub operators that ran."""
    stub_operators.CALLS.clear()
    return stub_operators.CALLS


@pytest.fixture
def shot(tmp_path):
    """The shot, written but not prepared."""
    write_plate(tmp_path / "plates")
    return StubShot(tmp_path / "sh 010 ü", stub_operators.STUBS).save()


@pytest.fixture
def prepared(shot):
    shot.prepare()
    return shot
