"""A network trained on made-up people, and people that it never saw."""

from __future__ import annotations

import dataclasses

import pytest
from speaking_people import Person

from shared_core.networks.mouth_from_speech.weights import DriveNetwork
from shared_core.tuning.drive_pool import Plan
from shared_core.tuning.drive_training import train


@pytest.fixture(scope="session")
def trained() -> DriveNetwork:
    """Small, of four people who all speak in sync; seconds of training."""
    plan = Plan(components=8, seeds=(1,), iterations=60, inner=16, hidden=12, folds=2, rounds=2)
    return train([Person(seed, voice=0.3).take for seed in (1, 2, 3, 4)], plan).network


@pytest.fixture
def ridge_alone(trained) -> DriveNetwork:
    """The same without recurrent networks."""
    arrays = {name: array for name, array in trained.arrays.items() if not name.startswith("gru.")}
    return dataclasses.replace(trained, arrays=arrays)
