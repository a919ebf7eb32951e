"""`dub train syncnet`: weights, numbers, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from talking_mouths import clip_of

from shared_core.networks.syncnet.model import SyncConfig
from shared_core.networks.syncnet.weights import read_network
from shared_core.tuning import syncnet_command

CLIPS = [clip_of(1), clip_of(2), clip_of(2, speed=0.9), clip_of(3)]
SIZES = SyncConfig(depth=12, components=4, channels=(8, 8), frame=8, hidden=16, embedding=8)


@pytest.fixture(autouse=True)
def made_up(monkeypatch):
    """Clips that need no tracking, and a network that fits them."""

    def clips(folder, *, only=(), speeds=(1.0,), say):
        return [clip for clip in CLIPS if (not only or clip.name in only) and clip.speed in speeds]

    monkeypatch.setattr(syncnet_command, "sync_clips", clips)
    tiny = replace(syncnet_command.Plan(), config=SIZES, stretches=2, length=12, every=2)
    monkeypatch.setattr(syncnet_command, "Plan", lambda: tiny)


def test_train_writes_weights_and_says_how_good_they_are(dub, tmp_path):
    out = tmp_path / "own" / "w.safetensors"
    code, printed, said = dub(
        "train", "syncnet", "--data", tmp_path, "--out", out, "--steps", 4, "--unseen", "person3",
        "--licence", "CC0", "--provenance", "made up")
    assert code == 0, said
    facts = read_network(out)[1]
    assert json.loads(facts["data"]) == ["person1", "person2"]
    assert (facts["unseen"], facts["licence"], facts["provenance"]) == ('["person3"]', "CC0", "made up")
    pooled = json.loads(facts["held_out"])
    for part in ("held-out seconds", "unseen"):
        assert f"{pooled[part]['auc']:.3f}" in printed
    assert "| person3 |" in printed
    assert str(out) in printed


def test_an_interrupted_training_is_taken_up_again(dub, tmp_path, monkeypatch):
    whole, cut = tmp_path / "whole.safetensors", tmp_path / "cut.safetensors"
    assert dub("train", "syncnet", "--data", tmp_path, "--out", whole, "--steps", 4)[0] == 0
    train = syncnet_command.train
    with monkeypatch.context() as patch:
        patch.setattr(syncnet_command, "train", lambda *given, **named: train(*given, **named, pause_at=2))
        dub("train", "syncnet", "--data", tmp_path, "--out", cut, "--steps", 4)
    checkpoint = tmp_path / "cut.training.safetensors"
    code, _, said = dub(
        "train", "syncnet", "--data", tmp_path, "--out", cut, "--steps", 4, "--resume", checkpoint)
    assert code == 0, said
    first, second = read_network(whole)[0].state_dict(), read_network(cut)[0].state_dict()
    assert all(bool((first[name] == second[name]).all()) for name in first)


def test_judge_prints_one_line_a_clip(dub, tmp_path):
    out = tmp_path / "w.safetensors"
    dub("train", "syncnet", "--data", tmp_path, "--out", out, "--steps", 2)
    code, printed, said = dub("train", "syncnet", "--judge", tmp_path, "--network", out, "--json")
    assert code == 0, said
    names = [clip["name"] for clip in json.loads(printed)["clips"]]
    assert names == ["person1", "person2", "person3", "all"]


@pytest.mark.parametrize(("arguments", "complaint"), [
    (("--data", ".", "--steps", "0"), "--steps 0: expected 1 or more"),
    (("--data", ".", "--unseen", "nobody"), "--unseen nobody: not among the clips"),
    (("--data", ".", "--resume", "gone.safetensors"), "gone.safetensors: cannot be read"),
    (("--data", ".", "--speech", "mel"), "--speech belongs to drive; syncnet has none"),
    (("--judge", ".", "--steps", "5"), "--steps belongs to --data; --judge learns nothing"),
    (("--judge", ".", "--network", "missing.safetensors"), "missing.safetensors"),
])
def test_bad_arguments_end_with_2_and_one_line(refused, arguments, complaint):
    refused("train", "syncnet", *arguments, complaint=complaint)


def test_an_option_of_the_other_network_is_refused(dub, tmp_path):
    code, _, said = dub("train", "drive", "--data", tmp_path, "--steps", 5)
    assert code == 2
    assert "drive has none" in said
