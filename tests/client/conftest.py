"""A worker over the stub operators of tests/engine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ENGINE_TESTS = Path(__file__).parents[1] / "engine"
sys.path.insert(0, str(ENGINE_TESTS))

import stub_operators  # noqa: E402
from stub_shot import StubShot, write_plate  # noqa: E402

from shared_core.client import worker as client  # noqa: E402


@pytest.fixture
def shot(tmp_path):
    """The stub shot, written but not prepared."""
    write_plate(tmp_path / "plates")
    return StubShot(tmp_path / "sh010", stub_operators.STUBS).save()


@pytest.fixture
def stub_worker(monkeypatch):
    """A worker process that knows the stub operators."""
    process = str(ENGINE_TESTS / "stub_process.py")
    monkeypatch.setattr(client, "worker_command", lambda python: [python, "-u", process, "worker"])
    with client.Worker(sys.executable) as worker:
        yield worker
