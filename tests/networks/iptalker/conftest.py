"""A tiny network, fresh and as if trained."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

torch = pytest.importorskip("torch")

from tiny_network import TINY, Inputs, awake, inputs_for  # noqa: E402

from shared_core.networks.iptalker.config import Config  # noqa: E402
from shared_core.networks.iptalker.network import IPTalker  # noqa: E402


@pytest.fixture
def tiny() -> Config:
    return TINY


@pytest.fixture
def fresh(tiny) -> IPTalker:
    """At initialisation."""
    torch.manual_seed(0)
    return IPTalker(tiny).eval()


@pytest.fixture
def trained(fresh) -> IPTalker:
    """With moving flows and a painting decoder."""
    return awake(fresh)


@pytest.fixture
def inputs(tiny) -> Inputs:
    return inputs_for(tiny)
