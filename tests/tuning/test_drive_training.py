"""Training: the same every time, offsets found on the way, a weight file that says what it is."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from speaking_people import Person

from shared_core import models
from shared_core.networks.mouth_from_speech.weights import (
    ARCHITECTURE,
    FACTS,
    LARGEST,
    SHIPPED,
    read_network,
)
from shared_core.spec.errors import BadInput, ModelError
from shared_core.tuning.drive_data import takes_in
from shared_core.tuning.drive_judging import held_out_numbers, table, unseen_numbers
from shared_core.tuning.drive_pool import Plan, find_offsets, reduction, without_pose
from shared_core.tuning.drive_training import train, write_network

SMALL = Plan(components=8, seeds=(1,), iterations=30, inner=16, hidden=12, folds=2)


@pytest.fixture(scope="module")
def trained(people):
    return train(takes_in(people), SMALL, licence="CC0", provenance="made up")


def test_training_twice_gives_the_same_bits(people, trained):
    again = train(takes_in(people), SMALL, licence="CC0", provenance="made up")
    assert set(again.network.arrays) == set(trained.network.arrays)
    for name, array in trained.network.arrays.items():
        np.testing.assert_array_equal(again.network[name], array, err_msg=name)


def test_a_late_sound_is_found_while_training(trained):
    assert trained.offsets["person3"] == pytest.approx(0.12, abs=0.02)
    assert max(abs(trained.offsets[f"person{number}"]) for number in (1, 2, 4)) < 0.02


def test_the_middle_clip_is_in_sync_whatever_all_are(people):
    """All sounds later by the same: nothing in them can tell."""
    takes = [
        dataclasses.replace(take, speech=dataclasses.replace(take.speech, start=take.speech.start + 0.1))
        for take in takes_in(people)
    ]
    base = dataclasses.replace(train(takes[:2], SMALL).network, arrays={
        name: np.asarray(array, np.float32) for name, array in reduction(takes, SMALL).items()
    })
    assert np.median(list(find_offsets(takes, base, SMALL).values())) == pytest.approx(0.0, abs=1e-9)


def test_held_out_blocks_follow_the_mouth(trained):
    numbers = held_out_numbers(trained.held_out)
    assert np.mean([one.r["opening"] for one in numbers]) > 0.8
    assert all(one.r["opening"] - one.chance > 0.3 for one in numbers)
    assert all(abs(one.lag_ms) < 40 for one in numbers)


def test_features_that_say_nothing_score_nothing_held_out():
    """Held-out numbers do not leak: noise for features, and r is noise."""
    takes = []
    for seed in (1, 2, 3):
        take = Person(seed).take
        noise = np.random.default_rng(seed).normal(size=take.speech.features.shape).astype(np.float32)
        takes.append(dataclasses.replace(take, speech=dataclasses.replace(take.speech, features=noise)))
    numbers = held_out_numbers(train(takes, dataclasses.replace(SMALL, rounds=0)).held_out)
    assert abs(np.mean([one.r["opening"] for one in numbers])) < 0.2


def test_a_nod_is_not_taken_for_speech():
    """What follows the head's turn is left out; the rest stays."""
    person = dataclasses.replace(Person(5), seconds=60.0)
    turn = 0.3 * np.sin(np.arange(1500) / 40)
    track = person.track
    pose = np.tile(np.eye(4, dtype=np.float32), (1500, 1, 1))
    pose[:, 1, 1] = pose[:, 2, 2] = np.cos(turn)
    pose[:, 1, 2], pose[:, 2, 1] = -np.sin(turn), np.sin(turn)
    take = dataclasses.replace(person.take, track=dataclasses.replace(track, pose=pose))
    values = take.curves.values.copy()
    values[:, 3] += 0.3 * turn
    nodding = dataclasses.replace(take, curves=dataclasses.replace(take.curves, values=values))
    plain = np.corrcoef(take.curves.values[:, 3], nodding.curves.values[:, 3])[0, 1]
    cleaned = np.corrcoef(take.curves.values[:, 3], without_pose(nodding)[:, 3])[0, 1]
    assert cleaned > plain + 0.05


def test_strangers_are_judged_with_refit_and_offset(trained):
    takes = [Person(seed, seconds=8.0, offset_s=0.1).take for seed in (21, 22)]
    numbers = unseen_numbers(takes, trained.network)
    assert all(one.r["opening"] > 0.7 and one.offset_ms == pytest.approx(100, abs=30) for one in numbers)
    assert all(set(one.refit) == {"opening", "width"} for one in numbers)
    text = table(numbers)
    assert "person21" in text
    assert len({line.count("|") for line in text.splitlines()}) == 1


def test_what_is_written_is_what_is_read(trained, tmp_path):
    path = tmp_path / "w.safetensors"
    write_network(trained.network, path)
    network = read_network(path)
    assert network.facts["data"] == '["person1", "person2", "person3", "person4"]'
    assert (network.facts["licence"], network.facts["seconds"]) == ("CC0", "24.0")
    for name, array in trained.network.arrays.items():
        np.testing.assert_allclose(network[name], array, rtol=2e-3, atol=1e-4, err_msg=name)


def test_the_shipped_weights_say_where_they_come_from():
    facts = read_network().facts
    shipped = models.path(SHIPPED)
    assert shipped.stat().st_size <= LARGEST == 2_000_000
    assert all(facts[name] not in ("", "not stated") for name in FACTS)
    assert facts["architecture"] == ARCHITECTURE
    public = ("obama_", "lieu_", "grid_")
    assert all(name.startswith(public) for name in json.loads(facts["data"]))
    assert json.loads(facts["held_out"])["opening"] > 0.7
    assert shipped.with_name("card.md").is_file()


def test_weights_that_are_no_drive_network_are_refused(trained, tmp_path):
    path = tmp_path / "w.safetensors"
    foreign = dataclasses.replace(
        trained.network, facts={**trained.network.facts, "architecture": "lpips_alex"}
    )
    write_network(foreign, path)
    with pytest.raises(ModelError, match="architecture 'lpips_alex'; expected 'mouth_from_speech.2'"):
        read_network(path)
    with pytest.raises(ModelError, match="none.safetensors"):
        read_network(tmp_path / "none.safetensors")


def test_weights_without_their_pool_are_refused(trained, tmp_path):
    arrays = {name: array for name, array in trained.network.arrays.items() if name != "pool.factor"}
    write_network(dataclasses.replace(trained.network, arrays=arrays), tmp_path / "w.safetensors")
    with pytest.raises(ModelError, match="lacks pool.factor"):
        read_network(tmp_path / "w.safetensors")


def test_a_network_too_large_to_ship_is_not_written(trained, tmp_path):
    huge = trained.network.with_arrays(pool__factor=np.zeros(1_200_000, np.float32))
    with pytest.raises(BadInput, match="expected 2000000 at most"):
        write_network(huge, tmp_path / "w.safetensors")
    assert not (tmp_path / "w.safetensors").exists()
