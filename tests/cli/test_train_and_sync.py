"""`dub train drive` and `dub sync`."""

from __future__ import annotations

import json

import pytest
from speaking_people import Person

from shared_core.networks.mouth_from_speech.weights import read_network


@pytest.fixture
def people(tmp_path):
    for seed in (1, 2, 3):
        Person(seed, seconds=4.0).store(tmp_path / "people")
    return tmp_path / "people"


def test_train_writes_weights_that_work(dub, people, tmp_path):
    out = tmp_path / "own.safetensors"
    code, printed, said = dub("train", "drive", "--data", people, "--out", out, "--iterations", 5)
    assert code == 0, said
    assert "| person1 |" in printed
    assert str(out) in printed
    assert read_network(out).facts["data"] == '["person1", "person2", "person3"]'
    code, printed, _ = dub("train", "drive", "--judge", people, "--network", out, "--json")
    assert code == 0
    assert [clip["name"] for clip in json.loads(printed)["clips"]] == ["person1", "person2", "person3"]


@pytest.mark.parametrize(("arguments", "complaint"), [
    (("--data", "nowhere"), "nowhere: is no folder"),
    (("--data", ".", "--speeds", "9"), "--speeds"),
    (("--data", ".", "--iterations", "0"), "--iterations 0: expected 1 or more"),
    (("--judge", ".", "--network", "missing.safetensors"), "missing.safetensors"),
])
def test_bad_arguments_of_train_end_with_2_and_one_line(refused, arguments, complaint):
    refused("train", "drive", *arguments, complaint=complaint)


def test_sync_refuses_what_has_no_sound(dub, footage):
    code, _, said = dub("sync", footage / "public" / "obama_1080p_a.mp4")
    assert code == 2
    assert "has no sound" in said


@pytest.mark.slow
@pytest.mark.footage
def test_sync_finds_the_late_sound_of_a_real_clip(dub, footage):
    """200 ms by the phones' timing, measured apart."""
    code, printed, said = dub("sync", footage / "public" / "obama_480.mp4", "--json")
    assert code == 0, said
    found = json.loads(printed)
    assert found["offset_ms"] == pytest.approx(190, abs=40)
    assert found["confidence"] > 0.5
