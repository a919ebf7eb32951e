"""Jobs of the real recipe that open no media, and the small stub shot; modules are imported by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "engine"), str(HERE.parent / "hosts/farm")]

import stub_operators  # noqa: E402
from farm_shot import FarmShot  # noqa: E402
from stub_shot import StubShot, write_plate  # noqa: E402


@pytest.fixture
def shot(tmp_path):
    """The stub shot of ten frames, prepared."""
    write_plate(tmp_path / "plates")
    shot = StubShot(tmp_path / "sh010", stub_operators.STUBS).save()
    shot.prepare()
    return shot


@pytest.fixture(scope="session")
def plain(demo_footage, landmark_model, tmp_path_factory):
    """Eight frames of real footage, rendered here in one go."""
    return FarmShot.make(tmp_path_factory.mktemp("farm") / "plain", demo_footage, "1-8")
